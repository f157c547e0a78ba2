#include "uws/core/job_service.h"

#include <algorithm>
#include <utility>

#include "store/committed_state.h"
#include "util/failpoint.h"
#include "uws/core/brief_rows.h"
#include "uws/core/job_list.h"
#include "uws/core/job_service_impl.h"
#include "uws/core/new_jobs.h"

namespace uws {
namespace {

/// What the executor must know of a job that was created as QUEUED.
QueuedJob queued_job(const JobRow& row, const AcceptedTask& accepted) {
  QueuedJob job{{row.queued_time.value_or(row.job.creation_time), row.job.id},
                row.job.list,
                row.job.owner,
                row.job.execution_duration,
                {}};
  for (const Parameter& parameter : accepted.parameters) {
    job.parameters.push_back({parameter.name, parameter.value, parameter.by_reference, {}, {}, 0});
  }
  return job;
}

}  // namespace

util::Status JobService::Impl::check_visible(const JobRow& row, const Caller& caller, Access wanted) const {
  if (row.destroyed) return no_such_job();
  return check_visible(row.job, caller, wanted);
}

util::Status JobService::Impl::check_visible(const Job& job, const Caller& caller, Access wanted) const {
  if (job.list != list) return no_such_job();
  return check_access(job, caller, wanted);
}

util::Result<JobRow> JobService::Impl::row_for(store::Session& session, const JobId& id, const Caller& caller) const {
  auto row = load_row(session, id);
  if (!row) return no_such_job();
  RETURN_IF_ERROR(check_visible(*row, caller, Access::read));
  return *std::move(row);
}

JobService::JobService(store::Database& database, store::BlobStore& blobs, JobOptions options, JobAcceptor& acceptor,
                       RunControl& runs)
    : impl_(std::make_shared<Impl>(database, options, acceptor, runs)) {
  impl_->recent = std::make_shared<RecentJobs>(database.dialect() == store::Dialect::sqlite
                                                   ? RecentJobs::Changes::are_told
                                                   : RecentJobs::Changes::come_from_others_too);
  impl_->recent_lists = std::make_shared<RecentLists>();
  impl_->waiters = std::make_shared<Waiters>(
      [&database](const JobId& id, util::Callback<Job> done) { read_visible(database, id, std::move(done)); });
  impl_->subscriptions = std::make_shared<Subscriptions>();
  impl_->quotas = std::make_shared<Quotas>(options);
  impl_->reaper = std::make_shared<Reaper>(
      database, blobs, [impl = std::weak_ptr<Impl>(impl_)](store::Transaction& transaction, const JobId& id) {
        if (const auto alive = impl.lock()) alive->expire(transaction, id);
      });
}

JobService::JobService(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}

JobService::~JobService() {
  if (!impl_->first) stop();
}

std::unique_ptr<JobService> JobService::for_list(ListName list, JobAcceptor& acceptor) const {
  return std::unique_ptr<JobService>(new JobService(std::make_shared<Impl>(impl_, std::move(list), acceptor)));
}

void JobService::start() {
  impl_->listen_to_others();
  impl_->reaper->start();
}

void JobService::stop() {
  if (impl_->others) impl_->others->stop();
  impl_->reaper->stop();
  impl_->waiters->stop();
  impl_->subscriptions->stop();
}

void read_visible(store::Database& database, const JobId& id, util::Callback<Job> done) {
  database.read(
      [id](store::Session& session) -> util::Result<Job> {
        auto row = load_row(session, id);
        if (!row || row->destroyed) return no_such_job();
        return whole_job(session, *std::move(row));
      },
      std::move(done));
}

bool JobService::Impl::answer_from_memory(const JobId& id, const Caller& caller, RecentJobs::Extent extent,
                                          const util::Callback<Job>& done) const {
  const auto job = recent->current(id, extent);
  if (!job) return false;
  if (auto visible = check_visible(*job, caller, Access::read); !visible.ok()) {
    done(std::move(visible).error());
  } else {
    done(*job);
  }
  return true;
}

void JobService::get(const JobId& id, const Caller& caller, util::Callback<Job> done) {
  if (impl_->answer_from_memory(id, caller, RecentJobs::Extent::whole, done)) return;
  if (impl_->database.dialect() == store::Dialect::sqlite) return impl_->get_anew(id, caller, std::move(done));
  impl_->database.read_statement(
      [impl = impl_, id, caller](store::Session& session) -> util::Result<std::optional<Job>> {
        ASSIGN_OR_RETURN(JobRow row, impl->row_for(session, id, caller));
        return impl->recent->find(id, row.job.version);
      },
      [impl = impl_, id, caller, done = std::move(done)](util::Result<std::optional<Job>> known) {
        if (!known.ok()) return done(std::move(known).error());
        if (*known) return done(**std::move(known));
        impl->get_anew(id, caller, done);
      });
}

void JobService::Impl::get_anew(const JobId& id, const Caller& caller, util::Callback<Job> done) {
  database.read(
      [impl = shared_from_this(), id, caller](store::Session& session) -> util::Result<Job> {
        const RecentJobs::Moment moment = impl->recent->moment();
        ASSIGN_OR_RETURN(JobRow row, impl->row_for(session, id, caller));
        const std::size_t info_bytes = row.info.size();
        Job job = whole_job(session, std::move(row));
        impl->recent->keep(job, RecentJobs::Extent::whole, info_bytes, moment);
        return job;
      },
      std::move(done));
}

void JobService::get_summary(const JobId& id, const Caller& caller, util::Callback<Job> done) {
  if (impl_->answer_from_memory(id, caller, RecentJobs::Extent::summary, done)) return;
  impl_->database.read_statement(
      [impl = impl_, id, caller](store::Session& session) -> util::Result<Job> {
        const RecentJobs::Moment moment = impl->recent->moment();
        ASSIGN_OR_RETURN(JobRow row, impl->row_for(session, id, caller));
        impl->recent->keep(row.job, RecentJobs::Extent::summary, 0, moment);
        return std::move(row.job);
      },
      std::move(done));
}

void JobService::get_with_result(const JobId& id, const Caller& caller, const std::string& result,
                                 util::Callback<Job> done) {
  impl_->database.read(
      [impl = impl_, id, caller, result](store::Session& session) -> util::Result<Job> {
        ASSIGN_OR_RETURN(JobRow row, impl->row_for(session, id, caller));
        load_result(session, row.job, result);
        return std::move(row.job);
      },
      std::move(done));
}

RecentLists::State JobService::Impl::state_in_memory() const {
  const auto moment = recent->known_moment();
  return moment ? std::to_string(*moment) : RecentLists::State();
}

void JobService::list(const ListQuery& query, util::Callback<std::vector<JobReference>> done) {
  using List = std::vector<JobReference>;
  if (query.last && *query.last < 1) {
    return done(util::Error::of(util::ErrorCode::invalid_argument,
                                util::Fault{"LAST", "is less than 1", "a whole number from 1"}));
  }
  if (!query.caller.user && !impl_->options.anonymous_jobs_are_listed) return done(List());
  if (const auto known = impl_->recent_lists->find(impl_->list, query, impl_->state_in_memory())) return done(*known);
  auto work = [impl = impl_, query](store::Session& session) -> util::Result<List> {
    const bool others_write = session.dialect() == store::Dialect::postgresql;
    const RecentLists::State state = others_write ? store::committed_state(session) : impl->state_in_memory();
    if (const auto known = impl->recent_lists->find(impl->list, query, state)) return *known;
    List jobs = list_jobs(session, impl->list, query);
    impl->recent_lists->keep(impl->list, query, jobs, state);
    return jobs;
  };
  if (is_one_statement(query)) return impl_->database.read_statement(std::move(work), std::move(done));
  impl_->database.read(std::move(work), std::move(done));
}

void JobService::get_references(const std::vector<JobId>& ids, const Caller& caller,
                                util::Callback<std::vector<JobReference>> done) {
  using List = std::vector<JobReference>;
  impl_->database.read(
      [impl = impl_, ids, caller](store::Session& session) -> util::Result<List> {
        List found;
        for (const JobRow& row : brief_rows(session, ids)) {
          if (!impl->check_visible(row, caller, Access::read).ok()) continue;
          const Job& job = row.job;
          found.push_back({job.id, job.run_id, job.owner, job.phase, job.creation_time});
        }
        return found;
      },
      std::move(done));
}

std::shared_ptr<void> JobService::watch(const JobId& id, Subscriptions::Notices notices) {
  return impl_->subscriptions->to_job(id, std::move(notices));
}

std::shared_ptr<void> JobService::watch_list(const Caller& caller, Subscriptions::Notices notices) {
  const bool sees_none = !caller.user && !caller.administrator && !impl_->options.anonymous_jobs_are_listed;
  if (sees_none) return impl_->subscriptions->to_nothing(std::move(notices));
  return impl_->subscriptions->to_list(impl_->list, caller, std::move(notices));
}

void JobService::create(Creation creation, util::Callback<Job> done) {
  const std::vector<store::BlobId> given = blobs_of(creation.given.parameters);
  util::Callback<Job> finish = [impl = impl_, given, done = std::move(done)](util::Result<Job> created) {
    impl->reaper->discard(given);  // the reaper keeps blobs to which the job refers now
    done(std::move(created));
  };
  if (auto row = new_row(creation, util::now(), impl_->options); !row.ok()) return finish(std::move(row).error());
  auto judged = impl_->acceptor.accept(creation.owner.user, {}, creation.given);
  if (!judged.ok()) return finish(std::move(judged).error());
  if (auto fine = check_parameters(judged->parameters); !fine.ok()) return finish(std::move(fine).error());

  const auto shared = std::make_shared<const Creation>(std::move(creation));
  const auto accepted = std::make_shared<const AcceptedTask>(*std::move(judged));
  if (!shared->run) return impl_->insert(shared, accepted, std::move(finish));
  impl_->runs.check_runnable(impl_->list, shared->owner.user, accepted->parameters,
                             [impl = impl_, shared, accepted, finish = std::move(finish)](util::Status runnable) {
                               if (!runnable.ok()) return finish(std::move(runnable).error());
                               impl->insert(shared, accepted, finish);
                             });
}

void JobService::Impl::insert(const std::shared_ptr<const Creation>& creation,
                              const std::shared_ptr<const AcceptedTask>& accepted, util::Callback<Job> done) {
  auto row = new_row(*creation, util::now(), options);
  if (!row.ok()) return done(std::move(row).error());
  if (auto fine = apply(*accepted, options, *row); !fine.ok()) {
    return done(std::move(fine).error());
  }
  row->job.list = list;
  const bool has_room = quotas->has_room(row->job.owner);
  auto work = [impl = shared_from_this(), row = *std::move(row), accepted,
               has_run = std::make_shared<bool>(false)](store::Transaction& transaction) -> util::Result<Job> {
    // If the work is run again, an earlier commit may have succeeded; then the job is among those that are counted.
    const bool is_repeated = std::exchange(*has_run, true);
    if (is_repeated)
      Quotas::lock(transaction, row.job.owner);  // waits until a commit that is still in progress has ended
    const bool is_there = is_repeated && load_row(transaction.session(), row.job.id);
    if (!is_there) {
      RETURN_IF_ERROR(impl->quotas->admit(transaction, row.job.owner));
      impl->changing(transaction, row.job.id);
      add_job(transaction, row, accepted->parameters);
    }
    impl->after_commit(transaction, [id = row.job.id, audience = audience_of(row.job), due = row.due,
                                     queued = row.job.phase == Phase::queued ? std::optional(queued_job(row, *accepted))
                                                                             : std::nullopt](Impl& now) {
      util::failpoint("create.committed");
      if (due) now.reaper->due_at(*due);
      if (queued) now.runs.new_job_queued(*queued);
      now.subscriptions->changed(id, audience);
      now.announce(id, audience);
    });
    Job job = job_with_info(row);
    job.parameters = accepted->parameters;
    util::failpoint("create.begun");
    return job;
  };
  const auto created = [impl = shared_from_this(), done = std::move(done)](util::Result<Job> job) {
    if (!job.ok() && job.error().code == util::ErrorCode::unavailable) impl->reaper->wake();  // the job may exist
    done(std::move(job));
  };
  if (has_room) return database.add(std::move(work), created);
  database.write_again(std::move(work), created);  // counts the owner's jobs under a lock
}

JobClaims& JobService::claims() { return *impl_; }

void JobService::check_quota(const Owner& owner, util::Callback<void> done) {
  if (impl_->quotas->has_room(owner)) return done({});
  impl_->database.read(
      [impl = impl_, owner](store::Session& session) -> util::Status { return impl->quotas->check(session, owner); },
      std::move(done));
}

void JobService::count_by_phase(util::Callback<std::map<Phase, std::int64_t>> done) {
  impl_->database.read(
      [](store::Session& session) -> util::Result<std::map<Phase, std::int64_t>> { return count_phases(session); },
      std::move(done));
}

}  // namespace uws
