#include "docker/probe.h"

#include <memory>
#include <optional>
#include <utility>

#include "docker/api/json.h"
#include "docker/differences.h"
#include "docker/firewall.h"
#include "util/async.h"

namespace docker {
namespace {

/// A 5xx answer may be temporary: Podman's /info looks at every container, and fails if one is removed meanwhile.
constexpr int most_tries = 3;
constexpr std::chrono::milliseconds info_pause{200};

/// Takes the engine's time from /info, which is more precise than the seconds of the Date header.
void note_clock(EngineClock& clock, util::Instant asked, const data::Node& info) {
  const auto time = util::parse_instant(json::text(info, {"SystemTime"}));
  if (time.ok()) clock.note(asked, util::now(), *time, *time);
}

void ask(Api& api, const std::string& path, util::Callback<data::Node> done, int tries_left = most_tries) {
  Request request;
  request.path = path;
  api.call(std::move(request),
           [&api, path, done = std::move(done), tries_left, asked = util::now()](util::Result<Answer> answer) mutable {
             if (!answer.ok()) return done(std::move(answer).error());
             if (answer->status >= 500 && tries_left > 1) {
               return api.after(info_pause, [&api, path, done = std::move(done), tries_left] {
                 ask(api, path, done, tries_left - 1);
               });
             }
             auto node = answer->ok() ? answer->json() : util::Result<data::Node>(answer->error());
             if (node.ok()) note_clock(api.clock(), asked, *node);
             done(std::move(node));
           });
}

void ask_for_init(Api& api, Facts facts, const util::Callback<Facts>& done) {
  auto request = init_probe(facts.kind);
  if (!request || facts.description.refusal) return done(std::move(facts));
  api.call(*std::move(request), [facts = std::move(facts), done](util::Result<Answer> answer) mutable {
    if (!answer.ok()) return done(std::move(answer).error());
    if (is_missing_init(*answer)) {
      facts.description.refusal =
          "it has no init for containers: install catatonit, or set init_path in its containers.conf";
    }
    done(std::move(facts));
  });
}

void ask_for_delegation(Api& api, Facts facts, const util::Callback<Facts>& done) {
  auto request = delegation_probe(facts);
  if (!request || facts.description.refusal) return ask_for_init(api, std::move(facts), done);
  api.call(*std::move(request), [&api, facts = std::move(facts), done](util::Result<Answer> answer) mutable {
    if (!answer.ok()) return done(std::move(answer).error());
    const auto shown = answer->ok() ? answer->json() : util::Result<data::Node>(answer->error());
    if (!shown.ok()) return done(shown.error());
    facts.description.refusal = refusal_of_delegation(*shown);
    ask_for_init(api, std::move(facts), done);
  });
}

/// The note for the operator; `trouble`: why the rules were not set.
std::string firewall_note(const std::optional<std::string>& trouble) {
  if (!trouble) return "runs are kept from this machine's own addresses, and from link-local ones";
  return "runs with ports or NETWORK outbound are not kept from this machine's own addresses and link-local ones, "
         "unless "
         "config/firewall.sh was run as root: " +
         *trouble;
}

void raise_firewall(Api& api, util::WorkerPool& workers, const Options& options, Facts facts,
                    const util::Callback<Facts>& done) {
  const bool is_rootless = facts.is_rootless;
  const auto answers = [done, facts = std::move(facts)](const std::optional<std::string>& trouble) {
    auto all = facts;
    all.description.notes.push_back(firewall_note(trouble));
    done(std::move(all));
  };
  if (!options.sets_firewall) return answers("`firewall` is false");
  if (is_rootless) return answers("the engine is rootless");
  const bool taken = workers.try_post([post = api.poster(), socket = options.socket, answers] {
    post([trouble = set_firewall(socket), answers] { answers(trouble); });
  });
  if (!taken) answers("too much is looked at");
}

}  // namespace

void probe(Api& api, util::WorkerPool& workers, const Options& options, util::Callback<Facts> done) {
  struct Answers {
    std::optional<data::Node> version;
    std::optional<data::Node> info;
    util::Callback<Facts> done;  // null after it was called
  };
  const auto answers = std::make_shared<Answers>();
  answers->done = [&api, &workers, &options, done = std::move(done)](util::Result<Facts> facts) {
    if (!facts.ok() || facts->description.refusal) return done(std::move(facts));
    raise_firewall(api, workers, options, std::move(facts).value(), done);
  };
  const auto take = [&api, &options, answers](std::optional<data::Node> Answers::*part) {
    return [&api, &options, answers, part](util::Result<data::Node> answer) {
      if (!answers->done) return;
      if (!answer.ok()) return std::exchange(answers->done, nullptr)(std::move(answer).error());
      (*answers).*part = std::move(answer).value();
      if (!answers->version || !answers->info) return;
      ask_for_delegation(api,
                         facts_of(*answers->version, *answers->info, api.version().value_or(oldest_version), options),
                         std::exchange(answers->done, nullptr));
    };
  };
  // Both requests run at the same time, because Podman takes half a second or more for each.
  ask(api, "/version", take(&Answers::version));
  ask(api, "/info", take(&Answers::info));
}

}  // namespace docker
