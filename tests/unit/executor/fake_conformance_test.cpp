// Runs the conformance suite of all engines on the fake engine.
#include <future>

#include "conformance/engine_conformance.h"
#include "fakes/fake_engine.h"
#include "util/random.h"

namespace executor::conformance {
namespace {

class FakeBench : public Bench {
 public:
  FakeBench() { restart(); }
  ~FakeBench() override {
    loop_->stop();
    engine_.reset();
  }

  util::EventLoop& loop() override { return *loop_; }
  Engine& engine() override { return *engine_; }
  void restart() override {
    engine_.reset();
    const util::Poster poster = [loop = loop_](util::Task task) { loop->post(std::move(task)); };
    engine_ = std::make_unique<testing::FakeEngine>("fake", poster, daemon_, installation_);
  }

  std::string installation() const override { return installation_; }
  task::ImageReference image() const override { return *task::ImageReference::parse("conformance:test"); }
  std::string user() const override { return "1000:1000"; }
  std::vector<std::string> present() override { return daemon_->present(); }

  void set_clock_ahead(std::chrono::seconds ahead) override { daemon_->set_clock_ahead(ahead); }

  std::function<bool()> make_stranger() override {
    RunSpec spec;
    spec.id = {util::random_id(), util::random_id(), 1};
    spec.image = image();
    spec.args = {"sleep", "100"};
    std::promise<void> started;
    const std::string name = spec.id.name();
    loop_->post([&] { engine_->submit(spec, [&](const util::Result<RunStatus>&) { started.set_value(); }); });
    started.get_future().wait();
    return [daemon = daemon_, name] {
      const auto names = daemon->present();
      return std::find(names.begin(), names.end(), name) != names.end();
    };
  }

 private:
  const std::shared_ptr<util::EventLoop> loop_ = std::make_shared<util::EventLoop>("bench");
  const std::shared_ptr<testing::FakeDaemon> daemon_ = std::make_shared<testing::FakeDaemon>();
  const std::string installation_ = util::random_id();
  std::unique_ptr<Engine> engine_;
};

INSTANTIATE_TEST_SUITE_P(Fake, EngineConformance,
                         ::testing::Values(EngineCase{"fake", [] { return std::make_unique<FakeBench>(); }}),
                         case_name);

}  // namespace
}  // namespace executor::conformance
