#include "uws/core/recent_lists.h"

#include <utility>

namespace uws {
namespace {

constexpr std::size_t most_entries = 20'000;
constexpr std::size_t most_entries_of_one = 1'001;  // the REST layer reads at most so many entries at once

constexpr std::size_t longest_question = 1'000;  // bytes of the names of groups and of RUNIDs in a query

std::size_t bytes_of(const ListQuery& query) {
  std::size_t bytes = query.phases.size();
  for (const std::string& run_id : query.run_ids) bytes += run_id.size();
  for (const std::string& group : query.caller.groups) bytes += group.size();
  return bytes;
}

}  // namespace

std::shared_ptr<const RecentLists::Entries> RecentLists::find(const ListName& name, const ListQuery& query,
                                                              const State& state) const {
  const std::lock_guard lock(mutex_);
  if (state_ != state) return nullptr;
  const auto found = lists_.find({name, query});
  return found == lists_.end() ? nullptr : found->second;
}

void RecentLists::keep(const ListName& name, const ListQuery& query, const Entries& entries, const State& state) {
  if (state.empty() || entries.size() > most_entries_of_one || bytes_of(query) > longest_question) return;
  auto kept = std::make_shared<const Entries>(entries);
  const std::lock_guard lock(mutex_);
  if (state != state_ || size_ + entries.size() >= most_entries) {
    lists_.clear();
    size_ = 0;
  }
  state_ = state;
  if (lists_.insert_or_assign({name, query}, std::move(kept)).second) size_ += entries.size() + 1;
}

}  // namespace uws
