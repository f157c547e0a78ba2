// The UWS pattern: the only writer of phases.
//
// For clients it is the service of one job list: what belongs to another list is not found. Lists share everything but
// their name and their acceptor: the store, limits, quotas, waiters. For whoever runs jobs there are no lists.
//
// Every change is a compare-and-set in a transaction. Calls for clients answer through `Done`, which runs on a database
// thread (or at once, for what needs no database) and must not block. Calls for whoever runs jobs take the caller's
// Transaction, so that his own rows change in the same commit. Waiters and hints are told after the commit only.
// Owner: main. Any thread may call. stop() it before Database::stop(), and let that return before this, the acceptor or
// the RunControl is destroyed: what is queued there uses them.
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

/// Times beyond it are none that anybody means.
constexpr std::chrono::seconds longest_time = std::chrono::hours{24 * 36525};

struct JobOptions {
  std::chrono::seconds default_execution_duration{3600};
  std::chrono::seconds max_execution_duration{86400};  // 0: no maximum
  std::chrono::seconds default_destruction{std::chrono::hours{24 * 7}};
  std::chrono::seconds max_destruction{std::chrono::hours{24 * 30}};  // from the creation; 0: no maximum
  /// How long a job whose destruction time came stays visible as ARCHIVED; 0: forgotten at once (U43).
  std::chrono::seconds archive_for{0};
  /// The longest answer to WAIT (U31).
  std::chrono::seconds wait_cap{55};
  std::int64_t max_unended_jobs_per_owner = 1000;  // 429 beyond
  std::int64_t max_jobs_per_owner = 100'000;       // 429 beyond
  /// Anonymous jobs are everybody's (AnonymousMode::shared), else each only its URL's holder's.
  bool anonymous_jobs_are_listed = false;
};

std::vector<store::Migration> migrations();

template <typename T>
using Done = std::function<void(util::Result<T>)>;

struct Creation {
  Caller owner{};
  std::optional<std::string> run_id{};
  std::optional<std::chrono::seconds> execution_duration{};  // clamped (U17); 0 asks for the largest
  std::optional<util::Instant> destruction{};                // clamped; the past is invalid_argument
  std::optional<std::string> shared_with{};                  // one of the owner's groups
  JobRequest given{};
  bool run = false;  // PHASE=RUN
};

enum class PhaseAction { run, hold, abort };

/// What is to become different of a job that is there. All of it is granted in one transaction, or nothing (U18).
struct Changes {
  std::optional<std::int64_t> version{};                     // of the job that is meant, else conflict; not with RUN
  std::optional<JobRequest> given{};                         // PENDING only (U15)
  std::optional<std::string> run_id{};                       // PENDING only; empty: none
  std::optional<std::chrono::seconds> execution_duration{};  // before EXECUTING
  std::optional<util::Instant> destruction{};
  std::optional<std::optional<std::string>> shared_with{};  // one of the owner's groups, or nobody any more
  /// RUN: PENDING (HELD: by an administrator only) to QUEUED, when RunControl finds it runnable (U40, U41). HOLD:
  /// PENDING, or QUEUED and not yet claimed, to HELD; by an administrator only (U41). ABORT: without a claim ABORTED at
  /// once; with one the wish is committed and the end follows (U46).
  std::optional<PhaseAction> phase{};
};

/// The phases in which somebody may wait: those of U30, or whichever the job is in.
enum class WaitIn { phases_of_uws, any_phase };

/// A place in a list.
struct ListPlace {
  util::Instant creation_time{};
  JobId id{};
  auto operator<=>(const ListPlace&) const = default;
};

struct ListQuery {
  Caller caller{};
  std::vector<Phase> phases{};           // any of them; empty: all but ARCHIVED
  std::vector<std::string> run_ids{};    // any of them; empty: all
  std::optional<util::Instant> after{};  // created strictly later
  std::optional<ListPlace> beyond{};     // what follows it in the list
  std::optional<std::int64_t> last{};    // the newest n of what is left
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
  /// Of the list without a name, /jobs.
  JobService(store::Database& database, store::BlobStore& blobs, JobOptions options, JobAcceptor& acceptor,
             RunControl& runs);
  ~JobService();

  /// The service of another list beside this one, which starts and stops with it and must not outlive it.
  std::unique_ptr<JobService> beside(ListName list, JobAcceptor& acceptor) const;

  /// Begins to destroy jobs whose time has come, also while we were down.
  void start();
  /// No more destruction; every waiter is answered with what is.
  void stop();

  // --- for clients. Absent, destroyed, or another list's: not_found. The owner may do everything; members of the group
  // that a job is shared with, and administrators, may look; administrators may also abort, hold, release (run) and
  // destroy. The rest is forbidden.

  void create(Creation creation, Done<Job> done);
  void get(const JobId& id, const Caller& caller, Done<Job> done);
  /// The same without parameters, results and jobInfo: cheaper.
  void get_summary(const JobId& id, const Caller& caller, Done<Job> done);
  /// The same with that one of its results, if it has it: by its id, or the primary one as "result" (U7).
  void get_with_result(const JobId& id, const Caller& caller, const std::string& result, Done<Job> done);
  /// Newest first, ties by id (U21).
  void list(const ListQuery& query, Done<std::vector<JobReference>> done);
  /// Of those of the ids that there are and that the caller may see.
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

  /// Answers when the job's phase is not `phase` (or the phase it has now, when absent) or is none to wait in, at the
  /// latest after `at_most`, with the job as it is then; not_found when it is destroyed meanwhile (U30 to U32).
  /// The returned waiter may be dropped at any time: then `done` is not called any more, unless it is running now.
  std::shared_ptr<void> wait(const JobId& id, const Caller& caller, std::optional<Phase> phase,
                             std::chrono::milliseconds at_most, Done<Job> done, WaitIn in = WaitIn::phases_of_uws);

  /// Told of each committed change of the job, or of the jobs of this list that the caller may see, also of those that
  /// other services on the same database committed; until the ticket is dropped. Null: stopped.
  std::shared_ptr<void> watch(const JobId& id, Subscriptions::Notices notices);
  std::shared_ptr<void> watch_list(const Caller& caller, Subscriptions::Notices notices);

  // --- for whoever runs jobs

  /// QUEUED, unclaimed, not asked to abort: the longest queued first, from the first one after that place on.
  std::vector<QueuePlace> queued(store::Session& session, const QueuePlace& after, std::size_t at_most);
  /// Of these, those that are queued, in no order. A statement for each 32 of them.
  std::vector<QueuedJob> read_queued(store::Session& session, const std::vector<JobId>& ids);
  /// Claimed and not released: what a start-up must look after.
  std::vector<ClaimedJob> claimed(store::Session& session);
  /// The job whatever its owner, destroyed ones too; nullopt when the row is gone.
  std::optional<Job> find(store::Session& session, const JobId& id);
  bool is_destroyed(store::Session& session, const JobId& id);

  /// Takes a queued job: its fence grows, `claimed` is set, it stays QUEUED. nullopt: somebody was faster.
  std::optional<Job> claim(store::Transaction& transaction, const JobId& id);
  /// Gives a claimed, not started job back to the queue; one that was to be aborted is ABORTED instead.
  bool unclaim(store::Transaction& transaction, const JobId& id, std::int64_t fence);
  /// QUEUED to EXECUTING. False: the fence is not the job's any more, or the phase is another.
  bool executing(store::Transaction& transaction, const JobId& id, std::int64_t fence, util::Instant start_time,
                 const data::Node& info);

  /// EXECUTING to SUSPENDED, or back. False: the fence is not the job's any more, or it is in neither.
  bool suspended(store::Transaction& transaction, const JobId& id, std::int64_t fence, bool is_suspended);

  struct Ending {
    Phase phase = Phase::completed;             // COMPLETED, ERROR or ABORTED
    std::optional<util::Instant> start_time{};  // of a run that ended before EXECUTING was committed
    util::Instant end_time{};
    std::vector<ResultEntry> results{};
    std::optional<ErrorSummary> error{};
    data::Node info = data::Node::object();
  };
  bool ended(store::Transaction& transaction, const JobId& id, std::int64_t fence, const Ending& ending);
  /// The run of this claim is gone from the engine; a destroyed job can now be forgotten.
  void released(store::Transaction& transaction, const JobId& id, std::int64_t fence);

  /// Whether he could have one job more now: too_many otherwise.
  void check_quota(const Owner& owner, Done<void> done);
  /// How many jobs there are in each phase, destroyed ones left out. Looks at every job: for operators, now and then.
  void count_by_phase(Done<std::map<Phase, std::int64_t>> done);

 private:
  struct Impl;
  explicit JobService(std::shared_ptr<Impl> impl);
  std::shared_ptr<Impl> impl_;
};

}  // namespace uws
