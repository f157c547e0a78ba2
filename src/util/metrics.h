// Metrics of the program in the text format of Prometheus (0.0.4).
//
//   static util::Counter& ended =
//       util::metrics().counter("docker_uws_jobs_ended_total", "Jobs that ended.", {{"phase", "ERROR"}});
//   ended.add();
//
// The process has one registry, metrics(). It creates each counter, gauge and histogram at the first request for its
// name and labels and keeps it until the process ends, so callers keep the reference; updates are atomic additions. A
// value that is only computed when Prometheus scrapes comes from a function that is given to observe() or
// observe_gauge(). Such a function must neither block nor call the registry, whose lock is held meanwhile. Any thread
// may call.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace util {

class Counter {
 public:
  void add(std::uint64_t amount = 1) { value_.fetch_add(amount, std::memory_order_relaxed); }
  std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

/// A Prometheus gauge that the program sets.
class Gauge {
 public:
  void set(std::int64_t value) { value_.store(value, std::memory_order_relaxed); }
  void add(std::int64_t amount) { value_.fetch_add(amount, std::memory_order_relaxed); }
  std::int64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::int64_t> value_{0};
};

/// Adds one to a gauge in the constructor and subtracts it in the destructor.
class GaugeIncrement {
 public:
  explicit GaugeIncrement(Gauge& gauge) : gauge_(gauge) { gauge_.add(1); }
  GaugeIncrement(const GaugeIncrement&) = delete;
  GaugeIncrement& operator=(const GaugeIncrement&) = delete;
  ~GaugeIncrement() { gauge_.add(-1); }

 private:
  Gauge& gauge_;
};

/// A Prometheus histogram of durations.
class Histogram {
 public:
  /// Upper bounds of the buckets, in seconds.
  static constexpr std::array<double, 16> bounds{0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1,  0.25,
                                                 0.5,    1,     5,      30,    60,   600,   3600, 86400};
  void observe(std::chrono::nanoseconds duration);
  std::uint64_t count() const;

 private:
  friend class Metrics;
  std::array<std::atomic<std::uint64_t>, bounds.size() + 1> counts_{};  // the last bucket is +Inf
  std::atomic<std::uint64_t> nanoseconds_{0};
};

using Labels = std::vector<std::pair<std::string, std::string>>;

class Metrics {
 public:
  enum class Kind { counter, gauge };
  struct Sample {
    Labels labels;
    double value = 0;
  };
  using Observe = std::function<std::vector<Sample>()>;

  Metrics();
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  Counter& counter(const std::string& name, const std::string& help, const Labels& labels = {});
  Gauge& gauge(const std::string& name, const std::string& help, const Labels& labels = {});
  Histogram& histogram(const std::string& name, const std::string& help, const Labels& labels = {});
  /// text() calls `observe` until the returned handle is destroyed. The handle must not outlive this object.
  [[nodiscard]] std::shared_ptr<void> observe(const std::string& name, const std::string& help, Kind kind,
                                              Observe observe);
  [[nodiscard]] std::shared_ptr<void> observe_gauge(const std::string& name, const std::string& help,
                                                    std::function<double()> value);

  /// All metrics, sorted by name.
  std::string text() const;

 private:
  struct Family;
  Family& family(const std::string& name, const std::string& help, std::string_view type);

  mutable std::mutex mutex_;
  std::map<std::string, std::unique_ptr<Family>> families_;
  std::uint64_t last_observer_ = 0;
};

/// The registry of the process. It includes the process's memory, open files, processor time and start time.
Metrics& metrics();

/// The metrics of a thread pool, with the pool's name as label. Pools of the same name are added up.
struct PoolMetrics {
  explicit PoolMetrics(const std::string& pool);
  Gauge& threads;
  Gauge& busy;
  Gauge& queue;
};

/// Records in `histogram` the time from its construction to its destruction.
class Stopwatch {
 public:
  explicit Stopwatch(Histogram& histogram) : histogram_(histogram) {}
  Stopwatch(const Stopwatch&) = delete;
  Stopwatch& operator=(const Stopwatch&) = delete;
  ~Stopwatch() { histogram_.observe(std::chrono::steady_clock::now() - began_); }

 private:
  Histogram& histogram_;
  const std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
};

}  // namespace util
