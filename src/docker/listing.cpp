#include "docker/listing.h"

#include <set>

#include "docker/json.h"
#include "docker/labels.h"
#include "util/text.h"

namespace docker {
namespace {

using executor::RunId;

std::string filters(const std::string& installation) {
  auto wanted = data::Node::array();
  wanted.push(data::Node::string(std::string(labels::installation) + "=" + installation));
  auto node = data::Node::object();
  node.set("label", std::move(wanted));
  return util::percent_encode(data::to_json(node));
}

std::optional<RunId> run_of(const data::Node& thing, const std::string& installation) {
  const auto attempt = util::parse_unsigned(json::text(thing, {"Labels", labels::attempt}));
  RunId run{installation, json::text(thing, {"Labels", labels::job}), static_cast<std::int64_t>(attempt.value_or(0))};
  if (!attempt || !labels::are_of(json::at(thing, {"Labels"}), run)) return std::nullopt;
  return RunId::parse(run.name());
}

using Found = std::set<RunId>;
/// Asks for a list, which is the answer itself or under `key`, and adds its runs to `found`.
void list(Api& api, std::string path, std::string_view key, const std::string& installation,
          std::shared_ptr<Found> found, std::function<void(util::Status)> done) {
  Request request;
  request.path = std::move(path);
  api.call(std::move(request),
           [key, installation, found = std::move(found), done = std::move(done)](util::Result<Answer> result) {
             if (!result.ok()) return done(std::move(result).error());
             if (!result->ok()) return done(result->error());
             const auto answer = result->json();
             if (!answer.ok()) return done(answer.error());
             const auto* things = key.empty() ? &*answer : json::at(*answer, {key});
             if (things != nullptr) {
               for (const auto& thing : things->items()) {
                 if (const auto run = run_of(thing, installation)) found->insert(*run);
               }
             }
             done({});
           });
}

}  // namespace

void list_runs(Api& api, const std::string& installation, executor::Callback<std::vector<RunId>> done) {
  auto found = std::make_shared<Found>();
  const auto query = "filters=" + filters(installation);
  list(api, "/containers/json?all=1&" + query, "", installation, found,
       [&api, query, installation, found, done = std::move(done)](const util::Status& containers) {
         if (!containers.ok()) return done(containers.error());
         list(api, "/volumes?" + query, "Volumes", installation, found, [found, done](const util::Status& volumes) {
           if (!volumes.ok()) return done(volumes.error());
           done(std::vector<RunId>(found->begin(), found->end()));
         });
       });
}

}  // namespace docker
