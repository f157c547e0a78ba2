// A test fixture with a job service on an empty database and an empty blob folder. Its functions call the job service
// and wait for the answer.
#pragma once

#include <chrono>
#include <future>
#include <limits>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gmock/gmock.h>

#include "fakes/store_fixture.h"
#include "fakes/temp_folder.h"
#include "fakes/uws_fakes.h"
#include "store/blob_listing.h"
#include "store/blob_store.h"
#include "util/async.h"
#include "uws/core/blob_sweep.h"
#include "uws/core/job_service.h"
#include "uws/core/job_table.h"

namespace fakes {

using namespace std::chrono_literals;

inline const uws::Owner alice = "alice";
inline const uws::Owner bob = "bob";
inline const uws::Owner nobody;

/// The longest time to wait for anything: far more than is needed even on a busy machine.
constexpr std::chrono::seconds test_timeout{30};

template <typename Predicate>
bool eventually(Predicate predicate) {
  const auto deadline = std::chrono::steady_clock::now() + test_timeout;
  while (!predicate()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(2ms);
  }
  return true;
}

/// Waits for the result of an asynchronous call.
template <typename T>
class Answer {
 public:
  util::Callback<T> done() {
    return [promise = promise_](util::Result<T> result) { promise->set_value(std::move(result)); };
  }
  bool is_there() const { return future_.wait_for(0s) == std::future_status::ready; }
  util::Result<T> get() {
    if (future_.wait_for(test_timeout) != std::future_status::ready) throw std::runtime_error("no answer came");
    return future_.get();
  }

 private:
  std::shared_ptr<std::promise<util::Result<T>>> promise_ = std::make_shared<std::promise<util::Result<T>>>();
  std::future<util::Result<T>> future_ = promise_->get_future();
};

class JobTest : public StoreTest {
 protected:
  void SetUp() override {
    blobs_ = store::open_blob_folder(folder_ / "blobs").value();
    begin();
  }
  void TearDown() override { end(); }

  void begin() {
    open(uws::migrations(), {.readers = readers_, .writers = 2});
    service_ = std::make_unique<uws::JobService>(database(), *blobs_, options_, acceptor_, runs_);
  }
  void end() {
    if (service_) service_->stop();
    close();
    service_.reset();
  }
  /// Ends the job service and creates it anew, as after a restart of the process, with the current options().
  void restart() {
    end();
    begin();
  }

  uws::JobOptions& options() { return options_; }
  uws::JobService& service() { return *service_; }
  store::BlobStore& blobs() { return *blobs_; }

  util::Result<uws::Job> create(uws::Creation creation) {
    fakes::let_the_clock_tick();
    Answer<uws::Job> answer;
    service().create(std::move(creation), answer.done());
    return answer.get();
  }
  uws::Job pending(const uws::Owner& owner = alice) { return create({.owner = owner}).value(); }
  uws::Job queued(const uws::Owner& owner = alice) { return create({.owner = owner, .run = true}).value(); }
  util::Result<uws::Job> get(const uws::JobId& id, const uws::Owner& caller = alice) {
    Answer<uws::Job> answer;
    service().get(id, caller, answer.done());
    return answer.get();
  }
  uws::Phase phase(const uws::JobId& id) { return get(id).value().phase; }
  bool is_gone(const uws::JobId& id) {
    const auto job = get(id);
    return !job.ok() && job.error().code == util::ErrorCode::not_found;
  }
  bool row_is_gone(const uws::JobId& id) { return !find(id); }
  util::Result<uws::Job> run(const uws::JobId& id, const uws::Owner& caller = alice) {
    Answer<uws::Job> answer;
    service().run(id, caller, answer.done());
    return answer.get();
  }
  util::Result<uws::Job> abort(const uws::JobId& id, const uws::Owner& caller = alice) {
    Answer<uws::Job> answer;
    service().abort(id, caller, answer.done());
    return answer.get();
  }
  util::Status destroy(const uws::JobId& id, const uws::Owner& caller = alice) {
    Answer<void> answer;
    service().destroy(id, caller, answer.done());
    return answer.get();
  }
  util::Result<uws::Job> change(const uws::JobId& id, uws::Changes changes, const uws::Caller& caller = alice) {
    Answer<uws::Job> answer;
    service().change(id, caller, std::move(changes), answer.done());
    return answer.get();
  }
  util::Result<uws::Job> set_parameters(const uws::JobId& id, std::vector<uws::Parameter> parameters,
                                        const uws::Owner& caller = alice) {
    return change(id, {.given = uws::JobRequest{std::move(parameters)}}, caller);
  }
  util::Result<uws::Job> set_execution_duration(const uws::JobId& id, std::chrono::seconds value) {
    return change(id, {.execution_duration = value});
  }
  util::Result<uws::Job> set_destruction(const uws::JobId& id, util::Instant value) {
    return change(id, {.destruction = value});
  }
  util::Result<uws::Job> set_run_id(const uws::JobId& id, std::string value) {
    return change(id, {.run_id = std::move(value)});
  }
  util::Result<std::vector<uws::JobReference>> list(uws::ListQuery query) {
    Answer<std::vector<uws::JobReference>> answer;
    service().list(query, answer.done());
    return answer.get();
  }

  // What the executor does with jobs, each call in a transaction of its own.

  std::optional<uws::Job> claim(const uws::JobId& id) {
    return database()
        .write_now([&](store::Transaction& transaction) -> util::Result<std::optional<uws::Job>> {
          return service().claims().claim(transaction, id);
        })
        .value();
  }
  bool unclaim(const uws::JobId& id, std::int64_t fence) {
    return in_transaction([&](auto& transaction) { return service().claims().unclaim(transaction, id, fence); });
  }
  bool executing(const uws::JobId& id, std::int64_t fence) {
    return in_transaction([&](auto& transaction) {
      return service().claims().executing(transaction, id, fence, util::now(), data::Node::object());
    });
  }
  bool ended(const uws::JobId& id, std::int64_t fence, const uws::JobClaims::Ending& ending) {
    return in_transaction([&](auto& transaction) { return service().claims().ended(transaction, id, fence, ending); });
  }
  void released(const uws::JobId& id, std::int64_t fence) {
    in_transaction([&](auto& transaction) {
      service().claims().released(transaction, id, fence);
      return true;
    });
  }
  std::optional<uws::Job> find(const uws::JobId& id) {
    return database()
        .read_now([&](store::Session& session) -> util::Result<std::optional<uws::Job>> {
          return service().claims().find(session, id);
        })
        .value();
  }
  std::vector<uws::JobId> queue(std::size_t at_most = 100) {
    return database()
        .read_now([&](store::Session& session) -> util::Result<std::vector<uws::JobId>> {
          std::vector<uws::JobId> ids;
          for (const uws::QueuePlace& place : service().claims().queued(session, {}, at_most)) ids.push_back(place.id);
          return ids;
        })
        .value();
  }
  std::vector<uws::JobId> claimed() {
    return database()
        .read_now([&](store::Session& session) -> util::Result<std::vector<uws::JobId>> {
          std::vector<uws::JobId> ids;
          for (const uws::ClaimedJob& job : service().claims().claimed(session)) ids.push_back(job.id);
          return ids;
        })
        .value();
  }
  bool refers_to(const store::BlobId& blob) {
    return database()
        .read_now(
            [&](store::Session& session) -> util::Result<bool> { return uws::unreferred(session, {blob}).empty(); })
        .value();
  }

  /// Inserts a row directly, with any times. Jobs that the job service creates have the current time.
  void put(const uws::JobRow& row) {
    in_transaction([&](auto& transaction) {
      uws::insert_row(transaction, row);
      return true;
    });
  }

  store::BlobId blob(const std::string& bytes = "bytes") {
    auto writer = blobs_->create(1000).value();
    if (!writer->write(bytes).ok() || !writer->finish().ok()) throw std::runtime_error("no blob");
    return writer->id();
  }

  std::size_t blob_count() {
    const auto listing = std::move(store::list_blobs(folder_ / "blobs", store::LockFile::Time::max())).value();
    return listing->next(std::numeric_limits<std::size_t>::max()).value().size();
  }
  bool has(const store::BlobId& blob) { return blobs_->size(blob).ok(); }

  template <typename Work>
  bool in_transaction(Work work) {
    return database()
        .write_now([&](store::Transaction& transaction) -> util::Result<bool> { return work(transaction); })
        .value();
  }

  FakeAcceptor acceptor_;
  FakeRunControl runs_;
  std::size_t readers_ = 2;

 private:
  TempFolder folder_;
  std::unique_ptr<store::BlobStore> blobs_;
  uws::JobOptions options_;
  std::unique_ptr<uws::JobService> service_;
};

/// A parameter by value.
inline uws::Parameter value_of(std::string name, std::string value) {
  return {std::move(name), std::move(value), false, {}, {}, 0};
}
/// An uploaded parameter.
inline uws::Parameter upload_of(std::string name, store::BlobId blob) {
  return {std::move(name), {}, true, std::move(blob), "application/fits", 5};
}

}  // namespace fakes
