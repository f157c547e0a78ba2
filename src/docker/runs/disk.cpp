#include "docker/runs/disk.h"

#include <algorithm>
#include <utility>

#include <sys/statvfs.h>

#include "docker/api/json.h"

namespace docker {
namespace {

constexpr std::chrono::minutes longest_count{10};
/// The first API version in which /system/df can leave out the images.
constexpr ApiVersion knows_kinds{1, 42};

std::optional<executor::DiskSpace> space_of(const std::string& root) {
  struct statvfs status {};
  if (::statvfs(root.c_str(), &status) != 0 || status.f_blocks == 0) return std::nullopt;
  const std::uint64_t unit = status.f_frsize;
  // Space reserved for root does not count, because most containers do not run as root.
  return executor::DiskSpace{unit * status.f_bavail, unit * status.f_blocks};
}

void add(std::map<std::string, std::uint64_t>& sizes, const std::string& name, std::optional<std::int64_t> bytes) {
  const auto found = sizes.find(name);
  if (found != sizes.end() && bytes && *bytes > 0) found->second += static_cast<std::uint64_t>(*bytes);
}

}  // namespace

std::string data_root_of(const Facts& facts, const Options& options) {
  if (!options.data_root.empty()) return options.data_root;
  return facts.description.is_here ? facts.data_root : std::string();
}

void measure_disk(util::WorkerPool& workers, const util::Poster& post, const std::string& root,
                  util::Callback<std::optional<executor::DiskSpace>> done) {
  using Space = std::optional<executor::DiskSpace>;
  if (root.empty()) return post([done = std::move(done)] { done(Space()); });
  const bool taken = workers.try_post([post, root, done] {
    auto space = space_of(root);
    post([done, space] { done(space); });
  });
  if (!taken) post([done] { done(util::Error::of(util::ErrorCode::unavailable, "too much is looked at")); });
}

std::map<executor::RunId, std::uint64_t> disk_use_of(const data::Node& shown,
                                                     const std::vector<executor::RunId>& runs) {
  std::map<std::string, std::uint64_t> sizes;
  std::map<std::string, bool> is_told;
  for (const auto& run : runs) sizes[run.name()] = 0;
  if (const auto* containers = json::at(shown, {"Containers"}); containers != nullptr) {
    for (const auto& container : containers->items()) {
      const auto* names = json::at(container, {"Names"});
      if (names == nullptr || names->items().empty()) continue;
      std::string name = names->items().front().as_string().value_or(std::string());
      if (name.starts_with('/')) name.erase(0, 1);
      is_told[name] = true;
      add(sizes, name, json::number(container, {"SizeRw"}));
    }
  }
  if (const auto* volumes = json::at(shown, {"Volumes"}); volumes != nullptr) {
    for (const auto& volume : volumes->items()) {
      add(sizes, json::text(volume, {"Name"}), json::number(volume, {"UsageData", "Size"}));
    }
  }
  std::map<executor::RunId, std::uint64_t> use;
  for (const auto& run : runs) {
    if (is_told.contains(run.name())) use[run] = sizes.at(run.name());
  }
  return use;
}

void ask_disk_use(Api& api, const std::vector<executor::RunId>& runs,
                  util::Callback<std::map<executor::RunId, std::uint64_t>> done) {
  Request request;
  const bool is_selective = api.version().value_or(oldest_version) >= knows_kinds;
  request.path = is_selective ? "/system/df?type=container&type=volume" : "/system/df";
  request.timeout = longest_count;
  api.call(std::move(request), [runs, done = std::move(done)](util::Result<Answer> answer) {
    if (!answer.ok()) return done(std::move(answer).error());
    if (!answer->ok()) return done(answer->error());  // for example because the engine is counting for another caller
    const auto shown = answer->json();
    if (!shown.ok()) return done(shown.error());
    done(disk_use_of(*shown, runs));
  });
}

}  // namespace docker
