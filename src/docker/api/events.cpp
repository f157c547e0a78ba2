#include "docker/api/events.h"

#include <algorithm>
#include <memory>

#include "docker/api/json.h"
#include "docker/api/json_lines.h"
#include "docker/api/labels.h"
#include "util/log.h"
#include "util/text.h"

namespace docker {
namespace {

constexpr std::chrono::milliseconds first_pause{100};
constexpr std::chrono::milliseconds longest_pause{5000};

/// Engines use different names for the event of an end, so the filter has both.
std::string event_filters(const std::string& installation) {
  auto node = data::Node::object();
  node.set("type", data::Node::strings({"container"}));
  node.set("label", data::Node::strings({std::string(labels::installation) + "=" + installation}));
  node.set("event", data::Node::strings({"die", "died", "destroy", "remove", "kill", "pause", "unpause"}));
  return data::to_json(node);
}

}  // namespace

void Events::follow(Hint hint) {
  hint_ = std::move(hint);
  connect();
}

void Events::connect() {
  Request request;
  request.path = "/events?filters=" + util::percent_encode(event_filters(installation_));
  request.timeout.reset();
  request.on_begin = [this] {
    pause_ = std::chrono::milliseconds{0};
    hint_(std::nullopt);
  };
  auto lines = std::make_shared<JsonLines>(
      [this, post = api_.poster()](const data::Node& event) { post([this, event] { take(event); }); });
  request.on_data = [lines](std::string_view bytes) { return lines->feed(bytes); };
  api_.call(std::move(request), [this](const util::Result<Answer>& result) { on_end(result); });
}

void Events::take(const data::Node& event) {
  const auto run = executor::RunId::parse(json::text(event, {"Actor", "Attributes", "name"}));
  if (!run) return;
  const auto action = json::text(event, {"Action"});
  if (action == "die" || action == "died") listener_.died(*run);
  if (action != "kill") return hint_(run);
  const auto signal = util::parse_unsigned(json::text(event, {"Actor", "Attributes", "signal"}));
  const auto when = json::number(event, {"timeNano"});
  if (!signal || *signal == 0 || *signal > 64 || !when) return;
  const auto time = std::chrono::floor<std::chrono::milliseconds>(std::chrono::nanoseconds(*when));
  listener_.signal_sent(*run, static_cast<int>(*signal), api_.clock().ours(util::Instant(time)));
}

void Events::on_end(const util::Result<Answer>& result) {
  if (pause_.count() == 0) {  // log only the end of a stream, not each failed attempt to reconnect
    util::log_warning("engine's event stream ended", {{"reason", !result.ok()   ? result.error().message
                                                                 : result->ok() ? std::string("closed by the engine")
                                                                                : result->message()}});
  }
  pause_ = std::clamp(2 * pause_, first_pause, longest_pause);
  api_.after(pause_, [this] { connect(); });
}

}  // namespace docker
