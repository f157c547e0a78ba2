// The state of a JobService, shared by its source files. Callbacks of the database hold a shared pointer to it.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "util/async.h"
#include "uws/core/job_rules.h"
#include "uws/core/job_service.h"
#include "uws/core/job_table.h"
#include "uws/core/quotas.h"
#include "uws/core/reaper.h"
#include "uws/core/recent_jobs.h"
#include "uws/core/recent_lists.h"
#include "uws/core/subscriptions.h"
#include "uws/core/waiters.h"

namespace uws {

struct JobService::Impl final : JobClaims, std::enable_shared_from_this<JobService::Impl> {
  Impl(store::Database& database_, JobOptions options_, JobAcceptor& acceptor_, RunControl& runs_)
      : database(database_), options(options_), acceptor(acceptor_), runs(runs_) {}
  /// For another list. It shares everything but name and acceptor with the first.
  Impl(std::shared_ptr<Impl> first_, ListName list_, JobAcceptor& acceptor_)
      : database(first_->database),
        options(first_->options),
        first(std::move(first_)),
        list(std::move(list_)),
        acceptor(acceptor_),
        runs(first->runs),
        recent(first->recent),
        recent_lists(first->recent_lists),
        waiters(first->waiters),
        subscriptions(first->subscriptions),
        quotas(first->quotas),
        reaper(first->reaper) {}

  /// Fails with not_found for a destroyed job or one of another list, and with forbidden if the caller has no such
  /// access.
  util::Status check_visible(const JobRow& row, const Caller& caller, Access wanted) const;
  util::Status check_visible(const Job& job, const Caller& caller, Access wanted) const;
  util::Result<JobRow> row_for(store::Session& session, const JobId& id, const Caller& caller) const;
  /// Returns false if the database must be asked.
  bool answer_from_memory(const JobId& id, const Caller& caller, RecentJobs::Extent extent,
                          const util::Callback<Job>& done) const;
  /// The state of the database for recent_lists, if it is known without asking the database.
  RecentLists::State state_in_memory() const;
  /// Reads the whole job from the database and keeps it in `recent`.
  void get_anew(const JobId& id, const Caller& caller, util::Callback<Job> done);

  /// The new state of a changed job, checked but not yet written.
  struct Grant {
    JobRow row;
    std::optional<std::vector<Parameter>> parameters;  // the new parameters; absent: unchanged
  };
  util::Result<Grant> grant(store::Session& session, JobRow row, const Caller& caller, const Changes& changes) const;
  /// Locks the job, checks the changes and writes them. Fails with `conflict` if the job has another version by now.
  void commit(const JobId& id, const Caller& caller, std::optional<std::int64_t> version,
              const std::shared_ptr<const Changes>& changes, util::Callback<Job> done);

  void insert(const std::shared_ptr<const Creation>& creation, const std::shared_ptr<const AcceptedTask>& accepted,
              util::Callback<Job> done);
  /// For changes with RUN: first checks whether the changed job could be run, without locking it; then commits.
  void change_and_run(const JobId& id, const Caller& caller, const std::shared_ptr<const Changes>& changes,
                      util::Callback<Job> done);

  // JobClaims.
  std::vector<QueuePlace> queued(store::Session& session, const QueuePlace& after, std::size_t at_most) override;
  std::vector<QueuedJob> read_queued(store::Session& session, const std::vector<JobId>& ids) override;
  std::vector<ClaimedJob> claimed(store::Session& session) override;
  std::optional<Job> find(store::Session& session, const JobId& id) override;
  bool is_destroyed(store::Session& session, const JobId& id) override;
  std::optional<Job> claim(store::Transaction& transaction, const JobId& id) override;
  bool unclaim(store::Transaction& transaction, const JobId& id, std::int64_t fence) override;
  bool executing(store::Transaction& transaction, const JobId& id, std::int64_t fence, util::Instant start_time,
                 const data::Node& info) override;
  bool suspended(store::Transaction& transaction, const JobId& id, std::int64_t fence, bool is_suspended) override;
  bool ended(store::Transaction& transaction, const JobId& id, std::int64_t fence, const Ending& ending) override;
  void released(store::Transaction& transaction, const JobId& id, std::int64_t fence) override;

  // These are called within a transaction, on a locked row, and save the row.
  /// `former`: the audience of the job before the changes.
  void write(store::Transaction& transaction, Grant& grant, const Audience& former, const Changes& changes);
  void destroy(store::Transaction& transaction, JobRow& row);
  void expire(store::Transaction& transaction, const JobId& id);
  void archive(store::Transaction& transaction, JobRow& row);
  void want_abort(store::Transaction& transaction, JobRow& row);
  void end_claim(store::Transaction& transaction, JobRow& row);
  void save(store::Transaction& transaction, JobRow& row);
  /// Reports to `recent` that this transaction writes the job.
  void changing(store::Transaction& transaction, const JobId& id);

  // Notifications, which are given after the commit.
  void notify(store::Transaction& transaction, const Job& job);
  void notify(const JobId& id, const Audience& audience);
  void after_commit(store::Transaction& transaction, std::function<void(Impl&)> act);

  // Announcements to other services on the same database, and from them.
  void announce(const JobId& id, const Audience& audience);
  void listen_to_others();
  void on_announcement(const std::string& word);
  void on_gap();
  void pass_to_runs(const JobRow& row);

  store::Database& database;
  const JobOptions options;
  const std::shared_ptr<Impl> first;  // that of /jobs, the list without a name; null if this is it
  const ListName list;
  JobAcceptor& acceptor;
  RunControl& runs;
  // Shared by all lists.
  std::shared_ptr<RecentJobs> recent;
  std::shared_ptr<RecentLists> recent_lists;
  std::shared_ptr<Waiters> waiters;
  std::shared_ptr<Subscriptions> subscriptions;
  std::shared_ptr<Quotas> quotas;
  std::shared_ptr<Reaper> reaper;
  std::unique_ptr<store::Announcements> others;  // set in the first only, by start()
};

/// Locks the row of the job. nullopt if the job is not claimed, or has another fence by now.
std::optional<JobRow> lock_claimed(store::Transaction& transaction, const JobId& id, std::int64_t fence);

/// Reads a job of any owner; not_found if there is none or it is destroyed.
void read_visible(store::Database& database, const JobId& id, util::Callback<Job> done);

}  // namespace uws
