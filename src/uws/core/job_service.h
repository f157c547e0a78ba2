// Implements the jobs of UWS. Only this part changes the phase of a job.
//
// A JobService serves one job list to clients: jobs of other lists are not found. The lists share everything but their
// name and acceptor: the database, limits, quotas, waiters. Whoever runs the jobs of all lists uses claims().
//
// Every change is a compare-and-set in a transaction. Calls answer through `Done`, which runs on a database thread (or
// at once, if the database is not needed) and must not block. Waiters are answered and hints are given after the commit
// only.
//
// Owner: main. Any thread may call. Call stop() before Database::stop(), and destroy this, the acceptor and the
// RunControl only after Database::stop() has returned, because work that is queued in the database uses them.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "store/blob_store.h"
#include "store/database.h"
#include "util/async.h"
#include "util/result.h"
#include "uws/core/job.h"
#include "uws/core/job_claims.h"
#include "uws/core/seams.h"
#include "uws/core/subscriptions.h"

namespace uws {

/// The longest accepted duration: 100 years.
constexpr std::chrono::seconds longest_time = std::chrono::hours{24 * 36525};

struct JobOptions {
  std::chrono::seconds default_execution_duration{3600};
  std::chrono::seconds max_execution_duration{86400};  // 0: no maximum
  std::chrono::seconds default_destruction{std::chrono::hours{24 * 7}};
  std::chrono::seconds max_destruction{std::chrono::hours{24 * 30}};  // from the creation; 0: no maximum
  /// How long a job stays visible as ARCHIVED after its destruction time; 0: it is destroyed at once (U43).
  std::chrono::seconds archive_for{0};
  /// The longest time that WAIT waits (U31).
  std::chrono::seconds wait_cap{55};
  std::int64_t max_unended_jobs_per_owner = 1000;  // 429 when there are as many
  std::int64_t max_jobs_per_owner = 100'000;       // 429 when there are as many
  /// True: anonymous jobs are listed to everybody (AnonymousMode::shared). False: each is found by its URL only.
  bool anonymous_jobs_are_listed = false;
};

std::vector<store::Migration> migrations();

struct Creation {
  Caller owner{};
  std::optional<std::string> run_id{};
  std::optional<std::chrono::seconds> execution_duration{};  // limited to the maximum (U17); 0 asks for the maximum
  std::optional<util::Instant> destruction{};                // limited to the maximum; invalid_argument for the past
  std::optional<std::string> shared_with{};                  // one of the owner's groups
  JobRequest given{};
  bool run = false;  // PHASE=RUN
};

enum class PhaseAction { run, hold, abort };

/// Changes of an existing job. Either all of them are made, in one transaction, or none (U18).
struct Changes {
  std::optional<std::int64_t> version{};                     // conflict if the job has another; not used with RUN
  std::optional<JobRequest> given{};                         // PENDING only (U15)
  std::optional<std::string> run_id{};                       // PENDING only; empty: removes the RUNID
  std::optional<std::chrono::seconds> execution_duration{};  // before EXECUTING
  std::optional<util::Instant> destruction{};
  std::optional<std::optional<std::string>> shared_with{};  // one of the owner's groups; nullopt inside: not shared
  /// RUN: from PENDING, or by an administrator from HELD, to QUEUED, if RunControl finds the job runnable (U40, U41).
  /// HOLD: from PENDING, or from QUEUED before the claim, to HELD; by an administrator only (U41). ABORT: a job without
  /// a claim is ABORTED at once; for a claimed one the request is committed, and the executor ends the run (U46).
  std::optional<PhaseAction> phase{};
};

/// The phases in which wait() waits: those of U30, or any.
enum class WaitIn { phases_of_uws, any_phase };

/// A place in a list.
struct ListPlace {
  util::Instant creation_time{};
  JobId id{};
  auto operator<=>(const ListPlace&) const = default;
};

struct ListQuery {
  Caller caller{};
  std::vector<Phase> phases{};           // jobs in any of these phases; empty: all but ARCHIVED
  std::vector<std::string> run_ids{};    // jobs with any of these RUNIDs; empty: all
  std::optional<util::Instant> after{};  // jobs created later than that
  std::optional<ListPlace> beyond{};     // jobs that follow this place in the list, for paging
  std::optional<std::int64_t> last{};    // at most so many jobs, the newest
  auto operator<=>(const ListQuery&) const = default;
};

class JobService {
 public:
  /// The service of /jobs, the list without a name.
  JobService(store::Database& database, store::BlobStore& blobs, JobOptions options, JobAcceptor& acceptor,
             RunControl& runs);
  ~JobService();

  /// Makes the service of another list. It starts and stops with this one, and must not outlive it.
  std::unique_ptr<JobService> for_list(ListName list, JobAcceptor& acceptor) const;

  /// Begins to destroy jobs whose destruction time has come, also while the service was down.
  void start();
  /// Destroys no more jobs, and answers every waiter with the job as it is.
  void stop();

  // A job that does not exist, is destroyed, or is in another list is not_found. The owner may do
  // everything. Members of the group that a job is shared with, and administrators, may read it. Administrators may
  // also abort, hold, release (run) and destroy it. Everything else is forbidden.

  void create(Creation creation, util::Callback<Job> done);
  void get(const JobId& id, const Caller& caller, util::Callback<Job> done);
  /// The same without parameters, results and jobInfo, which is cheaper.
  void get_summary(const JobId& id, const Caller& caller, util::Callback<Job> done);
  /// Like get_summary(), with one of the results if the job has it: by its id, or the primary one as "result" (U7).
  void get_with_result(const JobId& id, const Caller& caller, const std::string& result, util::Callback<Job> done);
  /// Newest first, ties by id (U21).
  void list(const ListQuery& query, util::Callback<std::vector<JobReference>> done);
  /// Answers those of the jobs that exist and that the caller may see.
  void get_references(const std::vector<JobId>& ids, const Caller& caller,
                      util::Callback<std::vector<JobReference>> done);
  void change(const JobId& id, const Caller& caller, Changes changes, util::Callback<Job> done);
  void run(const JobId& id, const Caller& caller, util::Callback<Job> done) {
    change(id, caller, {.phase = PhaseAction::run}, std::move(done));
  }
  void hold(const JobId& id, const Caller& caller, util::Callback<Job> done) {
    change(id, caller, {.phase = PhaseAction::hold}, std::move(done));
  }
  void abort(const JobId& id, const Caller& caller, util::Callback<Job> done) {
    change(id, caller, {.phase = PhaseAction::abort}, std::move(done));
  }
  void destroy(const JobId& id, const Caller& caller, util::Callback<void> done);

  /// Answers as soon as the job's phase differs from `phase` (if absent: from its present phase) or is not one in which
  /// clients wait, and after `at_most` at the latest, with the job as it is then. Answers not_found when the job is
  /// destroyed meanwhile (U30 to U32). The returned ticket may be dropped at any time: then `done` is not called any
  /// more, unless it is running at that moment.
  std::shared_ptr<void> wait(const JobId& id, const Caller& caller, std::optional<Phase> phase,
                             std::chrono::milliseconds at_most, util::Callback<Job> done,
                             WaitIn in = WaitIn::phases_of_uws);

  /// Calls `notices` after each committed change of the job, or of any job of this list that the caller may see, until
  /// the ticket is dropped. Includes changes that other services on the same database committed. Null after stop().
  std::shared_ptr<void> watch(const JobId& id, Subscriptions::Notices notices);
  std::shared_ptr<void> watch_list(const Caller& caller, Subscriptions::Notices notices);

  /// For whoever runs the jobs of all lists. It lives as long as this object.
  JobClaims& claims();

  /// Fails with too_many if the owner cannot have another job now.
  void check_quota(const Owner& owner, util::Callback<void> done);
  /// Counts the jobs in each phase, except destroyed ones. Reads the whole table, so it must not be called often.
  void count_by_phase(util::Callback<std::map<Phase, std::int64_t>> done);

 private:
  struct Impl;
  explicit JobService(std::shared_ptr<Impl> impl);
  std::shared_ptr<Impl> impl_;
};

}  // namespace uws
