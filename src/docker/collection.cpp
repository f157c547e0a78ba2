#include "docker/collection.h"

#include <chrono>

#include "docker/differences.h"
#include "docker/glob.h"
#include "docker/mount_mending.h"
#include "docker/tar_reader.h"
#include "util/text.h"

namespace docker {
namespace {

constexpr std::chrono::hours longest_collection{6};
constexpr int most_links = 8;
constexpr std::size_t most_complaints = 100;

std::string shown(const std::string& path) { return util::shown(path, 200); }

}  // namespace

/// One archive of the engine, on the net thread: its files go to the sink. What it found is read on the loop, after the
/// call's end.
class Collection::Archive : private TarHandler {
 public:
  Archive(Ask ask, std::string pattern, std::shared_ptr<executor::OutputSink> sink)
      : ask_(std::move(ask)), pattern_(std::move(pattern)), sink_(std::move(sink)), reader_(*this) {}
  Archive(const Archive&) = delete;
  Archive& operator=(const Archive&) = delete;

  bool feed(std::string_view bytes) { return reader_.feed(bytes); }
  bool ended() const { return reader_.ended(); }
  const std::string& malformed() const { return reader_.error(); }

  std::size_t files = 0;
  bool is_folder = false;
  bool found = false;                   // of a folder that is searched
  std::string symlink;                  // its target
  std::vector<std::string> hard_links;  // matched; their bytes stand elsewhere
  std::vector<std::string> complaints;

 private:
  /// Entries are named from the asked path's own last segment on.
  std::string path_of(const TarEntry& entry) const {
    const auto slash = entry.path.find('/');
    return normal_path(slash == std::string::npos ? "" : std::string_view(entry.path).substr(slash + 1), ask_.path);
  }

  bool on_entry(const TarEntry& entry) override {
    if (!ask_.below.empty()) return on_searched_entry(entry);
    const bool is_first = !std::exchange(seen_, true);
    if (is_first && entry.type == TarEntry::Type::symlink) {
      symlink = entry.link;
      return false;
    }
    if (!ask_.is_glob) return on_only_entry(entry);
    const auto path = path_of(entry);
    if (!glob_matches(pattern_, path)) return true;
    if (entry.type == TarEntry::Type::hard_link) hard_links.push_back(path);
    if (entry.type == TarEntry::Type::file) open(path, entry.size);
    return true;
  }

  bool on_searched_entry(const TarEntry& entry) {
    const auto slash = entry.path.find('/');
    const auto name = slash == std::string::npos ? std::string() : entry.path.substr(slash + 1);
    if (name != ask_.below.substr(0, ask_.below.find('/'))) return true;
    if (entry.type == TarEntry::Type::symlink) symlink = entry.link;
    found = true;
    return false;
  }

  bool on_only_entry(const TarEntry& entry) {
    is_folder = entry.type == TarEntry::Type::folder;
    if (entry.type == TarEntry::Type::file) {
      open(ask_.path, entry.size);
    } else if (!is_folder) {
      complain(ask_.path, "is no regular file");
    }
    return file_ != nullptr;
  }

  bool on_data(std::string_view bytes) override {
    if (!file_) return true;
    if (const auto status = file_->write(bytes); !status.ok()) {
      complain(file_path_, status.error().message);
      file_.reset();
    }
    return true;
  }

  bool on_entry_end() override {
    if (!file_) return true;
    if (const auto status = file_->finish(); status.ok()) {
      ++files;
    } else {
      complain(file_path_, status.error().message);
    }
    file_.reset();
    return true;
  }

  void open(const std::string& path, std::uint64_t size) {
    auto file = sink_->open(ask_.index, path, size);
    if (!file.ok()) return complain(path, file.error().message);
    file_ = *std::move(file);
    file_path_ = path;
  }

  void complain(const std::string& path, const std::string& why) {
    if (complaints.size() < most_complaints) complaints.push_back(shown(path) + ": " + why);
  }

  const Ask ask_;
  const std::string pattern_;
  const std::shared_ptr<executor::OutputSink> sink_;
  TarReader reader_;
  bool seen_ = false;
  std::unique_ptr<util::ByteSink> file_;
  std::string file_path_;
};

Collection::Collection(Api& api, Kind kind, std::string container, std::vector<executor::OutputPattern> outputs,
                       std::shared_ptr<executor::OutputSink> sink, executor::Callback<executor::Collected> done)
    : api_(api),
      kind_(kind),
      container_(std::move(container)),
      outputs_(std::move(outputs)),
      sink_(std::move(sink)),
      done_(std::move(done)) {
  for (std::size_t i = 0; i < outputs_.size(); ++i) {
    const auto& output = outputs_[i];
    const auto path = output.is_glob ? fixed_folder(output.pattern) : normal_path(output.pattern, "/");
    asks_.push_back({i, path, path, output.is_glob, 0, ""});
  }
}

void Collection::stop() {
  if (!call_) return;
  api_.cancel(*std::exchange(call_, std::nullopt));
  done_(util::Error::of(util::ErrorCode::conflict, "the run was released"));
}

void Collection::next() {
  if (asks_.empty()) return done_(std::move(collected_));
  const auto what = std::move(asks_.front());
  asks_.pop_front();
  ask(what);
}

void Collection::ask(const Ask& what) {
  auto archive = std::make_shared<Archive>(what, outputs_[what.index].pattern, sink_);
  Request request;
  request.path =
      "/containers/" + util::percent_encode(container_) + "/archive?path=" + util::percent_encode(what.actual);
  request.lane = net::Lane::transfer;
  request.timeout = longest_collection;
  request.on_data = [archive](std::string_view bytes) { return archive->feed(bytes); };
  call_ = api_.call(std::move(request), [self = shared_from_this(), what, archive](const util::Result<Answer>& result) {
    self->call_.reset();
    self->on_archive(what, *archive, result);
  });
}

void Collection::on_archive(const Ask& what, Archive& archive, const util::Result<Answer>& result) {
  if (!archive.symlink.empty()) return follow(what, archive.symlink);
  const bool we_stopped =
      archive.found || archive.is_folder || !archive.malformed().empty() || !archive.complaints.empty();
  if (!result.ok() && !we_stopped) return done_(result.error());
  if (result.ok() && !result->ok() && result->status != 404) return on_refusal(what, *result);

  const bool is_absent = result.ok() && result->status == 404;
  if (is_absent && loses_links_in_volumes(kind_)) return look_above(what);
  if (!what.below.empty()) return miss_absent(what);
  for (const auto& complaint : archive.complaints) miss(what, complaint);
  for (const auto& path : archive.hard_links) asks_.push_front({what.index, path, path, false, 0, ""});
  if (!archive.malformed().empty()) {
    miss(what, shown(what.path) + ": " + archive.malformed());
  } else if (is_absent) {
    return miss_absent(what);
  } else if (archive.is_folder) {
    miss(what, shown(what.path) + ": is a folder; a pattern such as " + shown(what.path) + "/* takes the files in it");
  } else if (result.ok() && !archive.ended()) {
    return done_(util::Error::of(util::ErrorCode::internal, "the engine's archive was cut short"));
  } else if (archive.files == 0 && archive.hard_links.empty() && archive.complaints.empty()) {
    miss(what, shown(outputs_[what.index].pattern) + ": no file matches");
  }
  next();
}

void Collection::on_refusal(const Ask& what, const Answer& answer) {
  if (tells_of_unreadable_path(answer)) {
    miss(what, shown(what.path) + ": the engine cannot read it: " + answer.message());
    return next();
  }
  // All is asked for again.
  mend_mount(api_, container_, answer, [self = shared_from_this(), error = answer.error()] { self->done_(error); });
}

void Collection::follow(const Ask& what, const std::string& target) {
  if (what.links == most_links) {
    miss(what, shown(what.path) + ": more than " + std::to_string(most_links) + " symbolic links");
    return next();
  }
  auto again = what;
  // The link stands in the folder that was searched, or is itself what was asked for.
  const auto folder = what.below.empty() ? normal_path("..", what.actual) : what.actual;
  again.actual = normal_path(target, folder);
  if (const auto slash = what.below.find('/'); slash != std::string::npos) {
    again.actual = normal_path(what.below.substr(slash + 1), again.actual);
  }
  again.below.clear();
  ++again.links;
  ask(again);
}

/// The next folder above may have a link that the engine did not follow. Only in the run's own volume: elsewhere the
/// engine does.
void Collection::look_above(Ask what) {
  const auto slash = what.actual.rfind('/');
  const std::string_view top = task::work_volume_path;
  if (!what.actual.starts_with(top) || slash < top.size()) return miss_absent(what);
  what.below = what.actual.substr(slash + 1) + (what.below.empty() ? "" : "/" + what.below);
  what.actual.resize(slash);
  ask(what);
}

void Collection::miss_absent(const Ask& what) {
  miss(what, shown(what.path) + (what.is_glob ? ": there is no such folder" : ": there is no such file"));
  next();
}

void Collection::miss(const Ask& what, const std::string& why) {
  if (collected_.missing.size() < most_complaints) collected_.missing.emplace_back(what.index, engine_words(why));
}

}  // namespace docker
