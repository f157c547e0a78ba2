// The tree of one job list over HTTP: /jobs and everything below it, and /sync beside it; or the same of a configured
// application, elsewhere (UWS 1.1 section 2.2; docs/uws-contract.md).
//
// Owner: main; one for each list; outlives the server. Handlers run on HTTP workers and never block; answers come from
// database threads.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/router.h"
#include "util/time.h"
#include "uws/core/job_service.h"
#include "uws/core/seams.h"
#include "uws/core/stored_bytes.h"
#include "uws/rest/answers.h"
#include "uws/rest/events.h"
#include "uws/rest/intake.h"
#include "uws/rest/view.h"

namespace uws::rest {

/// How errors are told that a client of a job list reads as documents: …/error, and what sync answers.
enum class ErrorForm { text, votable };

struct JobTreeOptions {
  std::string path = "/jobs";                    // of the list, as many segments as one likes
  std::chrono::seconds wait_cap{55};             // U31
  std::uint64_t max_upload_bytes = 4ULL << 30U;  // of one part
  std::chrono::milliseconds abort_hold{1000};    // the answer to ABORT waits so long for the end (U46)
  bool sync_by_get = false;                      // DALI's clients ask so; it changes state (U9)
  bool sync_answers_bytes = false;               // …/sync/{id} is the primary result, and does not lead to it
  ErrorForm errors = ErrorForm::text;
  TaskNames names = {};
};

class JobTree {
 public:
  JobTree(JobService& service, StoredBytes& bytes, const LiveView& live, EventStreams& streams, JobTreeOptions options);

  void add_routes(http::Router& router);

 private:
  using RequestPtr = std::shared_ptr<const http::Request>;
  using Render = std::string (*)(const JobView&);
  using Get = void (JobService::*)(const JobId&, const Caller&, Done<Job>);
  using Show = std::function<void(const RequestPtr&, const http::Reply&, const JobView&)>;

  // list.cpp
  void list(const RequestPtr& request, const http::Reply& reply);

  // job_events.cpp
  void job_events(const RequestPtr& request, const http::Reply& reply);
  void list_events(const RequestPtr& request, const http::Reply& reply);

  // job_tree.cpp: what is read of a job
  void add_reading(http::Router& router);
  void job(const RequestPtr& request, const http::Reply& reply);
  http::Handler showing(Show show, Get get = &JobService::get);
  void show_job(const RequestPtr& request, const http::Reply& reply, const JobView& view, bool json) const;
  void show_parameter(const RequestPtr& request, const http::Reply& reply, const JobView& view) const;
  void show_error(const RequestPtr& request, const http::Reply& reply, const JobView& view) const;

  // changes.cpp: what is changed
  void add_changing(http::Router& router);
  void create(const RequestPtr& request, const http::Reply& reply, bool sync);
  void change(const RequestPtr& request, const http::Reply& reply, Place place);
  void apply(const RequestPtr& request, const http::Reply& reply, Changes changes);
  void answer_change(const RequestPtr& request, const http::Reply& reply, std::chrono::steady_clock::time_point until,
                     const Job& seen);
  void put_parameter(const RequestPtr& request, const http::Reply& reply);
  void destroy(const RequestPtr& request, const http::Reply& reply);

  // results.cpp: bytes
  struct ResultLook {
    bool follow = false;
    bool waited = false;  // for the job to start
    bool again = false;
  };
  void show_result(const RequestPtr& request, const http::Reply& reply);
  void show_result(const RequestPtr& request, const http::Reply& reply, ResultLook look);
  void show_live_result(const RequestPtr& request, const http::Reply& reply, const LiveResult& result, bool follow);
  void await_start(const RequestPtr& request, const http::Reply& reply, ResultLook look);

  // sync.cpp: create, run, hold, lead to the result
  void add_sync(http::Router& router);
  /// A route that makes or shows what `sync` does: its errors are told as the list's are.
  http::Route sync_route(http::Handler handler) const;
  void sync_by_get(const RequestPtr& request, const http::Reply& reply);
  void hold_sync(const RequestPtr& request, const http::Reply& reply, std::chrono::steady_clock::time_point until,
                 std::optional<Phase> seen);
  void send_primary(const RequestPtr& request, const http::Reply& reply);

  /// Waits without a thread; the waiter goes when the client does.
  void wait(const JobId& id, const Caller& caller, std::optional<Phase> phase, std::chrono::milliseconds at_most,
            const http::Reply& reply, Done<Job> done, WaitIn in = WaitIn::phases_of_uws);
  JobView view_of(const http::Request& request, Job job) const;
  /// Absolute URLs as the client addressed us.
  std::string jobs_url(const http::Request& request) const { return request.base_url + paths_.jobs; }
  std::string job_url(const http::Request& request, std::string_view id) const;
  std::string sync_url(const http::Request& request, std::string_view id) const;

  JobService& service_;
  StoredBytes& bytes_;
  const LiveView& live_;
  EventStreams& streams_;
  const JobTreeOptions options_;
  const ListPaths paths_;
  const util::Instant up_since_ = util::now();
  const std::string era_ = std::to_string(up_since_.time_since_epoch().count());
};

}  // namespace uws::rest
