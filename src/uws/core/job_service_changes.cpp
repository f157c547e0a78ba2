// What clients change of a job that is there.
#include <utility>

#include "util/failpoint.h"
#include "uws/core/job_service_impl.h"

namespace uws {

using util::Error;
using util::ErrorCode;

void JobService::Impl::change(const JobId& id, const Caller& caller, Wish wish, Change alter, Done<Job> done) {
  database.write(
      [impl = shared_from_this(), id, caller, wish,
       alter = std::move(alter)](store::Transaction& transaction) -> util::Result<Job> {
        auto row = lock_row(transaction, id);
        if (!row) return no_such_job();
        RETURN_IF_ERROR(impl->check_visible(*row, caller, wish));
        ASSIGN_OR_RETURN(const bool altered, alter(transaction, *row));
        if (altered) {
          save_row(transaction, *row);
          impl->tell(transaction, row->job);
        }
        return whole_job(transaction.session(), *std::move(row));
      },
      std::move(done));
}

void JobService::Impl::after_commit(store::Transaction& transaction, std::function<void(Impl&)> act) {
  transaction.after_commit([impl = shared_from_this(), act = std::move(act)] { act(*impl); });
}

void JobService::Impl::tell(store::Transaction& transaction, const Job& job) {
  after_commit(transaction, [id = job.id, audience = audience_of(job)](Impl& now) {
    now.waiters->changed(id);
    now.subscriptions->changed(id, audience);
    now.tell_others(id, audience);
  });
}

void JobService::set_execution_duration(const JobId& id, const Caller& caller, std::chrono::seconds value,
                                        Done<Job> done) {
  auto granted = granted_duration(value, impl_->options);
  if (!granted.ok()) return done(std::move(granted).error());
  impl_->change(
      id, caller, Wish::change,
      [granted = *granted](store::Transaction&, JobRow& row) -> util::Result<bool> {
        const Phase phase = row.job.phase;
        if (phase != Phase::pending && phase != Phase::held && phase != Phase::queued) {
          return illegal("EXECUTIONDURATION", "a change of it", phase,
                         "it changes in PENDING, HELD and QUEUED; a run keeps the duration that it started with");
        }
        row.job.execution_duration = granted;
        return true;
      },
      std::move(done));
}

void JobService::set_destruction(const JobId& id, const Caller& caller, util::Instant value, Done<Job> done) {
  impl_->change(
      id, caller, Wish::change,
      [impl = impl_, value](store::Transaction& transaction, JobRow& row) -> util::Result<bool> {
        const util::Instant now = util::now();
        if (row.job.phase == Phase::archived || (row.job.destruction && *row.job.destruction <= now)) {
          return Error::of(ErrorCode::forbidden, util::Fault{"DESTRUCTION", "the job's destruction time has come", ""});
        }
        ASSIGN_OR_RETURN(row.job.destruction, granted_destruction(value, row.job.creation_time, now, impl->options));
        row.due = row.job.destruction;
        impl->after_commit(transaction, [due = *row.due](Impl& then) { then.reaper->due_at(due); });
        return true;
      },
      std::move(done));
}

void JobService::set_run_id(const JobId& id, const Caller& caller, std::string value, Done<Job> done) {
  if (auto fine = check_run_id(value); !fine.ok()) return done(std::move(fine).error());
  impl_->change(
      id, caller, Wish::change,
      [value = std::move(value)](store::Transaction&, JobRow& row) -> util::Result<bool> {
        if (row.job.phase != Phase::pending) {
          return illegal("RUNID", "a change of it", row.job.phase, "it changes only in PENDING");
        }
        row.job.run_id = value.empty() ? std::nullopt : std::optional(value);
        return true;
      },
      std::move(done));
}

void JobService::set_shared_with(const JobId& id, const Caller& caller, std::optional<std::string> group,
                                 Done<Job> done) {
  if (auto fine = check_share(group, caller); !fine.ok()) return done(std::move(fine).error());
  impl_->change(
      id, caller, Wish::change,
      [impl = impl_, group = std::move(group)](store::Transaction& transaction, JobRow& row) -> util::Result<bool> {
        if (!row.job.owner) return Error::of(ErrorCode::forbidden, util::Fault{"SHARE", "the job is nobody's", ""});
        impl->tell(transaction, row.job);  // those whom it was shared with
        row.job.shared_with = group;
        return true;
      },
      std::move(done));
}

void JobService::hold(const JobId& id, const Caller& caller, Done<Job> done) {
  impl_->change(
      id, caller, Wish::look,
      [caller](store::Transaction&, JobRow& row) -> util::Result<bool> {
        if (!caller.administrator) {
          return Error::of(ErrorCode::forbidden,
                           util::Fault{"PHASE", "HELD is an administrator's word", "RUN or ABORT"});
        }
        const Phase phase = row.job.phase;
        if (phase != Phase::pending && phase != Phase::queued) {
          return illegal("PHASE", "HELD", phase, "HELD in PENDING and QUEUED");
        }
        if (row.job.claimed) {
          return Error::of(ErrorCode::forbidden,
                           util::Fault{"PHASE", "the job is being started: it is too late to hold it", "ABORT"});
        }
        row.job.phase = Phase::held;
        return true;
      },
      std::move(done));
}

namespace {

/// RUN is the owner's while the job is his to prepare, and an administrator's while it is held.
util::Status check_run(const Job& job, const Caller& caller) {
  if (job.phase == Phase::held) {
    RETURN_IF_ERROR(check_access(job, caller, Wish::look));
    if (caller.administrator) return {};
    return Error::of(ErrorCode::forbidden,
                     util::Fault{"PHASE", "the job is HELD, and only an administrator can release it",
                                 "ABORT; RUN when it is released"});
  }
  RETURN_IF_ERROR(check_access(job, caller, Wish::change));
  if (job.phase == Phase::pending) return {};
  return illegal("PHASE", "RUN", job.phase, "RUN in PENDING");
}

}  // namespace

void JobService::run(const JobId& id, const Caller& caller, Done<Job> done) { impl_->run(id, caller, std::move(done)); }

void JobService::Impl::run(const JobId& id, const Caller& caller, Done<Job> done) {
  auto look = [impl = shared_from_this(), id, caller, done = std::move(done)](util::Result<Job> job) {
    if (!job.ok()) return done(std::move(job));
    if (auto legal = check_run(*job, caller); !legal.ok()) return done(std::move(legal).error());
    impl->runs.check_runnable(impl->list, job->owner, job->parameters,
                              [impl, id, caller, version = job->version, done](util::Status runnable) {
                                if (!runnable.ok()) return done(std::move(runnable).error());
                                impl->queue(id, caller, version, done);
                              });
  };
  database.read(
      [impl = shared_from_this(), id, caller](store::Session& session) -> util::Result<Job> {
        ASSIGN_OR_RETURN(JobRow row, impl->row_for(session, id, caller));
        return whole_job(session, std::move(row));
      },
      std::move(look));
}

void JobService::Impl::queue(const JobId& id, const Caller& caller, std::int64_t version, Done<Job> done) {
  auto alter = [impl = shared_from_this(), caller, version](store::Transaction& transaction,
                                                            JobRow& row) -> util::Result<bool> {
    RETURN_IF_ERROR(check_run(row.job, caller));
    if (row.job.version != version) return Error::of(ErrorCode::conflict, "the job was changed meanwhile");
    row.job.phase = Phase::queued;
    if (!row.queued_time) row.queued_time = util::now();  // who was held keeps his place
    impl->after_commit(transaction, [id = row.job.id](Impl& now) { now.runs.job_queued(id); });
    return true;
  };
  change(id, caller, Wish::look, std::move(alter),
         [impl = shared_from_this(), id, caller, done = std::move(done)](util::Result<Job> queued) {
           // What was found runnable is not what the job is now: look again.
           if (!queued.ok() && queued.error().code == ErrorCode::conflict) return impl->run(id, caller, done);
           done(std::move(queued));
         });
}

void JobService::abort(const JobId& id, const Caller& caller, Done<Job> done) {
  impl_->change(
      id, caller, Wish::end,
      [impl = impl_](store::Transaction& transaction, JobRow& row) -> util::Result<bool> {
        if (is_ended(row.job.phase)) return illegal("PHASE", "ABORT", row.job.phase, "ABORT before the end of a job");
        if (row.job.abort_time) return false;
        impl->want_abort(transaction, row);
        return false;
      },
      std::move(done));
}

void JobService::destroy(const JobId& id, const Caller& caller, Done<void> done) {
  impl_->change(
      id, caller, Wish::end,
      [impl = impl_](store::Transaction& transaction, JobRow& row) -> util::Result<bool> {
        impl->destroy(transaction, row);
        return false;
      },
      [done = std::move(done)](util::Result<Job> destroyed) {
        done(destroyed.ok() ? util::Status() : util::Status(std::move(destroyed).error()));
      });
}

void JobService::Impl::want_abort(store::Transaction& transaction, JobRow& row) {
  if (row.job.claimed) {
    row.job.abort_time = util::now();
    after_commit(transaction, [id = row.job.id, audience = audience_of(row.job)](Impl& now) {
      util::failpoint("abort.committed");
      now.runs.abort_wanted(id);
      now.tell_others(id, audience);
    });
  } else {
    if (row.job.phase == Phase::queued) {
      after_commit(transaction, [id = row.job.id](Impl& now) { now.runs.abort_wanted(id); });
    }
    row.job.phase = Phase::aborted;
    row.job.end_time = util::now();
    tell(transaction, row.job);
  }
  save_row(transaction, row);
}

void JobService::Impl::destroy(store::Transaction& transaction, JobRow& row) {
  row.destroyed = true;
  row.due.reset();
  save_row(transaction, row);
  tell(transaction, row.job);
  util::failpoint("destroy.begun");
  after_commit(transaction, [id = row.job.id, phase = row.job.phase, claimed = row.job.claimed](Impl& now) {
    util::failpoint("destroy.committed");
    if (claimed || phase == Phase::queued) now.runs.job_destroyed(id);
    if (!claimed) now.reaper->wake();
  });
}

void JobService::Impl::expire(store::Transaction& transaction, const JobId& id) {
  auto row = lock_row(transaction, id);
  if (!row || row->destroyed || !row->due || *row->due > util::now()) return;
  if (row->job.phase == Phase::archived || options.archive_for.count() == 0) return destroy(transaction, *row);
  if (!row->job.claimed || is_ended(row->job.phase)) return archive(transaction, *row);
  // The run must end first; end_claim() makes it due again.
  row->due.reset();
  if (row->job.abort_time) return save_row(transaction, *row);
  want_abort(transaction, *row);
}

void JobService::Impl::archive(store::Transaction& transaction, JobRow& row) {
  load_details(transaction.session(), row.job);
  after_commit(transaction, [blobs = blobs_of(row.job)](Impl& now) {
    util::failpoint("archive.committed");
    now.reaper->discard(blobs);
  });
  delete_results(transaction, row.job.id);
  forget_parameter_blobs(transaction, row.job.id);
  row.job.phase = Phase::archived;
  row.due = row.job.destruction.value_or(util::now()) + options.archive_for;
  save_row(transaction, row);
  util::failpoint("archive.begun");
  tell(transaction, row.job);
}

void JobService::Impl::end_claim(store::Transaction& transaction, JobRow& row) {
  row.job.claimed = false;
  if (row.destroyed) {
    after_commit(transaction, [](Impl& now) { now.reaper->wake(); });
    return save_row(transaction, row);
  }
  if (!row.due && row.job.destruction) {
    row.due = row.job.destruction;
    after_commit(transaction, [due = *row.due](Impl& now) { now.reaper->due_at(due); });
  }
  if (row.job.abort_time) {
    row.job.abort_time.reset();
    return want_abort(transaction, row);
  }
  save_row(transaction, row);
}

}  // namespace uws
