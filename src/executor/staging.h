// Fetches the inputs that are given by URL into blobs, before a run is submitted.
//
// A few inputs are fetched at a time, subject to the address policy, each with a limit of size and time. Owned by a run
// and used on the executor's loop; answers are posted there. The blobs are temporary, and the receiver of `done` must
// remove them.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "executor/engine.h"
#include "executor/options.h"
#include "executor/spec.h"
#include "net/address_policy.h"
#include "net/client.h"
#include "store/blob_store.h"
#include "util/async.h"
#include "util/trace.h"

namespace executor {

class InputFetch : public std::enable_shared_from_this<InputFetch> {
 public:
  using Fetched = std::map<std::string, StoredInput>;  // by path
  struct Context {
    net::Client& client;
    std::shared_ptr<const net::AddressPolicy> addresses;
    store::BlobStore& blobs;
    const InputOptions& options;
    util::Poster poster;
    std::optional<util::Trace> trace;  // the trace of the request that caused the run; sent to the servers
  };
  struct Listener {
    std::function<void(Progress)> progress;
    /// Called at most once: with all inputs, or with the first error, which cancels the others. `unavailable` and
    /// `timeout` are temporary errors.
    util::Callback<Fetched> done;
  };

  /// The inputs of a task that have a URL.
  static std::vector<task::Input> by_url(const task::ContainerTask& task);

  InputFetch(Context context, std::vector<task::Input> inputs, Listener listener);
  void start();
  /// Cancels all transfers and removes the blobs. The listener is not called after this.
  void cancel();

 private:
  struct Transfer;
  void start_next();
  void on_done(const std::shared_ptr<Transfer>& transfer, const util::Result<net::Response>& answer);
  void fail(util::Error error);

  Context context_;
  std::deque<task::Input> waiting_;
  std::size_t total_;
  Listener listener_;
  std::map<std::string, net::Handle> running_;  // by path
  Fetched fetched_;
  bool over_ = false;
};

}  // namespace executor
