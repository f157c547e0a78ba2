// Other services on the same database: what they commit wakes our waiters and our runs, as if we had done it.
#include "uws/core/job_list.h"
#include "uws/core/job_service_impl.h"

namespace uws {
namespace {

constexpr auto channel = "docker_uws_jobs";

}  // namespace

void JobService::Impl::tell_others(const JobId& id) {
  const Impl& telling = first ? *first : *this;
  if (telling.others) telling.others->tell(id);
}

void JobService::Impl::hear() {
  const auto alive = [impl = weak_from_this()](auto act) {
    if (const auto now = impl.lock()) act(*now);
  };
  others =
      database.announcements(channel, {[alive](const std::string& id) { alive([&](Impl& now) { now.heard(id); }); },
                                       [alive] { alive([](Impl& now) { now.missed(); }); }});
}

void JobService::Impl::heard(const JobId& id) {
  waiters->changed(id);
  database.read([id](store::Session& session) -> util::Result<std::optional<JobRow>> { return load_row(session, id); },
                [impl = shared_from_this()](const util::Result<std::optional<JobRow>>& row) {
                  if (row.ok() && *row) impl->hint(**row);
                });
}

void JobService::Impl::missed() {
  waiters->all_changed();
  database.read(
      [](store::Session& session) -> util::Result<std::vector<JobRow>> {
        std::vector<JobRow> rows;
        std::vector<JobId> ids = claimed_jobs(session);
        const std::vector<JobId> head = queued_jobs(session, 1);  // one hint makes the whole queue looked at
        ids.insert(ids.end(), head.begin(), head.end());
        for (const JobId& id : ids) {
          if (auto row = load_row(session, id)) rows.push_back(*std::move(row));
        }
        return rows;
      },
      [impl = shared_from_this()](const util::Result<std::vector<JobRow>>& rows) {
        if (!rows.ok()) return;
        for (const JobRow& row : *rows) impl->hint(row);
      });
}

void JobService::Impl::hint(const JobRow& row) {
  const Job& job = row.job;
  if (!job.claimed) {
    if (job.phase == Phase::queued && !row.destroyed) runs.job_queued(job.id);
    return;
  }
  if (row.destroyed) {
    runs.job_destroyed(job.id);
  } else if (job.abort_time) {
    runs.abort_wanted(job.id);
  }
}

}  // namespace uws
