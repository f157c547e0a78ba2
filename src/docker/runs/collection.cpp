#include "docker/runs/collection.h"

#include <algorithm>
#include <chrono>
#include <set>

#include "docker/api/paths.h"
#include "docker/differences.h"
#include "docker/runs/mount_mending.h"
#include "docker/tar/tar_reader.h"
#include "task/glob.h"
#include "util/text.h"

namespace docker {
namespace {

constexpr std::chrono::hours longest_collection{6};
constexpr int most_links = 8;
/// For all globs together, because each link costs a request to the engine.
constexpr std::size_t most_links_in_globs = 1000;
constexpr std::size_t most_complaints = 100;

std::string path_for_display(const std::string& path) { return util::for_display(path, 200); }

/// Podman interprets the path of an archive request as a pattern. So a name with special characters becomes a glob,
/// which is matched in its folder.
std::vector<executor::OutputPattern> askable(Kind kind, std::vector<executor::OutputPattern> outputs) {
  for (executor::OutputPattern& output : outputs) {
    if (kind != Kind::podman || output.is_glob || output.pattern.find_first_of("*?[\\") == std::string::npos) continue;
    output.pattern = task::with_escapes(output.pattern);
    output.is_glob = true;
  }
  return outputs;
}

}  // namespace

/// Reads one archive of the engine on the net thread and gives its files to the sink. The loop reads the findings after
/// the end of the call.
class Collection::Archive : private TarHandler {
 public:
  Archive(ArchiveRequest ask, const executor::OutputPattern& output, std::shared_ptr<executor::OutputSink> sink)
      : ask_(std::move(ask)),
        pattern_(output.pattern),
        inputs_(output.inputs.begin(), output.inputs.end()),
        sink_(std::move(sink)),
        reader_(*this) {}
  Archive(const Archive&) = delete;
  Archive& operator=(const Archive&) = delete;

  bool feed(std::string_view bytes) { return reader_.feed(bytes); }
  bool ended() const { return reader_.ended(); }
  const std::string& malformed() const { return reader_.error(); }
  /// True if this class ended the transfer. Then the failed call says nothing about the engine.
  bool is_stopped_by_us() const { return wants_no_more_ || !malformed().empty(); }

  /// A link that a glob matched; its content needs another request.
  struct Link {
    std::string path;    // as it matched
    std::string actual;  // the path for the request
    int links = 0;       // number of symbolic links followed so far
  };

  std::size_t files = 0;
  bool is_folder = false;
  bool found = false;              // the searched folder has the wanted entry
  std::string symlink;             // target of the symbolic link that is to be followed; empty: none
  std::vector<Link> links;         // links that a glob matched
  std::size_t links_left_out = 0;  // number of further such links, beyond the limit
  std::vector<std::string> odd;    // paths that matched and are no regular files
  std::vector<std::string> complaints;

 private:
  /// The path of an entry relative to the requested path. Entry names begin with the last segment of that path.
  static std::string_view within(const TarEntry& entry) {
    const auto slash = entry.path.find('/');
    return slash == std::string::npos ? std::string_view() : std::string_view(entry.path).substr(slash + 1);
  }

  bool on_entry(const TarEntry& entry) override {
    wants_no_more_ = !take(entry);
    return !wants_no_more_;
  }

  bool take(const TarEntry& entry) {
    if (!ask_.below.empty()) return on_searched_entry(entry);
    const bool is_first = !std::exchange(seen_, true);
    if (is_first && entry.type == TarEntry::Type::symlink) {
      symlink = entry.link;
      return false;
    }
    if (!ask_.is_glob) return on_only_entry(entry);
    const auto path = normal_path(within(entry), ask_.path);
    if (task::glob_matches(pattern_, path)) on_match(entry, path);
    return !is_full_;
  }

  void on_match(const TarEntry& entry, const std::string& path) {
    const auto actual = [&] { return normal_path(within(entry), ask_.actual); };
    switch (entry.type) {
      case TarEntry::Type::file:
        if (entry.modified_seconds != tar::staged_seconds || !inputs_.contains(path)) open(path, entry.size);
        return;
      case TarEntry::Type::symlink:
        return add_link({path, normal_path(entry.link, normal_path("..", actual())), 1});
      case TarEntry::Type::hard_link:
        return add_link({path, actual(), 0});
      case TarEntry::Type::other:
        if (odd.size() < most_complaints) odd.push_back(path);
        return;
      case TarEntry::Type::folder:
        return;
    }
  }

  void add_link(Link link) {
    if (links.size() < most_links_in_globs) {
      links.push_back(std::move(link));
    } else {
      ++links_left_out;
    }
  }

  bool on_searched_entry(const TarEntry& entry) {
    if (within(entry) != ask_.below.substr(0, ask_.below.find('/'))) return true;
    if (entry.type == TarEntry::Type::symlink) symlink = entry.link;
    found = true;
    return false;
  }

  bool on_only_entry(const TarEntry& entry) {
    is_folder = entry.type == TarEntry::Type::folder;
    if (entry.type == TarEntry::Type::file) {
      open(ask_.path, entry.size);
    } else if (!is_folder) {
      odd.push_back(ask_.path);
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
    if (!file.ok()) {
      is_full_ = file.error().code == util::ErrorCode::too_many;
      return complain(path, file.error().message);
    }
    file_ = *std::move(file);
    file_path_ = path;
  }

  void complain(const std::string& path, const std::string& why) {
    if (complaints.size() < most_complaints) complaints.push_back(path_for_display(path) + ": " + why);
  }

  const ArchiveRequest ask_;
  const std::string pattern_;
  const std::set<std::string> inputs_;
  const std::shared_ptr<executor::OutputSink> sink_;
  TarReader reader_;
  bool seen_ = false;
  bool is_full_ = false;  // the sink takes no more files
  bool wants_no_more_ = false;
  std::unique_ptr<util::ByteSink> file_;
  std::string file_path_;
};

Collection::Collection(Api& api, Kind kind, std::string container, std::vector<executor::OutputPattern> outputs,
                       std::shared_ptr<executor::OutputSink> sink, util::Callback<executor::CollectedOutputs> done)
    : api_(api),
      kind_(kind),
      container_(std::move(container)),
      outputs_(askable(kind, std::move(outputs))),
      sink_(std::move(sink)),
      done_(std::move(done)) {
  for (std::size_t i = 0; i < outputs_.size(); ++i) {
    const auto& output = outputs_[i];
    const auto path = output.is_glob ? task::fixed_folder(output.pattern) : normal_path(output.pattern, "/");
    asks_.push_back({i, path, path, output.is_glob, false, 0, ""});
  }
}

void Collection::stop() {
  if (!call_) return;
  api_.cancel(*std::exchange(call_, std::nullopt));
  done_(util::Error::of(util::ErrorCode::conflict, "the run was released"));
}

void Collection::next() {
  if (asks_.empty()) return end();
  const auto what = std::move(asks_.front());
  asks_.pop_front();
  ask(what);
}

void Collection::end() {
  for (std::size_t i = 0; i < outputs_.size(); ++i) {
    if (outputs_[i].is_glob && !answered_.contains(i))
      miss(i, path_for_display(outputs_[i].pattern) + ": no file matches");
  }
  std::stable_sort(collected_.missing.begin(), collected_.missing.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  if (notes_left_out_ > 0) collected_.notes.push_back("and " + std::to_string(notes_left_out_) + " more");
  done_(std::move(collected_));
}

void Collection::ask(const ArchiveRequest& what) {
  auto archive = std::make_shared<Archive>(what, outputs_[what.index], sink_);
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

void Collection::on_archive(const ArchiveRequest& what, Archive& archive, const util::Result<Answer>& result) {
  if (!archive.symlink.empty()) return follow(what, archive.symlink);
  if (!result.ok() && !archive.is_stopped_by_us()) return done_(result.error());
  if (result.ok() && !result->ok() && result->status != 404) return on_refusal(what, *result);

  const bool is_absent = result.ok() && result->status == 404;
  if (is_absent && loses_links_in_volumes(kind_)) return inspect_parent(what);
  if (!what.below.empty()) return miss_absent(what);
  for (const auto& complaint : archive.complaints) miss(what.index, complaint);
  for (const auto& path : archive.odd) leave_out(what, path, "is no regular file");
  follow_all(what, archive);
  if (archive.files > 0) answered_.insert(what.index);
  if (!archive.malformed().empty()) {
    miss(what.index, path_for_display(what.path) + ": " + archive.malformed());
  } else if (is_absent) {
    return miss_absent(what);
  } else if (archive.is_folder && what.is_of_glob) {
    leave_out(what, what.path, "leads to a folder");
  } else if (archive.is_folder) {
    miss(what.index, path_for_display(what.path) + ": is a folder; a pattern such as " + path_for_display(what.path) +
                         "/* takes the files in it");
  } else if (result.ok() && !archive.ended()) {
    return done_(util::Error::of(util::ErrorCode::internal, "the engine's archive was cut short"));
  }
  next();
}

/// Adds a request for each link that a glob matched.
void Collection::follow_all(const ArchiveRequest& what, const Archive& archive) {
  std::size_t left_out = archive.links_left_out;
  for (const Archive::Link& link : archive.links) {
    if (links_in_globs_ == most_links_in_globs) {
      ++left_out;
      continue;
    }
    ++links_in_globs_;
    asks_.push_front({what.index, link.path, link.actual, false, true, link.links, ""});
  }
  if (left_out == 0) return;
  miss(what.index, path_for_display(outputs_[what.index].pattern) + ": " + std::to_string(left_out) +
                       " links too many; at most " + std::to_string(most_links_in_globs) + " are followed");
}

void Collection::on_refusal(const ArchiveRequest& what, const Answer& answer) {
  if (is_unreadable_path(answer)) {
    const auto why = "the engine cannot read it: " + answer.message();
    what.is_of_glob ? leave_out(what, what.path, why) : miss(what.index, path_for_display(what.path) + ": " + why);
    return next();
  }
  // The collection fails, and the caller may start it again.
  mend_mount(api_, container_, answer, [self = shared_from_this(), error = answer.error()] { self->done_(error); });
}

void Collection::follow(const ArchiveRequest& what, const std::string& target) {
  if (what.links == most_links) {
    leave_out(what, what.path, "leads over more than " + std::to_string(most_links) + " symbolic links");
    return next();
  }
  auto again = what;
  // The link is an entry of the folder that was searched, or it is the requested path itself.
  const auto folder = what.below.empty() ? normal_path("..", what.actual) : what.actual;
  again.actual = normal_path(target, folder);
  if (const auto slash = what.below.find('/'); slash != std::string::npos) {
    again.actual = normal_path(what.below.substr(slash + 1), again.actual);
  }
  again.below.clear();
  ++again.links;
  ask(again);
}

/// The path is absent, but its parent folder may have a symbolic link that the engine did not follow: search it. This
/// is needed only in the run's own volume; elsewhere the engine follows links.
void Collection::inspect_parent(ArchiveRequest what) {
  const auto slash = what.actual.rfind('/');
  const std::string_view top = task::work_volume_path;
  if (!what.actual.starts_with(top) || slash < top.size()) return miss_absent(what);
  what.below = what.actual.substr(slash + 1) + (what.below.empty() ? "" : "/" + what.below);
  what.actual.resize(slash);
  ask(what);
}

void Collection::miss_absent(const ArchiveRequest& what) {
  if (what.is_of_glob) {
    leave_out(what, what.path, "is a symbolic link that leads nowhere");
  } else {
    miss(what.index,
         path_for_display(what.path) + (what.is_glob ? ": there is no such folder" : ": there is no such file"));
  }
  next();
}

/// For a glob, a file that cannot be taken is only noted, because the glob may have been meant for other files.
void Collection::leave_out(const ArchiveRequest& what, const std::string& path, const std::string& why) {
  if (!what.is_glob && !what.is_of_glob) return miss(what.index, path_for_display(path) + ": " + why);
  if (collected_.notes.size() == most_complaints) {
    ++notes_left_out_;
  } else {
    collected_.notes.push_back(engine_words(path_for_display(path) + " " + why));
  }
}

void Collection::miss(std::size_t index, const std::string& why) {
  answered_.insert(index);
  if (collected_.missing.size() < most_complaints) collected_.missing.emplace_back(index, engine_words(why));
}

}  // namespace docker
