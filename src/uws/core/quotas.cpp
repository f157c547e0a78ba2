#include "uws/core/quotas.h"

#include <algorithm>

#include "uws/core/columns.h"
#include "uws/core/job_rules.h"

namespace uws {
namespace {

constexpr std::chrono::seconds longest_trust{10};
constexpr std::size_t most_known = 10'000;
/// More than the number of jobs that can be in creation at once, which store::Database limits.
constexpr std::int64_t smallest_margin = 300;

bool is_far(std::int64_t count, std::int64_t limit) { return count < limit - std::max(smallest_margin, limit / 10); }

}  // namespace

util::Status Quotas::admit(store::Transaction& transaction, const Owner& owner) {
  const std::string name = to_column(owner);
  if (admit_uncounted(name, 1)) return {};
  lock(transaction, owner);
  Counts counts = count_jobs(transaction.session(), owner);
  RETURN_IF_ERROR(check_quotas(counts, options_));
  counts.unended += 1;
  counts.all += 1;
  remember(name, counts);
  return {};
}

void Quotas::lock(store::Transaction& transaction, const Owner& owner) {
  transaction.lock("uws-owner:" + to_column(owner));
}

bool Quotas::has_room(const Owner& owner) { return admit_uncounted(to_column(owner), 0); }

util::Status Quotas::check(store::Session& session, const Owner& owner) {
  const Counts counts = count_jobs(session, owner);
  remember(to_column(owner), counts);
  return check_quotas(counts, options_);
}

void Quotas::remember(const std::string& owner, const Counts& counts) {
  const std::lock_guard lock(mutex_);
  if (known_.size() >= most_known && !known_.contains(owner)) known_.erase(known_.begin());  // an arbitrary one
  known_[owner] = {counts, Clock::now()};
}

bool Quotas::admit_uncounted(const std::string& owner, std::int64_t more) {
  const std::lock_guard lock(mutex_);
  const auto found = known_.find(owner);
  if (found == known_.end()) return false;
  Known& known = found->second;
  if (Clock::now() - known.counted > longest_trust || !is_far_below(known.counts)) return false;
  known.counts.unended += more;
  known.counts.all += more;
  return true;
}

bool Quotas::is_far_below(const Counts& counts) const {
  return is_far(counts.unended, options_.max_unended_jobs_per_owner) && is_far(counts.all, options_.max_jobs_per_owner);
}

}  // namespace uws
