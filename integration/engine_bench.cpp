#include "engine_bench.h"

#include <cstdlib>
#include <fstream>
#include <future>
#include <sstream>
#include <stdexcept>
#include <string_view>

#include "conformance/act.h"
#include "fakes/tar_builder.h"
#include "util/random.h"
#include "util/text.h"

namespace docker::testing {
namespace {

std::string socket_from_environment() {
  const auto* variable = is_podman() ? "DUWS_TEST_PODMAN_SOCKET" : "DUWS_TEST_DOCKER_SOCKET";
  const char* socket = std::getenv(variable);
  if (socket == nullptr) {
    throw std::runtime_error(std::string(variable) +
                             " is not set: run this by integration/with-docker, or with-podman");
  }
  return socket;
}

std::string text_of(const data::Node& node, std::initializer_list<std::string_view> path) {
  const auto* here = &node;
  for (const auto key : path) {
    here = here->find(key);
    if (here == nullptr) return {};
  }
  return here->text();
}

}  // namespace

bool is_podman() {
  const char* engine = std::getenv("DUWS_ENGINE");
  return engine != nullptr && std::string_view(engine) == "podman";
}

RawEngine::RawEngine() : socket_(socket_from_environment()) {}

data::Node RawEngine::Answer::json() const {
  auto node = data::parse_json(body, {16U << 20U, 64, 1'000'000});
  return node.ok() ? *node : data::Node();
}

RawEngine::Answer RawEngine::call(const std::string& method, const std::string& path, const std::string& body,
                                  const std::string& type) {
  net::Call call;
  call.method = method;
  call.url = "http://docker" + path;
  call.unix_socket = socket_;
  call.body = body;
  call.timeout = std::chrono::minutes{2};
  if (!body.empty()) call.headers.emplace_back("Content-Type", type);
  std::promise<util::Result<net::Response>> answered;
  client_.start(std::move(call), [&](util::Result<net::Response> result) { answered.set_value(std::move(result)); });
  auto result = answered.get_future().get();
  if (!result.ok()) return {0, result.error().message};
  return {result->status, std::move(result->body)};
}

void make_image(RawEngine& engine) {
  std::ifstream busybox("/bin/busybox", std::ios::binary);
  std::ostringstream program;
  program << busybox.rdbuf();
  fakes::TarBuilder tar;
  tar.folder("bin").folder("etc").folder("tmp", 01777).folder("data");
  tar.file("bin/busybox", program.str(), 0755).link("bin/sh", "busybox");
  tar.file("act", executor::conformance::act_script, 0755);
  tar.file("etc/users", "root:x:0:0:root:/:/bin/sh\nastro:x:4321:4322::/:/bin/sh\ntoor:x:0:0::/:/bin/sh\n");
  tar.link("etc/passwd", "users")
      .folder("work")
      .file("work/tool", "tool")
      .folder("opt")
      .file("opt/file", "of the image");
  const auto answer = engine.call(
      "POST",
      "/images/create?fromSrc=-&repo=conformance:test&changes=" + util::percent_encode("ENTRYPOINT [\"/act\"]") +
          "&changes=" + util::percent_encode("WORKDIR /tmp") + "&changes=" + util::percent_encode("VOLUME /volume"),
      tar.closed(), "application/x-tar");
  if (answer.status != 200) throw std::runtime_error("the image conformance:test was not made: " + answer.body);
}

EngineBench::EngineBench(Options options) : options_(std::move(options)) {
  static const bool made = (make_image(raw), true);
  (void)made;
  options_.name = "real";
  options_.socket = raw.socket();
  options_.installation = util::random_id();
  restart();
}

EngineBench::~EngineBench() {
  on_loop([this] { engine_.reset(); });
  client_.stop();
  const std::string prefix = "duws-" + options_.installation + "-";
  for (const auto* suffix : {"inbound", "inbound-routed", "outbound"})
    raw.call("DELETE", "/networks/" + prefix + suffix);
}

void EngineBench::on_loop(const std::function<void()>& task) {
  std::promise<void> done;
  loop_.post([&] {
    task();
    done.set_value();
  });
  done.get_future().wait();
}

void EngineBench::restart() {
  on_loop([this] {
    engine_.reset();
    engine_ = make_engine(options_, client_, loop_);
  });
}

void EngineBench::set_clock_ahead(std::chrono::seconds ahead) {
  on_loop([this] { engine_.reset(); });
  relay_ = std::make_unique<ClockRelay>(raw.socket(), ahead);
  options_.socket = relay_->socket();
  restart();
}

task::ImageReference EngineBench::image() const { return {"docker.io", "library/conformance", "test", ""}; }

std::vector<std::string> EngineBench::present() {
  const std::string prefix = "duws-" + options_.installation + "-";
  std::vector<std::string> names;
  const auto take = [&](std::string name) {
    if (name.starts_with("/")) name.erase(0, 1);
    if (name.starts_with(prefix)) names.push_back(std::move(name));
  };
  const auto containers = raw.call("GET", "/containers/json?all=1").json();
  for (const auto& container : containers.items()) {
    if (const auto* list = container.find("Names"); list != nullptr) {
      for (const auto& name : list->items()) take(name.text());
    }
  }
  const auto volumes = raw.call("GET", "/volumes").json();
  if (const auto* list = volumes.find("Volumes"); list != nullptr) {
    for (const auto& volume : list->items()) take(text_of(volume, {"Name"}));
  }
  return names;
}

std::function<bool()> EngineBench::make_stranger() {
  const auto name = "stranger-" + util::random_id();
  raw.call(
      "POST", "/containers/create?name=" + name,
      R"({"Image":"conformance:test","Cmd":["sleep","300"],"HostConfig":{"Ulimits":[)"
      R"({"Name":"nofile","Soft":1024,"Hard":1024},{"Name":"nproc","Soft":1024,"Hard":1024}]},"Labels":{"org.docker-uws.installation":")" +
          options_.installation + R"(x","org.docker-uws.job":"1","org.docker-uws.attempt":"1"}})");
  raw.call("POST", "/containers/" + name + "/start");
  return [this, name] {
    const bool runs =
        text_of(raw.call("GET", "/containers/" + name + "/json").json(), {"State", "Status"}) == "running";
    raw.call("DELETE", "/containers/" + name + "?force=1&v=1");
    return runs;
  };
}

}  // namespace docker::testing
