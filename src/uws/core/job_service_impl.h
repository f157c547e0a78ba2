// What the parts of JobService share. Callbacks of the database keep it alive.
#pragma once

#include <functional>
#include <memory>
#include <vector>

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

struct JobService::Impl : std::enable_shared_from_this<JobService::Impl> {
  Impl(store::Database& database_, JobOptions options_, JobAcceptor& acceptor_, RunControl& runs_)
      : database(database_), options(options_), acceptor(acceptor_), runs(runs_) {}
  /// Of another list.
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

  /// not_found for what is destroyed or another list's, forbidden for what is somebody else's.
  util::Status check_visible(const JobRow& row, const Caller& caller, Access wanted) const;
  util::Status check_visible(const Job& job, const Caller& caller, Access wanted) const;
  util::Result<JobRow> row_for(store::Session& session, const JobId& id, const Caller& caller) const;
  /// False: the database is to be asked.
  bool answer_from_memory(const JobId& id, const Caller& caller, RecentJobs::Extent extent,
                          const Done<Job>& done) const;
  /// Read whole, and remembered.
  void get_anew(const JobId& id, const Caller& caller, Done<Job> done);

  /// What a job is to become: judged, and not yet written.
  struct Grant {
    JobRow row;
    std::optional<std::vector<Parameter>> parameters;  // in place of those of the row
  };
  util::Result<Grant> grant(store::Session& session, JobRow row, const Caller& caller, const Changes& changes) const;
  /// Locks the job and writes what is granted; `conflict` when it is not of that version any more.
  void commit(const JobId& id, const Caller& caller, std::optional<std::int64_t> version,
              const std::shared_ptr<const Changes>& changes, Done<Job> done);

  void insert(const std::shared_ptr<const Creation>& creation, const std::shared_ptr<const AcceptedTask>& accepted,
              Done<Job> done);
  /// With RUN: what the job would be is looked at first, outside of any transaction.
  void change_and_run(const JobId& id, const Caller& caller, const std::shared_ptr<const Changes>& changes,
                      Done<Job> done);

  // Within a transaction, on a locked row; they save it.
  /// `former`: whom it was to be told to before.
  void write(store::Transaction& transaction, Grant& grant, const Audience& former, const Changes& changes);
  void destroy(store::Transaction& transaction, JobRow& row);
  void expire(store::Transaction& transaction, const JobId& id);
  void archive(store::Transaction& transaction, JobRow& row);
  void want_abort(store::Transaction& transaction, JobRow& row);
  void end_claim(store::Transaction& transaction, JobRow& row);
  void save(store::Transaction& transaction, JobRow& row);
  /// The job is written in this transaction.
  void changing(store::Transaction& transaction, const JobId& id);

  // What is done once the transaction is committed.
  void tell(store::Transaction& transaction, const Job& job);
  void tell(const JobId& id, const Audience& audience);
  void after_commit(store::Transaction& transaction, std::function<void(Impl&)> act);

  // What other services on the same database are told, and have committed.
  void tell_others(const JobId& id, const Audience& audience);
  void hear();
  void heard(const std::string& word);
  void missed();
  void hint(const JobRow& row);

  store::Database& database;
  const JobOptions options;
  const std::shared_ptr<Impl> first;  // of the list without a name; null: this is it
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
  std::unique_ptr<store::Announcements> others;  // the first's only; from start() on
};

/// The locked row of the job while this claim holds it.
std::optional<JobRow> lock_claimed(store::Transaction& transaction, const JobId& id, std::int64_t fence);

/// The job whatever its owner; not_found when it is destroyed.
void read_visible(store::Database& database, const JobId& id, Done<Job> done);

}  // namespace uws
