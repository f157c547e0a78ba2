// Implements the jobs of UWS. Only this part changes the phase of a job.
//
// For clients, a JobService serves one job list: jobs of other lists are not found. The lists share everything but
// their name and acceptor: the database, limits, quotas, waiters. The executor uses one JobService for the jobs of all
// lists.
//
// Every change is a compare-and-set in a transaction. Calls for clients answer through `Done`, which runs on a database
// thread (or at once, if the database is not needed) and must not block. Calls for the executor take its Transaction,
// so that its own rows change in the same commit. Waiters are answered and hints are given after the commit only.
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
#include "util/result.h"
#include "uws/core/job.h"
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

template <typename T>
using Done = std::function<void(util::Result<T>)>;

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

struct ClaimedJob {
  JobId id;
  std::int64_t fence = 0;
  bool abort_wanted = false;
  bool destroyed = false;
};

class JobService {
 public:
  /// The service of /jobs, the list without a name.
  JobService(store::Database& database, store::BlobStore& blobs, JobOptions options, JobAcceptor& acceptor,
             RunControl& runs);
  ~JobService();

  /// Makes the service of another list. It starts and stops with this one, and must not outlive it.
  std::unique_ptr<JobService> beside(ListName list, JobAcceptor& acceptor) const;

  /// Begins to destroy jobs whose destruction time has come, also while the service was down.
  void start();
  /// Destroys no more jobs, and answers every waiter with the job as it is.
  void stop();

  // --- For clients. A job that does not exist, is destroyed, or is in another list is not_found. The owner may do
  // everything. Members of the group that a job is shared with, and administrators, may read it. Administrators may
  // also abort, hold, release (run) and destroy it. Everything else is forbidden.

  void create(Creation creation, Done<Job> done);
  void get(const JobId& id, const Caller& caller, Done<Job> done);
  /// The same without parameters, results and jobInfo, which is cheaper.
  void get_summary(const JobId& id, const Caller& caller, Done<Job> done);
  /// Like get_summary(), with one of the results if the job has it: by its id, or the primary one as "result" (U7).
  void get_with_result(const JobId& id, const Caller& caller, const std::string& result, Done<Job> done);
  /// Newest first, ties by id (U21).
  void list(const ListQuery& query, Done<std::vector<JobReference>> done);
  /// Answers those of the jobs that exist and that the caller may see.
  void get_references(const std::vector<JobId>& ids, const Caller& caller, Done<std::vector<JobReference>> done);
  void change(const JobId& id, const Caller& caller, Changes changes, Done<Job> done);
  void run(const JobId& id, const Caller& caller, Done<Job> done) {
    change(id, caller, {.phase = PhaseAction::run}, std::move(done));
  }
  void hold(const JobId& id, const Caller& caller, Done<Job> done) {
    change(id, caller, {.phase = PhaseAction::hold}, std::move(done));
  }
  void abort(const JobId& id, const Caller& caller, Done<Job> done) {
    change(id, caller, {.phase = PhaseAction::abort}, std::move(done));
  }
  void destroy(const JobId& id, const Caller& caller, Done<void> done);

  /// Answers as soon as the job's phase differs from `phase` (if absent: from its present phase) or is not one in which
  /// clients wait, and after `at_most` at the latest, with the job as it is then. Answers not_found when the job is
  /// destroyed meanwhile (U30 to U32). The returned ticket may be dropped at any time: then `done` is not called any
  /// more, unless it is running at that moment.
  std::shared_ptr<void> wait(const JobId& id, const Caller& caller, std::optional<Phase> phase,
                             std::chrono::milliseconds at_most, Done<Job> done, WaitIn in = WaitIn::phases_of_uws);

  /// Calls `notices` after each committed change of the job, or of any job of this list that the caller may see, until
  /// the ticket is dropped. Includes changes that other services on the same database committed. Null after stop().
  std::shared_ptr<void> watch(const JobId& id, Subscriptions::Notices notices);
  std::shared_ptr<void> watch_list(const Caller& caller, Subscriptions::Notices notices);

  // --- For the executor.

  /// Jobs that are QUEUED and not claimed, the longest queued first, beginning after the place `after`.
  std::vector<QueuePlace> queued(store::Session& session, const QueuePlace& after, std::size_t at_most);
  /// Those of these jobs that are queued, in no particular order. Reads up to 32 jobs by one statement.
  std::vector<QueuedJob> read_queued(store::Session& session, const std::vector<JobId>& ids);
  /// Jobs that are claimed and not released: a start-up must take up their runs.
  std::vector<ClaimedJob> claimed(store::Session& session);
  /// A job of any owner, even a destroyed one; nullopt when its row was deleted.
  std::optional<Job> find(store::Session& session, const JobId& id);
  bool is_destroyed(store::Session& session, const JobId& id);

  /// Claims a queued job: its fence grows, `claimed` is set, and it stays QUEUED. nullopt: it is not queued any more,
  /// or it is claimed already.
  std::optional<Job> claim(store::Transaction& transaction, const JobId& id);
  /// Returns a claimed job that has not started to the queue; if its abort was requested, it is ABORTED instead. False:
  /// the job has another fence by now, or is not QUEUED.
  bool unclaim(store::Transaction& transaction, const JobId& id, std::int64_t fence);
  /// From QUEUED to EXECUTING. False: the job has another fence by now, or is not QUEUED.
  bool executing(store::Transaction& transaction, const JobId& id, std::int64_t fence, util::Instant start_time,
                 const data::Node& info);

  /// From EXECUTING to SUSPENDED, or back. False: the job has another fence by now, or is in neither phase.
  bool suspended(store::Transaction& transaction, const JobId& id, std::int64_t fence, bool is_suspended);

  struct Ending {
    Phase phase = Phase::completed;             // COMPLETED, ERROR or ABORTED
    std::optional<util::Instant> start_time{};  // used if the run ended before EXECUTING was committed
    util::Instant end_time{};
    std::vector<ResultEntry> results{};
    std::optional<ErrorSummary> error{};
    data::Node info = data::Node::object();
  };
  bool ended(store::Transaction& transaction, const JobId& id, std::int64_t fence, const Ending& ending);
  /// To be called when nothing of the run is left on the engine. The row of a destroyed job can then be deleted.
  void released(store::Transaction& transaction, const JobId& id, std::int64_t fence);

  /// Fails with too_many if the owner cannot have another job now.
  void check_quota(const Owner& owner, Done<void> done);
  /// Counts the jobs in each phase, except destroyed ones. Reads the whole table, so it must not be called often.
  void count_by_phase(Done<std::map<Phase, std::int64_t>> done);

 private:
  struct Impl;
  explicit JobService(std::shared_ptr<Impl> impl);
  std::shared_ptr<Impl> impl_;
};

}  // namespace uws
