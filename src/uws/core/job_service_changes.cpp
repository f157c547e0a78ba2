// JobService: the changes that clients make to existing jobs.
#include <utility>

#include "util/failpoint.h"
#include "uws/core/job_service_impl.h"

namespace uws {
namespace {

using util::Error;
using util::ErrorCode;

util::Status set_execution_duration(JobRow& row, std::chrono::seconds value, const JobOptions& options) {
  ASSIGN_OR_RETURN(const std::chrono::seconds granted, granted_duration(value, options));
  const Phase phase = row.job.phase;
  if (phase != Phase::pending && phase != Phase::held && phase != Phase::queued) {
    return illegal("EXECUTIONDURATION", "a change of it", phase,
                   "it changes in PENDING, HELD and QUEUED; a run keeps the duration that it started with");
  }
  row.job.execution_duration = granted;
  row.duration_said = true;
  return {};
}

util::Status set_destruction(JobRow& row, util::Instant value, const JobOptions& options) {
  const util::Instant now = util::now();
  if (row.job.phase == Phase::archived || (row.job.destruction && *row.job.destruction <= now)) {
    return Error::of(ErrorCode::forbidden, util::Fault{"DESTRUCTION", "the job's destruction time has come", ""});
  }
  ASSIGN_OR_RETURN(row.job.destruction, granted_destruction(value, row.job.creation_time, now, options));
  row.due = row.job.destruction;
  return {};
}

util::Status set_run_id(Job& job, const std::string& value) {
  RETURN_IF_ERROR(check_run_id(value));
  if (job.phase != Phase::pending) {
    return illegal("RUNID", "a change of it", job.phase, "it changes only in PENDING");
  }
  job.run_id = value.empty() ? std::nullopt : std::optional(value);
  return {};
}

util::Status share(Job& job, const std::optional<std::string>& group, const Caller& caller) {
  RETURN_IF_ERROR(check_share(group, caller));
  if (!job.owner) return Error::of(ErrorCode::forbidden, util::Fault{"SHARE", "the job is nobody's", ""});
  job.shared_with = group;
  return {};
}

/// The owner may RUN a PENDING job. An administrator may RUN a HELD job, which releases it.
util::Status check_run(const Job& job, const Caller& caller) {
  if (job.phase == Phase::held) {
    RETURN_IF_ERROR(check_access(job, caller, Access::read));
    if (caller.administrator) return {};
    return Error::of(ErrorCode::forbidden,
                     util::Fault{"PHASE", "the job is HELD, and only an administrator can release it",
                                 "ABORT; RUN when it is released"});
  }
  RETURN_IF_ERROR(check_access(job, caller, Access::change));
  if (job.phase == Phase::pending) return {};
  return illegal("PHASE", "RUN", job.phase, "RUN in PENDING");
}

util::Status check_hold(const Job& job, const Caller& caller) {
  if (!caller.administrator) {
    return Error::of(ErrorCode::forbidden, util::Fault{"PHASE", "HELD is an administrator's word", "RUN or ABORT"});
  }
  if (job.phase != Phase::pending && job.phase != Phase::queued) {
    return illegal("PHASE", "HELD", job.phase, "HELD in PENDING and QUEUED");
  }
  if (!job.claimed) return {};
  return Error::of(ErrorCode::forbidden,
                   util::Fault{"PHASE", "the job is being started: it is too late to hold it", "ABORT"});
}

util::Status check_abort(const Job& job, const Caller& caller) {
  RETURN_IF_ERROR(check_access(job, caller, Access::end));
  if (is_ended(job.phase)) return illegal("PHASE", "ABORT", job.phase, "ABORT before the end of a job");
  return {};
}

bool asks_for_more_than_phase(const Changes& changes) {
  return changes.given || changes.run_id || changes.execution_duration || changes.destruction || changes.shared_with;
}

}  // namespace

void JobService::change(const JobId& id, const Caller& caller, Changes changes, util::Callback<Job> done) {
  const std::vector<store::BlobId> uploaded =
      changes.given ? blobs_of(changes.given->parameters) : std::vector<store::BlobId>();
  util::Callback<Job> finish = [impl = impl_, uploaded, done = std::move(done)](util::Result<Job> changed) {
    impl->reaper->discard(uploaded);  // the reaper keeps blobs to which the job refers now
    done(std::move(changed));
  };
  const bool runs = changes.phase == PhaseAction::run;
  const auto shared = std::make_shared<const Changes>(std::move(changes));
  if (runs) return impl_->change_and_run(id, caller, shared, std::move(finish));
  impl_->commit(id, caller, shared->version, shared, std::move(finish));
}

/// Every change is checked against the present phase of the job; the phase itself changes last.
util::Result<JobService::Impl::Grant> JobService::Impl::grant(store::Session& session, JobRow row, const Caller& caller,
                                                              const Changes& changes) const {
  Grant grant;
  Job& job = row.job;
  RETURN_IF_ERROR(check_visible(row, caller, asks_for_more_than_phase(changes) ? Access::change : Access::read));
  if (changes.execution_duration) {
    RETURN_IF_ERROR(set_execution_duration(row, *changes.execution_duration, options));
  }
  if (changes.given) {
    if (job.phase != Phase::pending) {
      return illegal("", "a change of parameters", job.phase, "parameters change only in PENDING");
    }
    load_details(session, job);
    ASSIGN_OR_RETURN(AcceptedTask accepted, acceptor.accept(job.owner, job.parameters, *changes.given));
    RETURN_IF_ERROR(check_parameters(accepted.parameters));
    RETURN_IF_ERROR(apply(accepted, options, row));
    grant.parameters = std::move(accepted.parameters);
  }
  if (changes.run_id) RETURN_IF_ERROR(set_run_id(job, *changes.run_id));
  if (changes.destruction) RETURN_IF_ERROR(set_destruction(row, *changes.destruction, options));
  if (changes.shared_with) RETURN_IF_ERROR(share(job, *changes.shared_with, caller));
  if (changes.phase == PhaseAction::run) {
    RETURN_IF_ERROR(check_run(job, caller));
    job.phase = Phase::queued;
    if (!row.queued_time) row.queued_time = util::now();  // a job that was held keeps its place
  } else if (changes.phase == PhaseAction::hold) {
    RETURN_IF_ERROR(check_hold(job, caller));
    job.phase = Phase::held;
  } else if (changes.phase == PhaseAction::abort) {
    RETURN_IF_ERROR(check_abort(job, caller));
  }
  grant.row = std::move(row);
  return grant;
}

void JobService::Impl::commit(const JobId& id, const Caller& caller, std::optional<std::int64_t> version,
                              const std::shared_ptr<const Changes>& changes, util::Callback<Job> done) {
  database.write(
      [impl = shared_from_this(), id, caller, version, changes](store::Transaction& transaction) -> util::Result<Job> {
        auto locked = lock_row(transaction, id);
        if (!locked) return no_such_job();
        const bool is_stale = version && locked->job.version != *version;
        const Audience former = audience_of(locked->job);
        ASSIGN_OR_RETURN(Grant granted, impl->grant(transaction.session(), *std::move(locked), caller, *changes));
        if (is_stale) return Error::of(ErrorCode::conflict, "the job was changed meanwhile");
        impl->write(transaction, granted, former, *changes);
        return whole_job(transaction.session(), std::move(granted.row));
      },
      std::move(done));
}

void JobService::Impl::write(store::Transaction& transaction, Grant& grant, const Audience& former,
                             const Changes& changes) {
  JobRow& row = grant.row;
  if (grant.parameters) {
    delete_parameters(transaction, row.job.id);
    insert_parameters(transaction, row.job.id, *grant.parameters);
    after_commit(transaction, [replaced = blobs_of(row.job.parameters)](Impl& now) {
      now.reaper->discard(replaced);  // the reaper keeps blobs to which the job still refers
    });
  }
  if (changes.destruction && row.due) {
    after_commit(transaction, [due = *row.due](Impl& now) { now.reaper->due_at(due); });
  }
  if (changes.shared_with) {
    after_commit(transaction, [id = row.job.id, former](Impl& now) { now.notify(id, former); });
  }
  if (changes.phase == PhaseAction::run) {
    after_commit(transaction, [id = row.job.id](Impl& now) { now.runs.job_queued(id); });
  } else if (changes.phase == PhaseAction::hold) {
    after_commit(transaction, [id = row.job.id](Impl& now) { now.runs.job_held(id); });
  }
  const bool asks_for_more = asks_for_more_than_phase(changes);
  if (changes.phase == PhaseAction::abort && !row.job.abort_time) {
    want_abort(transaction, row);  // this saves the row
  } else if (changes.phase != PhaseAction::abort || asks_for_more) {
    save(transaction, row);
  }
  if (changes.phase != PhaseAction::abort || asks_for_more) notify(transaction, row.job);
}

void JobService::Impl::change_and_run(const JobId& id, const Caller& caller,
                                      const std::shared_ptr<const Changes>& changes, util::Callback<Job> done) {
  auto look = [impl = shared_from_this(), id, caller, changes, done = std::move(done)](util::Result<Job> job) {
    if (!job.ok()) return done(std::move(job));
    auto commit = [impl, id, caller, changes, version = job->version, done](util::Status runnable) {
      if (!runnable.ok()) return done(std::move(runnable).error());
      impl->commit(id, caller, version, changes, [impl, id, caller, changes, done](util::Result<Job> queued) {
        // The job was changed since it was found runnable, so check it again.
        const bool is_stale = !queued.ok() && queued.error().code == ErrorCode::conflict;
        if (is_stale) return impl->change_and_run(id, caller, changes, done);
        done(std::move(queued));
      });
    };
    impl->runs.check_runnable(impl->list, job->owner, job->parameters, std::move(commit));
  };
  database.read(
      [impl = shared_from_this(), id, caller, changes](store::Session& session) -> util::Result<Job> {
        auto row = load_row(session, id);
        if (!row) return no_such_job();
        load_details(session, row->job);
        ASSIGN_OR_RETURN(Grant granted, impl->grant(session, *std::move(row), caller, *changes));
        if (granted.parameters) granted.row.job.parameters = *std::move(granted.parameters);
        return std::move(granted.row.job);
      },
      std::move(look));
}

void JobService::destroy(const JobId& id, const Caller& caller, util::Callback<void> done) {
  impl_->database.write(
      [impl = impl_, id, caller](store::Transaction& transaction) -> util::Status {
        auto row = lock_row(transaction, id);
        if (!row) return no_such_job();
        RETURN_IF_ERROR(impl->check_visible(*row, caller, Access::end));
        impl->destroy(transaction, *row);
        return {};
      },
      std::move(done));
}

void JobService::Impl::after_commit(store::Transaction& transaction, std::function<void(Impl&)> act) {
  transaction.after_commit([impl = shared_from_this(), act = std::move(act)] { act(*impl); });
}

void JobService::Impl::save(store::Transaction& transaction, JobRow& row) {
  changing(transaction, row.job.id);
  save_row(transaction, row);
}

void JobService::Impl::changing(store::Transaction& transaction, const JobId& id) {
  recent->changing(id);
  after_commit(transaction, [](Impl& now) { now.recent->changed(); });
}

void JobService::Impl::notify(store::Transaction& transaction, const Job& job) {
  after_commit(transaction, [id = job.id, audience = audience_of(job)](Impl& now) { now.notify(id, audience); });
}

void JobService::Impl::notify(const JobId& id, const Audience& audience) {
  waiters->changed(id);
  subscriptions->changed(id, audience);
  announce(id, audience);
}

void JobService::Impl::want_abort(store::Transaction& transaction, JobRow& row) {
  if (row.job.claimed) {
    row.job.abort_time = util::now();
    after_commit(transaction, [id = row.job.id, audience = audience_of(row.job)](Impl& now) {
      util::failpoint("abort.committed");
      now.runs.abort_wanted(id);
      now.announce(id, audience);
    });
  } else {
    if (row.job.phase == Phase::queued) {
      after_commit(transaction, [id = row.job.id](Impl& now) { now.runs.abort_wanted(id); });
    }
    row.job.phase = Phase::aborted;
    row.job.end_time = util::now();
    notify(transaction, row.job);
  }
  save(transaction, row);
}

void JobService::Impl::destroy(store::Transaction& transaction, JobRow& row) {
  row.destroyed = true;
  row.due.reset();
  save(transaction, row);
  notify(transaction, row.job);
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
  if (row->job.abort_time) return save(transaction, *row);
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
  save(transaction, row);
  util::failpoint("archive.begun");
  notify(transaction, row.job);
}

void JobService::Impl::end_claim(store::Transaction& transaction, JobRow& row) {
  row.job.claimed = false;
  if (row.destroyed) {
    after_commit(transaction, [](Impl& now) { now.reaper->wake(); });
    return save(transaction, row);
  }
  if (!row.due && row.job.destruction) {
    row.due = row.job.destruction;
    after_commit(transaction, [due = *row.due](Impl& now) { now.reaper->due_at(due); });
  }
  if (row.job.abort_time) {
    row.job.abort_time.reset();
    return want_abort(transaction, row);
  }
  save(transaction, row);
}

}  // namespace uws
