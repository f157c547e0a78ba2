// JobService: changes that other services on the same database commit. They wake our waiters and give hints to our
// executor, like our own changes.
#include <utility>
#include <vector>

#include "util/text.h"
#include "uws/core/brief_rows.h"
#include "uws/core/columns.h"
#include "uws/core/job_list.h"
#include "uws/core/job_service_impl.h"

namespace uws {
namespace {

constexpr auto channel = "docker_uws_jobs";

/// An announcement has the form "id/list/owner/group", because the row may be deleted before the announcement arrives.
std::string to_word(const JobId& id, const Audience& audience) {
  return id + "/" + util::percent_encode(audience.list) + "/" + util::percent_encode(to_column(audience.owner)) + "/" +
         util::percent_encode(audience.group.value_or(std::string()));
}

std::pair<JobId, Audience> from_word(std::string_view word) {
  std::vector<std::string> fields;
  for (const std::string_view field : util::split(word, '/')) {
    fields.push_back(util::percent_decode(field).value_or(std::string()));
  }
  fields.resize(4);
  Audience audience{fields[1], to_owner(fields[2]), std::nullopt};
  if (!fields[3].empty()) audience.group = fields[3];
  return {fields[0], audience};
}

}  // namespace

void JobService::Impl::announce(const JobId& id, const Audience& audience) {
  const Impl& announcing = first ? *first : *this;
  if (announcing.others) announcing.others->announce(to_word(id, audience));
}

void JobService::Impl::listen_to_others() {
  const auto alive = [impl = weak_from_this()](auto act) {
    if (const auto now = impl.lock()) act(*now);
  };
  others = database.announcements(
      channel, {[alive](const std::string& word) { alive([&](Impl& now) { now.on_announcement(word); }); },
                [alive] { alive([](Impl& now) { now.on_gap(); }); }});
}

void JobService::Impl::on_announcement(const std::string& word) {
  const auto [id, audience] = from_word(word);
  waiters->changed(id);
  subscriptions->changed(id, audience);
  database.read(
      [id = id](store::Session& session) -> util::Result<std::optional<JobRow>> { return load_row(session, id); },
      [impl = shared_from_this()](const util::Result<std::optional<JobRow>>& row) {
        if (row.ok() && *row) impl->pass_to_runs(**row);
      });
}

void JobService::Impl::on_gap() {
  waiters->all_changed();
  subscriptions->missed();
  struct UnfinishedJobs {
    std::vector<JobRow> claimed;
    std::vector<QueuePlace> queued;
  };
  // The executor finds the rest of a longer queue when it next reads the whole queue, which it does periodically.
  constexpr std::size_t most_hints = 1000;
  database.read(
      [](store::Session& session) -> util::Result<UnfinishedJobs> {
        return UnfinishedJobs{brief_claimed_rows(session), queued_jobs(session, {}, most_hints)};
      },
      [impl = shared_from_this()](const util::Result<UnfinishedJobs>& jobs) {
        if (!jobs.ok()) return;
        for (const JobRow& row : jobs->claimed) impl->pass_to_runs(row);
        for (const QueuePlace& place : jobs->queued) impl->runs.job_queued(place.id);
      });
}

void JobService::Impl::pass_to_runs(const JobRow& row) {
  const Job& job = row.job;
  if (!job.claimed) {
    if (job.phase == Phase::queued && !row.destroyed) runs.job_queued(job.id);
    if (job.phase == Phase::held) runs.job_held(job.id);
    return;
  }
  if (row.destroyed) {
    runs.job_destroyed(job.id);
  } else if (job.abort_time) {
    runs.abort_wanted(job.id);
  }
}

}  // namespace uws
