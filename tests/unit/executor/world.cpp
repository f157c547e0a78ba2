#include "world.h"

#include <filesystem>
#include <future>
#include <thread>

#include "executor/executor.h"
#include "fakes/temp_folder.h"
#include "fakes/uws_fakes.h"
#include "ledger/ledger.h"
#include "net/client.h"
#include "store/blob_store.h"
#include "store/database.h"
#include "uws/core/job_service.h"

namespace executor::testing {
namespace {

constexpr std::chrono::seconds test_timeout{30};

template <typename T>
T must(util::Result<T> result) {
  if (!result.ok()) throw std::runtime_error(result.error().message);
  return std::move(result).value();
}

template <typename T, typename Call>
util::Result<T> answer(const Call& call) {
  std::promise<util::Result<T>> promise;
  auto future = promise.get_future();
  call([&promise](util::Result<T> result) { promise.set_value(std::move(result)); });
  return future.get();
}

std::string read_all(util::ByteSource& source, std::size_t size) {
  std::string text(size, '\0');
  std::size_t filled = 0;
  while (filled < text.size()) {
    const auto got = source.read(text.data() + filled, text.size() - filled);
    if (!got.ok() || *got == 0) break;
    filled += *got;
  }
  return text.substr(0, filled);
}

}  // namespace

struct World::Impl {
  fakes::TempFolder folder;
  std::unique_ptr<store::BlobStore> blobs = must(store::open_blob_folder(folder / "blobs"));
  std::unique_ptr<store::Database> database;
  std::unique_ptr<net::Client> client;
  std::unique_ptr<Executor> executor;
  std::unique_ptr<uws::JobService> jobs;
  std::map<std::string, std::unique_ptr<uws::JobService>> lists;  // by the name of the application
};

World::World() : impl_(std::make_unique<Impl>()) {
  options.engines = {EngineOptions{.name = "fake", .millicores = {}, .memory_bytes = {}}};
  options.inputs.allow_addresses = {"127.0.0.1"};
  options.runs.stop_grace = std::chrono::seconds{1};
  policy.images = {"conformance", "elsewhere"};
  policy.volumes = {{"data", "/srv/data", false}};
}

World::~World() { stop(); }

void World::start() {
  std::vector<store::Migration> migrations = uws::migrations();
  for (const auto& more : {ledger::migrations(), executor::migrations()}) {
    migrations.insert(migrations.end(), more.begin(), more.end());
  }
  store::DatabaseOptions where;
  where.url = "sqlite3://" + impl_->folder / "test.db";
  where.readers = 2;
  impl_->database = must(store::Database::open(where, migrations));
  impl_->client = std::make_unique<net::Client>();
  impl_->executor = must(
      Executor::create(options, *impl_->database, *impl_->blobs, *impl_->client, task::Policy(policy), applications));
  impl_->executor->add_engine(std::make_unique<FakeEngine>(options.engines[0].name, impl_->executor->poster(), daemon));
  impl_->jobs = std::make_unique<uws::JobService>(*impl_->database, *impl_->blobs, uws::JobOptions{},
                                                  impl_->executor->acceptor(), *impl_->executor);
  for (const task::Application& application : impl_->executor->admission().applications()) {
    impl_->lists[application.name] = impl_->jobs->for_list(application.name, impl_->executor->acceptor_of(application));
  }
  impl_->executor->attach(impl_->jobs->claims());
  impl_->executor->start();
  set_leadership(store::LeadershipStatus::Role::leader, 1);
  impl_->jobs->start();
}

void World::set_leadership(store::LeadershipStatus::Role role, std::int64_t term, const std::string& why) {
  impl_->executor->set_leadership({role, term, why, "for operators"});
  settle();
}

void World::stop() {
  if (!impl_->executor) return;
  impl_->jobs->stop();
  impl_->executor->stop();
  impl_->database->stop();
  impl_->executor.reset();
  impl_->lists.clear();
  impl_->jobs.reset();
  impl_->client.reset();
  impl_->database.reset();
}

uws::JobRequest given(const Pairs& pairs) {
  uws::JobRequest result;
  for (const auto& [name, value] : pairs) {
    uws::Parameter parameter;
    parameter.name = name;
    parameter.value = value;
    result.parameters.push_back(parameter);
  }
  return result;
}

uws::Parameter World::upload(const std::string& name, const std::string& bytes) {
  auto writer = must(impl_->blobs->create(1 << 20));
  EXPECT_TRUE(writer->write(bytes).ok() && writer->finish().ok());
  uws::Parameter parameter;
  parameter.name = name;
  parameter.by_reference = true;
  parameter.blob = writer->id();
  parameter.size_bytes = bytes.size();
  return parameter;
}

namespace {

uws::JobId create_in_list(uws::JobService& jobs, uws::JobRequest what, std::chrono::seconds duration,
                          const uws::Owner& owner = std::nullopt) {
  uws::Creation creation;
  creation.owner = owner;
  creation.given = std::move(what);
  creation.run = true;
  creation.execution_duration = duration;
  fakes::let_the_clock_tick();
  return must(answer<uws::Job>([&](auto done) { jobs.create(std::move(creation), done); })).id;
}

}  // namespace

uws::JobId World::create(uws::JobRequest what, std::chrono::seconds duration) {
  return create_in_list(*impl_->jobs, std::move(what), duration);
}

uws::JobId World::create_in(const std::string& application, uws::JobRequest what) {
  return create_in_list(*impl_->lists.at(application), std::move(what), std::chrono::seconds{3600});
}

namespace {

uws::JobRequest task_of(const Words& words, Pairs more) {
  more.emplace_back("IMAGE", "conformance:test");
  for (const std::string& word : words) more.emplace_back("ARG", word);
  return given(more);
}

}  // namespace

uws::JobId World::create(const Words& words, Pairs more, std::chrono::seconds duration) {
  return create(task_of(words, std::move(more)), duration);
}

uws::JobId World::create_for(const std::string& owner, const Words& words, Pairs more) {
  return create_in_list(*impl_->jobs, task_of(words, std::move(more)), std::chrono::seconds{3600}, owner);
}

util::Status World::destroy_for(const std::string& owner, const uws::JobId& id) {
  return answer<void>([&](auto done) { impl_->jobs->destroy(id, uws::Caller(owner), done); });
}

util::Result<uws::Job> World::get(const uws::JobId& id) {
  return impl_->database->read_now([&](store::Session& session) -> util::Result<uws::Job> {
    auto job = impl_->jobs->claims().find(session, id);
    if (job && !impl_->jobs->claims().is_destroyed(session, id)) return *std::move(job);
    return util::Error::of(util::ErrorCode::not_found, "no such job");
  });
}

util::Status World::abort(const uws::JobId& id) {
  const auto job = answer<uws::Job>([&](auto done) { impl_->jobs->abort(id, uws::Caller(), done); });
  return job.ok() ? util::Status() : job.error();
}

util::Status World::destroy(const uws::JobId& id) {
  return answer<void>([&](auto done) { impl_->jobs->destroy(id, uws::Caller(), done); });
}

uws::Phase World::phase(const uws::JobId& id) {
  const auto job = get(id);
  return job.ok() ? job->phase : uws::Phase::unknown;
}

std::shared_ptr<const uws::LiveState> World::live(const uws::JobId& id) { return impl_->executor->view(id); }
std::optional<util::Instant> World::quote_if_run(const uws::Job& job) { return impl_->executor->quote_if_run(job); }

std::string World::shown(const uws::JobId& id) {
  const auto now = live(id);
  const data::Node* progress = now ? now->info.find("progress") : nullptr;
  const data::Node* message = progress != nullptr ? progress->find("message") : nullptr;
  return message != nullptr ? message->text() : "";
}

std::optional<std::int64_t> World::queue_position(const uws::JobId& id) {
  const auto now = live(id);
  const data::Node* position = now ? now->info.find("queuePosition") : nullptr;
  return position != nullptr ? position->as_int() : std::nullopt;
}

std::string World::live_text(const uws::JobId& id, const std::string& result) {
  const auto now = live(id);
  if (!now) return {};
  for (const uws::LiveResult& one : now->results) {
    if (one.id != result || !one.bytes) continue;
    std::string text(one.bytes->size(), '\0');
    return text.substr(0, must(one.bytes->read(0, text.data(), text.size())));
  }
  return {};
}

uws::Health::Report World::report() { return impl_->executor->report(); }

void World::settle() {
  std::promise<void> done;
  impl_->executor->loop().post([&done] { done.set_value(); });
  done.get_future().wait();
}

std::shared_ptr<void> World::hold_database() {
  const auto let_go = std::make_shared<std::promise<void>>();
  std::promise<void> held;
  impl_->database->write(
      [&held, future = let_go->get_future().share()](store::Transaction&) -> util::Status {
        held.set_value();
        future.wait();
        return {};
      },
      [](const util::Status&) {});
  held.get_future().wait();
  return {let_go.get(), [let_go](void*) { let_go->set_value(); }};
}

RunId World::run_of(const uws::JobId& id) {
  for (const RunRow& row : must(impl_->database->read_now(
           [](store::Session& session) -> util::Result<std::vector<RunRow>> { return all_runs(session); }))) {
    if (row.id.job == id) return row.id;
  }
  return {};
}

std::size_t World::holds() {
  return must(impl_->database->read_now(
      [](store::Session& session) -> util::Result<std::size_t> { return ledger::holds(session, "fake").size(); }));
}

bool World::until(const std::function<bool()>& condition) {
  const auto end = std::chrono::steady_clock::now() + test_timeout;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds{3});
  }
  return true;
}

bool World::until_phase(const uws::JobId& id, uws::Phase wanted) {
  return until([&] { return phase(id) == wanted; });
}

uws::Job World::until_ended(const uws::JobId& id) {
  EXPECT_TRUE(until([&] { return uws::is_ended(phase(id)); })) << "phase is " << uws::to_string(phase(id));
  return must(get(id));
}

bool World::until_nothing_is_left() {
  return until([&] {
    const auto rows = must(impl_->database->read_now(
        [](store::Session& session) -> util::Result<std::size_t> { return all_runs(session).size(); }));
    return rows == 0 && holds() == 0 && daemon->present().empty();
  });
}

std::string World::text_of(const uws::Job& job, const std::string& id) {
  for (const uws::ResultEntry& result : job.results) {
    if (result.id == id) return read_all(*must(impl_->blobs->open(result.blob)), result.size_bytes);
  }
  return "no result " + id;
}

std::size_t World::blob_count() const {
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(impl_->folder / "blobs")) {
    count += entry.is_regular_file() ? 1 : 0;
  }
  return count;
}

Words result_ids(const uws::Job& job) {
  Words ids;
  for (const uws::ResultEntry& result : job.results) ids.push_back(result.id);
  return ids;
}

}  // namespace executor::testing
