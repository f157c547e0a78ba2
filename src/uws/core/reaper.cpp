#include "uws/core/reaper.h"

#include <algorithm>
#include <utility>

#include "util/failpoint.h"
#include "util/log.h"
#include "uws/core/blob_sweep.h"
#include "uws/core/job_list.h"
#include "uws/core/job_table.h"

namespace uws {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t most_at_once = 100;
/// After a failure of the database.
constexpr std::chrono::milliseconds retry_pause = 5s;
/// The sleep is limited, because the machine's clock may be set meanwhile.
constexpr std::chrono::milliseconds longest_sleep = 1h;

}  // namespace

Reaper::Reaper(store::Database& database, store::BlobStore& blobs, Expire expire)
    : database_(database), blobs_(blobs), expire_(std::move(expire)), loop_("uws-reaper") {}

void Reaper::start() {
  loop_.post([this] {
    started_ = true;
    begin();
  });
}

void Reaper::stop() { loop_.stop(); }

void Reaper::wake() {
  loop_.post([this] { begin(); });
}

void Reaper::due_at(util::Instant instant) {
  loop_.post([this, instant] {
    if (!started_) return;
    if (busy_) {
      again_ = true;
    } else if (!alarm_time_ || instant < *alarm_time_) {
      sleep_until(instant);
    }
  });
}

void Reaper::discard(std::vector<store::BlobId> blobs) {
  if (blobs.empty()) return;
  loop_.post([this, blobs = std::move(blobs)] {
    discarded_.insert(discarded_.end(), blobs.begin(), blobs.end());
    begin();
  });
}

void Reaper::begin() {
  if (!started_) return;
  if (std::exchange(busy_, true)) {
    again_ = true;
    return;
  }
  again_ = false;
  loop_.cancel(alarm_);
  alarm_time_.reset();
  const std::size_t discarded = std::min(discarded_.size(), most_at_once);
  const std::vector<store::BlobId> some(discarded_.begin(),
                                        discarded_.begin() + static_cast<std::ptrdiff_t>(discarded));
  database_.read([some](store::Session& session) -> util::Result<DueWork> { return read_due(session, some); },
                 [self = shared_from_this(), discarded](util::Result<DueWork> findings) {
                   self->loop_.post([self = self.get(), findings = std::move(findings), discarded]() mutable {
                     self->found(std::move(findings), discarded);
                   });
                 });
}

Reaper::DueWork Reaper::read_due(store::Session& session, const std::vector<store::BlobId>& discarded) {
  DueWork findings;
  findings.blobs = unreferred(session, discarded);
  findings.forgettable = forgettable_jobs(session, most_at_once);
  for (const JobId& id : findings.forgettable) {
    Job job;
    job.id = id;
    load_details(session, job);
    const std::vector<store::BlobId> blobs = blobs_of(job);
    findings.blobs.insert(findings.blobs.end(), blobs.begin(), blobs.end());
  }
  findings.due = due_jobs(session, util::now(), most_at_once);
  findings.next_due = next_due(session);
  return findings;
}

void Reaper::found(util::Result<DueWork> findings, std::size_t discarded) {
  if (!findings.ok()) return pause();
  for (const store::BlobId& blob : findings->blobs) {
    if (const util::Status removed = blobs_.remove(blob); !removed.ok()) {
      util::log_warning("blob not removed", {{"blob", blob}, {"error", removed.error().message}});
    }
  }
  if (!findings->blobs.empty()) util::failpoint("blobs.removed");
  discarded_.erase(discarded_.begin(), discarded_.begin() + static_cast<std::ptrdiff_t>(discarded));
  if (!findings->forgettable.empty() || !findings->due.empty()) return change(*findings);
  busy_ = false;
  if (again_ || !discarded_.empty()) return begin();
  if (findings->next_due) sleep_until(*findings->next_due);
}

void Reaper::change(const DueWork& findings) {
  database_.write(
      [self = shared_from_this(), findings](store::Transaction& transaction) -> util::Status {
        for (const JobId& id : findings.forgettable) delete_row(transaction, id);
        if (!findings.forgettable.empty()) util::failpoint("forget.begun");
        for (const JobId& id : findings.due) self->expire_(transaction, id);
        return {};
      },
      [self = shared_from_this(), forgot = !findings.forgettable.empty()](const util::Status& status) {
        if (forgot) util::failpoint("forget.committed");
        self->loop_.post([self = self.get(), status] { self->changed(status); });
      });
}

void Reaper::changed(const util::Status& status) {
  if (!status.ok()) return pause();
  busy_ = false;
  begin();
}

void Reaper::sleep_until(util::Instant instant) {
  const auto time = std::clamp<std::chrono::milliseconds>(instant - util::now(), 0ms, longest_sleep);
  loop_.cancel(alarm_);
  alarm_ = loop_.after(time, [this] { begin(); });
  alarm_time_ = instant;
}

void Reaper::pause() {
  busy_ = false;
  sleep_until(util::now() + retry_pause);
}

}  // namespace uws
