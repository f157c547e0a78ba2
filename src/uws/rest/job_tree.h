// The HTTP resources of one job list: /jobs with everything below it, and /sync; or the same at the path of an
// application (UWS 1.1 section 2.2; docs/uws-contract.md).
//
// Owner: main, which has one for each list. Outlives the HTTP server. Handlers run on HTTP workers and never block;
// most answers are sent from database threads.
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
#include "util/async.h"
#include "util/time.h"
#include "uws/core/job_service.h"
#include "uws/core/seams.h"
#include "uws/core/stored_bytes.h"
#include "uws/rest/answers.h"
#include "uws/rest/events.h"
#include "uws/rest/request_reader.h"
#include "uws/rest/view.h"

namespace uws::rest {

/// The form of …/error, and of error responses of sync.
enum class ErrorForm { text, votable };

struct JobTreeOptions {
  std::string path = "/jobs";                    // of the list; may have several segments
  std::chrono::seconds wait_cap{55};             // U31
  std::uint64_t max_upload_bytes = 4ULL << 30U;  // limit of one part
  std::chrono::milliseconds abort_hold{1000};    // how long the answer to ABORT waits for the end of the job (U46)
  bool sync_by_get = false;                      // GET of sync creates a job, as DALI clients expect (U9)
  bool sync_answers_bytes = false;               // …/sync/{id} answers with the primary result, without a redirect
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
  using Get = void (JobService::*)(const JobId&, const Caller&, util::Callback<Job>);
  using Show = std::function<void(const RequestPtr&, const http::Reply&, const JobView&)>;

  // list.cpp
  void list(const RequestPtr& request, const http::Reply& reply);

  // job_events.cpp
  void job_events(const RequestPtr& request, const http::Reply& reply);
  void list_events(const RequestPtr& request, const http::Reply& reply);

  // job_tree.cpp: reading a job
  void add_reading(http::Router& router);
  void job(const RequestPtr& request, const http::Reply& reply);
  http::Handler showing(Show show, Get get = &JobService::get);
  void show_job(const RequestPtr& request, const http::Reply& reply, const JobView& view, bool json) const;
  void show_parameter(const RequestPtr& request, const http::Reply& reply, const JobView& view) const;
  void show_error(const RequestPtr& request, const http::Reply& reply, const JobView& view) const;

  // changes.cpp: changing jobs
  void add_changing(http::Router& router);
  void create(const RequestPtr& request, const http::Reply& reply, bool sync);
  void change(const RequestPtr& request, const http::Reply& reply, Place place);
  void apply(const RequestPtr& request, const http::Reply& reply, Changes changes);
  void answer_change(const RequestPtr& request, const http::Reply& reply, std::chrono::steady_clock::time_point until,
                     const Job& seen);
  void put_parameter(const RequestPtr& request, const http::Reply& reply);
  void destroy(const RequestPtr& request, const http::Reply& reply);

  // results.cpp: results
  struct ResultAccess {
    bool follow = false;  // send a log until it ends
    bool waited = false;  // has waited for the job to start
    bool again = false;   // the job is read a second time
  };
  void show_result(const RequestPtr& request, const http::Reply& reply);
  void show_result(const RequestPtr& request, const http::Reply& reply, ResultAccess look);
  void show_live_result(const RequestPtr& request, const http::Reply& reply, const LiveResult& result, bool follow);
  void await_start(const RequestPtr& request, const http::Reply& reply, ResultAccess look);

  // sync.cpp: create a job, run it, wait for its end, and answer with its result
  void add_sync(http::Router& router);
  /// A route below sync, whose error responses have the form of options_.errors.
  http::Route sync_route(http::Handler handler) const;
  void sync_by_get(const RequestPtr& request, const http::Reply& reply);
  void hold_sync(const RequestPtr& request, const http::Reply& reply, std::chrono::steady_clock::time_point until,
                 std::optional<Phase> seen);
  void send_primary(const RequestPtr& request, const http::Reply& reply);

  /// Calls `done` as JobService::wait() does; without a thread. The waiter is dropped when the client disconnects.
  void wait(const JobId& id, const Caller& caller, std::optional<Phase> phase, std::chrono::milliseconds at_most,
            const http::Reply& reply, util::Callback<Job> done, WaitIn in = WaitIn::phases_of_uws);
  JobView view_of(const http::Request& request, Job job) const;
  /// Absolute URLs, which begin like the URL of the request.
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
