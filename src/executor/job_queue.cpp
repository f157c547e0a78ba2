#include "executor/job_queue.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "executor/job_info.h"
#include "util/quantity.h"

namespace executor {
namespace {

using Free = std::map<std::string, ledger::Resources>;

/// Beyond this number, the owner served longest ago is forgotten. Such an owner comes first, as owners without a claim.
constexpr std::size_t most_owners_remembered = 10'000;

bool fits_any(const ledger::Resources& needs, const Free& free) {
  return std::any_of(free.begin(), free.end(), [&](const auto& engine) { return needs.fits(engine.second); });
}

std::string listed(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : " or ") + name;
  return text;
}

std::shared_ptr<const uws::LiveState> live(std::optional<std::size_t> position, const std::string& reason) {
  auto live = std::make_shared<uws::LiveState>();
  if (!reason.empty()) set_progress(live->info, {reason, 0});
  if (position) live->info.set("queuePosition", data::Node::number(static_cast<std::int64_t>(*position)));
  live->revision = std::hash<std::string>()(std::to_string(position.value_or(0)) + " " + reason);
  return live;
}

}  // namespace

/// One round. Free capacity only shrinks during a round, so needs that did not fit once do not fit later in it. For
/// each owner, each distinct amount of needs is therefore examined once per claim, and once without success.
class JobQueue::ClaimSelection {
 public:
  ClaimSelection(const JobQueue& queue, const Supply& supply, Free free, std::size_t at_most)
      : queue_(queue), supply_(supply), at_most_(at_most) {
    plan_.left = std::move(free);
  }

  Plan run() {
    for (const auto& [needs, count] : queue_.sizes_) fitting_.push_back(needs);
    drop_what_fits_nowhere();
    if (fitting_.empty()) return std::move(plan_);
    for (const auto& [owner, line] : queue_.lines_) {
      const auto running = supply_.running.find(owner);
      Turn turn{queue_.served(owner), &line, {}, running == supply_.running.end() ? 0 : running->second};
      if (may_run_more(turn)) turns_.insert(std::move(turn));
    }
    while (!turns_.empty() && !fitting_.empty()) {
      if (plan_.choices.size() == at_most_) {
        plan_.is_whole = false;
        break;
      }
      serve(std::move(turns_.extract(turns_.begin()).value()));
    }
    for (const auto& [entry, claims_before] : waiting_) {
      const auto passes = static_cast<std::int64_t>(plan_.choices.size() - claims_before);
      if (passes > 0) plan_.passed[entry->place.id] = passes;
    }
    return std::move(plan_);
  }

 private:
  struct Turn {
    std::uint64_t served;
    const Line* line;
    std::optional<std::set<const Entry*, ByPlace>> heads;  // oldest job of each needs; set at the first turn
    std::int64_t running;

    bool operator<(const Turn& other) const {
      if (served != other.served) return served < other.served;
      return line->order.front()->place < other.line->order.front()->place;
    }
  };

  bool may_run_more(const Turn& turn) const {
    return supply_.max_running_per_owner == 0 || turn.running < supply_.max_running_per_owner;
  }

  void serve(Turn turn) {
    if (!turn.heads) {
      turn.heads.emplace();
      for (const auto& [needs, entries] : turn.line->by_needs) turn.heads->insert(*entries.begin());
    }
    while (!turn.heads->empty()) {
      const Entry& entry = **turn.heads->begin();
      turn.heads->erase(turn.heads->begin());
      const std::string engine = roomiest(entry.needs);
      if (engine.empty()) {
        wait(entry);
        continue;
      }
      choose(entry, engine);
      const auto& alike = turn.line->by_needs.at(entry.needs);
      if (const auto next = alike.upper_bound(&entry); next != alike.end()) turn.heads->insert(*next);
      ++turn.running;
      turn.served = queue_.claims_ + plan_.choices.size();
      if (may_run_more(turn)) turns_.insert(std::move(turn));
      return;
    }
  }

  /// Of the engines with enough free capacity, the one with the most; empty when there is none.
  std::string roomiest(const ledger::Resources& needs) const {
    std::string best;
    for (const auto& [engine, free] : plan_.left) {
      if (!needs.fits(free)) continue;
      if (best.empty() || free.millicores > plan_.left.at(best).millicores) best = engine;
    }
    return best;
  }

  void wait(const Entry& entry) {
    waiting_.emplace_back(&entry, plan_.choices.size());
    if (entry.passed_over < supply_.max_passed_over) return;
    // No other job starts on an engine that is large enough for this one.
    std::erase_if(plan_.left, [&](const auto& engine) {
      const auto capacity = supply_.engines.find(engine.first);
      return capacity != supply_.engines.end() && entry.needs.fits(capacity->second);
    });
    drop_what_fits_nowhere();
  }

  void choose(const Entry& entry, const std::string& engine) {
    ledger::Resources& free = plan_.left.at(engine);
    free -= entry.needs;
    plan_.choices.push_back({entry.place, entry.needs, engine});
    drop_what_fits_nowhere();
  }

  void drop_what_fits_nowhere() {
    std::erase_if(fitting_, [&](const ledger::Resources& needs) { return !fits_any(needs, plan_.left); });
  }

  const JobQueue& queue_;
  const Supply& supply_;
  const std::size_t at_most_;
  std::vector<ledger::Resources> fitting_;
  std::set<Turn> turns_;
  std::vector<std::pair<const Entry*, std::size_t>> waiting_;  // with the number of choices before it
  Plan plan_;
};

JobQueue::Plan JobQueue::choose(const Supply& supply, Free free, std::size_t at_most) {
  const std::lock_guard lock(mutex_);
  for (const auto& [engine, why] : supply.closed) free.erase(engine);
  Plan plan = ClaimSelection(*this, supply, std::move(free), at_most).run();
  plan.round = ++rounds_;
  return plan;
}

bool JobQueue::knows(const uws::JobId& id) const {
  const std::lock_guard lock(mutex_);
  return entries_.contains(id) || aside_.contains(id);
}

bool JobQueue::has_his_share(const uws::Owner& owner) const {
  const auto running = supply_.running.find(owner);
  return supply_.max_running_per_owner > 0 && running != supply_.running.end() &&
         running->second >= supply_.max_running_per_owner;
}

bool JobQueue::fits_what_is_left(const uws::Owner& owner, const ledger::Resources& needs) const {
  return !has_his_share(owner) && fits_any(needs, left_);
}

bool JobQueue::would_begin(const uws::Owner& owner, const ledger::Resources& needs) const {
  const std::lock_guard lock(mutex_);
  return fits_what_is_left(owner, needs);
}

bool JobQueue::add(const std::vector<Job>& jobs) {
  const std::lock_guard lock(mutex_);
  bool any_may_begin = false;
  for (const Job& job : jobs) {
    const auto [place, is_new] = entries_.try_emplace(job.place.id);
    Entry& entry = place->second;
    entry.met_in = pass_;
    if (!is_new) continue;
    aside_.erase(job.place.id);
    Line& line = lines_.try_emplace(job.owner, Line{job.owner, {}, {}}).first->second;
    const bool may_begin = !is_left_known_ || fits_what_is_left(job.owner, job.needs);
    any_may_begin = any_may_begin || may_begin;
    entry = {job.place, job.needs, &line, 0, !may_begin, rounds_, pass_};
    line.order.insert(std::upper_bound(line.order.begin(), line.order.end(), &entry, ByPlace()), &entry);
    line.by_needs[job.needs].insert(&entry);
    ++sizes_[job.needs];
  }
  return any_may_begin;
}

void JobQueue::clear() {
  const std::lock_guard lock(mutex_);
  entries_.clear();
  lines_.clear();
  sizes_.clear();
  served_.clear();
  aside_.clear();
  supply_ = {};
  left_.clear();
  is_left_known_ = false;
}

void JobQueue::erase(const uws::JobId& id) {
  const auto found = entries_.find(id);
  if (found == entries_.end()) return;
  const Entry& entry = found->second;
  Line& line = *entry.line;
  line.order.erase(std::lower_bound(line.order.begin(), line.order.end(), &entry, ByPlace()));
  const auto alike = line.by_needs.find(entry.needs);
  alike->second.erase(&entry);
  if (alike->second.empty()) line.by_needs.erase(alike);
  if (const auto size = sizes_.find(entry.needs); --size->second == 0) sizes_.erase(size);
  if (line.order.empty()) lines_.erase(uws::Owner(line.owner));
  entries_.erase(found);
}

bool JobQueue::remove(const uws::JobId& id) {
  const std::lock_guard lock(mutex_);
  aside_.erase(id);
  const auto found = entries_.find(id);
  if (found == entries_.end()) return false;
  const bool was_kept_for = found->second.passed_over >= supply_.max_passed_over;
  erase(id);
  if (was_kept_for) is_left_known_ = false;
  return was_kept_for;
}

void JobQueue::claimed(const uws::JobId& id, const uws::Owner& owner) {
  const std::lock_guard lock(mutex_);
  aside_.erase(id);
  erase(id);
  served_[owner] = ++claims_;
  if (served_.size() <= most_owners_remembered) return;
  served_.erase(std::min_element(served_.begin(), served_.end(),
                                 [](const auto& a, const auto& b) { return a.second < b.second; }));
}

void JobQueue::set_aside(const uws::JobId& id, const std::string& reason) {
  const std::lock_guard lock(mutex_);
  erase(id);
  aside_[id] = reason;
}

void JobQueue::end_round(const Supply& supply, const Plan& plan) {
  const std::lock_guard lock(mutex_);
  supply_ = supply;
  for (const auto& [job, times] : plan.passed) {
    if (const auto found = entries_.find(job); found != entries_.end()) found->second.passed_over += times;
  }
  ended_round_ = plan.round;
  left_ = plan.left;
  is_left_known_ = true;
}

void JobQueue::expect_more() {
  const std::lock_guard lock(mutex_);
  is_left_known_ = false;
}

std::uint64_t JobQueue::served(const uws::Owner& owner) const {
  const auto found = served_.find(owner);
  return found == served_.end() ? 0 : found->second;
}

bool JobQueue::is_before(const Line& a, const Line& b) const {
  const std::uint64_t served_a = served(a.owner);
  const std::uint64_t served_b = served(b.owner);
  return served_a != served_b ? served_a < served_b : a.order.front()->place < b.order.front()->place;
}

std::vector<uws::JobId> JobQueue::first(std::size_t at_most) const {
  const std::lock_guard lock(mutex_);
  std::vector<const Line*> lines;
  for (const auto& [owner, line] : lines_) lines.push_back(&line);
  std::sort(lines.begin(), lines.end(), [this](const Line* a, const Line* b) { return is_before(*a, *b); });
  std::vector<uws::JobId> ids;
  for (std::size_t turn = 0; !lines.empty(); ++turn) {
    for (const Line* line : lines) {
      if (ids.size() == at_most) return ids;
      ids.push_back(line->order.at(turn)->place.id);
    }
    std::erase_if(lines, [&](const Line* line) { return line->order.size() == turn + 1; });
  }
  return ids;
}

std::size_t JobQueue::size() const {
  const std::lock_guard lock(mutex_);
  return entries_.size();
}

std::int64_t JobQueue::waiting_of(const uws::Owner& owner) const {
  const std::lock_guard lock(mutex_);
  const auto found = lines_.find(owner);
  return found == lines_.end() ? 0 : static_cast<std::int64_t>(found->second.order.size());
}

void JobQueue::begin_pass() {
  const std::lock_guard lock(mutex_);
  ++pass_;
}

std::vector<uws::JobId> JobQueue::unknown_of(const std::vector<uws::QueuePlace>& places) {
  const std::lock_guard lock(mutex_);
  std::vector<uws::JobId> unknown;
  for (const uws::QueuePlace& place : places) {
    if (const auto found = entries_.find(place.id); found != entries_.end()) {
      found->second.met_in = pass_;
    } else if (!aside_.contains(place.id)) {
      unknown.push_back(place.id);
    }
  }
  return unknown;
}

void JobQueue::end_pass() {
  const std::lock_guard lock(mutex_);
  std::vector<uws::JobId> gone;
  for (const auto& [id, entry] : entries_) {
    if (entry.met_in < pass_) gone.push_back(id);
  }
  for (const uws::JobId& id : gone) erase(id);
  if (!gone.empty()) is_left_known_ = false;
}

/// The number of jobs before this one in the order of first().
std::size_t JobQueue::jobs_ahead(const Entry& entry) const {
  const Line& own = *entry.line;
  const auto at = std::lower_bound(own.order.begin(), own.order.end(), &entry, ByPlace());
  const auto turn = static_cast<std::size_t>(at - own.order.begin());
  std::size_t ahead = turn;
  for (const auto& [owner, line] : lines_) {
    if (&line != &own) ahead += std::min(line.order.size(), turn + (is_before(line, own) ? 1 : 0));
  }
  return ahead;
}

std::string JobQueue::reason(const Entry& entry) const {
  if (!entry.is_examined && entry.added_in >= ended_round_) return {};
  if (supply_.engines.empty()) return "waiting for an engine that answers, and may run jobs";
  if (has_his_share(entry.line->owner)) {
    return "waiting until fewer than " + std::to_string(supply_.max_running_per_owner) + " jobs of the same owner run";
  }
  std::vector<std::string> engines;
  std::string closed;
  for (const auto& [engine, capacity] : supply_.engines) {
    if (!entry.needs.fits(capacity)) continue;
    if (const auto why = supply_.closed.find(engine); why != supply_.closed.end()) {
      closed += (closed.empty() ? "" : "; ") + why->second;
    } else {
      engines.push_back(engine);
    }
  }
  if (engines.empty() && !closed.empty()) return "waiting: " + closed;
  if (*entry.line->by_needs.at(entry.needs).begin() != &entry) return "waiting behind older jobs";
  const std::string amount = util::format_millicores(entry.needs.millicores) + " cores and " +
                             util::format_bytes(entry.needs.memory_bytes) + " of memory";
  return "waiting for " + (engines.empty() ? "an engine with " + amount : amount + " on " + listed(engines));
}

std::shared_ptr<const uws::LiveState> JobQueue::view(const uws::JobId& id) const {
  std::size_t position = 0;
  std::string why;
  {
    const std::lock_guard lock(mutex_);
    if (const auto aside = aside_.find(id); aside != aside_.end()) return live(std::nullopt, aside->second);
    const auto found = entries_.find(id);
    if (found == entries_.end()) return nullptr;
    position = jobs_ahead(found->second) + 1;
    why = reason(found->second);
  }
  return live(position, why);
}

}  // namespace executor
