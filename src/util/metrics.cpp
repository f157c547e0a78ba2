#include "util/metrics.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <optional>

#include <unistd.h>

#include "util/text.h"

namespace util {
namespace {

/// The number for Prometheus: the shortest text without an exponent that is read back as the same number.
std::string number(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  std::array<char, 400> text{};  // large enough for any double
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed).ptr;
  return {text.data(), end};
}

std::string escaped(std::string_view text, bool quotes) {
  std::string result;
  for (const char c : text) {
    if (c == '\\') {
      result += "\\\\";
    } else if (c == '\n') {
      result += "\\n";
    } else if (c == '"' && quotes) {
      result += "\\\"";
    } else {
      result += c;
    }
  }
  return result;
}

std::string label_text(const Labels& labels) {
  std::string text;
  for (const auto& [name, value] : labels) {
    text += (text.empty() ? "" : ",") + name + "=\"" + escaped(to_xml_text(value), true) + "\"";
  }
  return text;
}

void append_sample(std::string& text, const std::string& name, const std::string& labels, const std::string& value) {
  text += name;
  if (!labels.empty()) text += "{" + labels + "}";
  text += " " + value + "\n";
}

/// The fields of /proc/self/stat after the command name. The search is for the last ')', as the name may contain blanks
/// and parentheses.
std::vector<std::string> process_fields() {
  std::ifstream file("/proc/self/stat");
  std::string line;
  std::getline(file, line);
  std::vector<std::string> fields;
  const auto end = line.rfind(')');
  if (end == std::string::npos) return fields;
  for (const std::string_view field : split(std::string_view(line).substr(std::min(end + 2, line.size())), ' ')) {
    fields.emplace_back(field);
  }
  return fields;
}

double process_field(std::size_t index) {
  const auto fields = process_fields();
  const auto value = index < fields.size() ? parse_unsigned(fields[index]) : std::nullopt;
  return static_cast<double>(value.value_or(0));
}

double processor_seconds() {
  constexpr std::size_t user = 11;
  constexpr std::size_t system = 12;
  return (process_field(user) + process_field(system)) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

double resident_bytes() {
  constexpr std::size_t resident_pages = 21;
  return process_field(resident_pages) * static_cast<double>(::sysconf(_SC_PAGESIZE));
}

/// In seconds since 1970. The boot time is not read from /proc/stat, because a hardened systemd unit hides that file.
double start_seconds() {
  constexpr std::size_t start_ticks = 19;
  timespec now{};
  timespec up{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  ::clock_gettime(CLOCK_BOOTTIME, &up);
  const auto seconds = [](const timespec& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
  };
  return seconds(now) - seconds(up) + process_field(start_ticks) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

double open_files() {
  std::error_code error;
  const std::filesystem::directory_iterator files("/proc/self/fd", error);
  return error ? 0 : static_cast<double>(std::distance(begin(files), end(files)));
}

struct Process {
  explicit Process(Metrics& to)
      : parts{to.observe("process_cpu_seconds_total", "Processor time used, in seconds.", Metrics::Kind::counter,
                         [] {
                           return std::vector<Metrics::Sample>{{{}, processor_seconds()}};
                         }),
              to.observe_gauge("process_resident_memory_bytes", "Resident memory.", resident_bytes),
              to.observe_gauge("process_open_fds", "Open file descriptors.", open_files),
              to.observe_gauge("process_start_time_seconds", "When the process began, in seconds since 1970.",
                               [began = start_seconds()] { return began; })} {}
  std::array<std::shared_ptr<void>, 4> parts;
};

}  // namespace

void Histogram::observe(std::chrono::nanoseconds duration) {
  const auto nanoseconds = static_cast<std::uint64_t>(std::max<std::int64_t>(duration.count(), 0));
  const double seconds = static_cast<double>(nanoseconds) / 1e9;
  const auto bound = std::lower_bound(bounds.begin(), bounds.end(), seconds);
  counts_[static_cast<std::size_t>(bound - bounds.begin())].fetch_add(1, std::memory_order_relaxed);
  nanoseconds_.fetch_add(nanoseconds, std::memory_order_relaxed);
}

std::uint64_t Histogram::count() const {
  std::uint64_t all = 0;
  for (const auto& count : counts_) all += count.load(std::memory_order_relaxed);
  return all;
}

struct Metrics::Family {
  std::string help;
  std::string type;
  std::map<std::string, Counter> counters;  // the key is the labels' text, as text() writes it
  std::map<std::string, Gauge> gauges;
  std::map<std::string, Histogram> histograms;
  std::map<std::uint64_t, Observe> observers;
};

Metrics::Metrics() = default;
Metrics::~Metrics() = default;

Metrics::Family& Metrics::family(const std::string& name, const std::string& help, std::string_view type) {
  auto& found = families_[name];
  if (!found) {
    found = std::make_unique<Family>();
    found->help = help;
    found->type = type;
  }
  return *found;
}

Counter& Metrics::counter(const std::string& name, const std::string& help, const Labels& labels) {
  const std::lock_guard lock(mutex_);
  return family(name, help, "counter").counters[label_text(labels)];
}

Gauge& Metrics::gauge(const std::string& name, const std::string& help, const Labels& labels) {
  const std::lock_guard lock(mutex_);
  return family(name, help, "gauge").gauges[label_text(labels)];
}

Histogram& Metrics::histogram(const std::string& name, const std::string& help, const Labels& labels) {
  const std::lock_guard lock(mutex_);
  return family(name, help, "histogram").histograms[label_text(labels)];
}

std::shared_ptr<void> Metrics::observe(const std::string& name, const std::string& help, Kind kind, Observe observe) {
  const std::lock_guard lock(mutex_);
  const std::uint64_t id = ++last_observer_;
  family(name, help, kind == Kind::counter ? "counter" : "gauge").observers.emplace(id, std::move(observe));
  return {nullptr, [this, name, id](void*) {
            const std::lock_guard own(mutex_);
            families_.at(name)->observers.erase(id);
          }};
}

std::shared_ptr<void> Metrics::observe_gauge(const std::string& name, const std::string& help,
                                             std::function<double()> value) {
  return observe(name, help, Kind::gauge, [value = std::move(value)] { return std::vector<Sample>{{{}, value()}}; });
}

std::string Metrics::text() const {
  std::string text;
  const std::lock_guard lock(mutex_);
  for (const auto& [name, family] : families_) {
    text.append("# HELP ").append(name).append(" ").append(escaped(family->help, false));
    text.append("\n# TYPE ").append(name).append(" ").append(family->type).append("\n");
    for (const auto& [labels, counter] : family->counters) {
      append_sample(text, name, labels, std::to_string(counter.value()));
    }
    for (const auto& [labels, gauge] : family->gauges) {
      append_sample(text, name, labels, std::to_string(gauge.value()));
    }
    for (const auto& [labels, histogram] : family->histograms) {
      std::uint64_t below = 0;
      const std::string more = labels.empty() ? "" : labels + ",";
      for (std::size_t i = 0; i < histogram.counts_.size(); ++i) {
        below += histogram.counts_[i].load(std::memory_order_relaxed);
        const std::string bound = i < Histogram::bounds.size() ? number(Histogram::bounds[i]) : "+Inf";
        append_sample(text, name + "_bucket", std::string(more).append("le=\"").append(bound).append("\""),
                      std::to_string(below));
      }
      const auto sum = static_cast<double>(histogram.nanoseconds_.load(std::memory_order_relaxed)) / 1e9;
      append_sample(text, name + "_sum", labels, number(sum));
      append_sample(text, name + "_count", labels, std::to_string(below));
    }
    for (const auto& [id, observe] : family->observers) {
      for (const Sample& sample : observe()) append_sample(text, name, label_text(sample.labels), number(sample.value));
    }
  }
  return text;
}

PoolMetrics::PoolMetrics(const std::string& pool)
    : threads(metrics().gauge("docker_uws_pool_threads", "Threads that do what blocks.", {{"pool", pool}})),
      busy(metrics().gauge("docker_uws_pool_busy", "Threads at work.", {{"pool", pool}})),
      queue(metrics().gauge("docker_uws_pool_queue", "What waits for a thread.", {{"pool", pool}})) {}

Metrics& metrics() {
  static Metrics all;
  static const Process process(all);
  return all;
}

}  // namespace util
