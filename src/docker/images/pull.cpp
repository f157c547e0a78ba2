#include "docker/images/pull.h"

#include <algorithm>
#include <chrono>

#include "docker/api/json.h"
#include "docker/api/json_lines.h"
#include "docker/differences.h"
#include "util/text.h"

namespace docker {
namespace {

constexpr std::chrono::hours longest_pull{6};

/// The value of X-Registry-Auth: a JSON object in URL-safe base64.
std::string auth_header(const task::RegistryLogin& login) {
  auto node = data::Node::object();
  node.set("username", data::Node::string(login.username));
  node.set("password", data::Node::string(login.password));
  node.set("serveraddress", data::Node::string(login.host));
  auto text = util::to_base64(data::to_json(node));
  std::replace(text.begin(), text.end(), '+', '-');
  std::replace(text.begin(), text.end(), '/', '_');
  return text;
}

/// A pull can fail by the status of the answer or by an error message in its stream.
Puller::Outcome outcome_of(const util::Result<Answer>& result, const PullState& state) {
  if (!result.ok()) return result.error();
  if (!result->ok()) {
    const auto words = result->message();
    return std::optional(PullFailure{cause_of_failed_pull(words, result->status), words});
  }
  if (!state.error()) return std::optional<PullFailure>();
  return std::optional(PullFailure{cause_of_failed_pull(*state.error(), 0), engine_words(*state.error())});
}

}  // namespace

void PullState::take(const data::Node& line) {
  if (const auto words = json::text(line, {"error"}); !words.empty()) error_ = words;
  if (const auto words = json::text(line, {"errorDetail", "message"}); !words.empty()) error_ = words;
  const auto id = json::text(line, {"id"});
  const auto status = json::text(line, {"status"});
  if (id.empty() || (layers_.size() >= most_layers && !layers_.contains(id))) return;

  const auto current = std::max<std::int64_t>(0, json::number(line, {"progressDetail", "current"}).value_or(0));
  const auto total = std::max<std::int64_t>(0, json::number(line, {"progressDetail", "total"}).value_or(0));
  if (status == "Downloading" || status == "Extracting") {
    auto& layer = layers_[id];
    if (total > 0) layer.total = total;
    (status == "Downloading" ? layer.downloaded : layer.extracted) = std::min(current, layer.total);
    if (status == "Extracting") layer.downloaded = layer.total;
  } else if (status == "Pull complete") {
    auto& layer = layers_[id];
    layer.downloaded = layer.extracted = layer.total;
  }

  double sum = 0;
  double done = 0;
  for (const auto& [name, layer] : layers_) {
    sum += 2.0 * static_cast<double>(layer.total);
    done += static_cast<double>(layer.downloaded) + static_cast<double>(layer.extracted);
  }
  if (sum > 0) percent_ = std::max(percent_, static_cast<int>(100.0 * done / sum));
}

Puller::WaiterId Puller::join(const task::ImageReference& image, Waiter waiter) {
  const auto id = ++last_id_;
  const auto name = image.to_string();
  const auto [found, is_new] = pulls_.try_emplace(name);
  const auto percent = found->second.percent;
  const auto& added = found->second.waiters.emplace(id, std::move(waiter)).first->second;
  if (is_new) {
    start(image, name, added.trace);
  } else if (percent > 0) {  // not every engine reports progress
    added.on_progress(percent);
  }
  return id;
}

void Puller::leave(WaiterId id) {
  for (auto pull = pulls_.begin(); pull != pulls_.end(); ++pull) {
    if (pull->second.waiters.erase(id) == 0) continue;
    if (pull->second.waiters.empty()) {
      api_.cancel(pull->second.call);
      pulls_.erase(pull);
    }
    return;
  }
}

void Puller::start(const task::ImageReference& image, const std::string& name,
                   const std::optional<util::Trace>& trace) {
  Request request;
  request.method = "POST";
  request.path = "/images/create?fromImage=" + util::percent_encode(image.name()) +
                 "&tag=" + util::percent_encode(image.digest.empty() ? image.tag : image.digest);
  request.lane = net::Lane::transfer;
  request.timeout = longest_pull;
  request.trace = trace;
  for (const auto& login : options_.registries) {
    if (login.host == image.registry) request.headers.emplace_back("X-Registry-Auth", auth_header(login));
  }

  struct Stream {
    PullState state;
    int told = 0;
    std::optional<JsonLines> lines;
  };
  auto stream = std::make_shared<Stream>();
  stream->lines.emplace([state = &stream->state](const data::Node& line) { state->take(line); });
  auto tell = [this, name, post = api_.poster()](int percent) {
    post([this, name, percent] { on_progress(name, percent); });
  };
  request.on_data = [stream, tell](std::string_view bytes) {
    if (!stream->lines->feed(bytes)) return false;
    if (stream->state.percent() != stream->told) {
      stream->told = stream->state.percent();
      tell(stream->told);
    }
    return true;
  };
  pulls_[name].call = api_.call(std::move(request), [this, stream, name](const util::Result<Answer>& result) {
    stream->lines->finish();
    finish(name, outcome_of(result, stream->state));
  });
}

void Puller::on_progress(const std::string& name, int percent) {
  const auto found = pulls_.find(name);
  if (found == pulls_.end()) return;
  found->second.percent = percent;
  for (const auto& [id, waiter] : found->second.waiters) waiter.on_progress(percent);
}

void Puller::finish(const std::string& name, const Outcome& outcome) {
  auto waiters = std::move(pulls_[name].waiters);
  pulls_.erase(name);
  for (const auto& [id, waiter] : waiters) waiter.on_done(outcome);
}

}  // namespace docker
