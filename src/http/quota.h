// Counts what each of many takes of something: addresses, or owners.
//
// Owner: Limits. Any thread. The table is bounded: who holds nothing and has not created of late is forgotten, and so
// are, when it is full, all who hold nothing.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "util/metrics.h"
#include "util/result.h"

namespace http {

/// What one of them may have; 0 is no limit.
struct Share {
  std::size_t connections = 500;           // open ones; of addresses only
  std::size_t requests = 500;              // taken and not yet answered, held WAITs and streams among them
  std::size_t uploads = 16;                // files that are arriving
  std::size_t creations_per_minute = 600;  // as many at once, when there were none for a minute
};

class Quota {
 public:
  using Clock = std::chrono::steady_clock;
  enum class Kind { connection, request, upload };
  static constexpr std::size_t kinds = 3;

  /// `name` is the section of the configuration that it comes from: "per_address".
  Quota(std::string name, Share share, std::size_t most_known);

  class Hold;
  /// Given back when the hold goes; it must not outlive the quota. `too_many` says which limit it is.
  util::Result<Hold> take(const std::string& who, Kind kind);
  /// One more creation.
  util::Status create(const std::string& who, Clock::time_point now = Clock::now());

  std::size_t known() const;

 private:
  struct Use {
    std::uint32_t held[kinds] = {0, 0, 0};
    Clock::time_point creations_paid_until{};  // creations of the past are paid off one by one, until then
    bool holds_nothing() const { return held[0] == 0 && held[1] == 0 && held[2] == 0; }
  };
  using Table = std::unordered_map<std::string, Use>;

  Table::value_type& find_or_add(const std::string& who, Clock::time_point now);
  void make_room(Clock::time_point now);
  void give_back(Table::value_type& entry, Kind kind);
  std::size_t most(Kind kind) const;
  util::Error refused(const std::string& who, Kind kind) const;
  util::Counter& refusals(std::string_view key) const;

  const std::string name_;
  const Share share_;
  const std::size_t most_known_;
  std::array<util::Counter*, kinds + 1> refusals_;
  mutable std::mutex mutex_;
  Table table_;
};

class Quota::Hold {
 public:
  Hold() = default;
  Hold(Hold&& other) noexcept
      : quota_(std::exchange(other.quota_, nullptr)), entry_(other.entry_), kind_(other.kind_) {}
  Hold& operator=(Hold&& other) noexcept {
    if (this != &other) {
      reset();
      quota_ = std::exchange(other.quota_, nullptr);
      entry_ = other.entry_;
      kind_ = other.kind_;
    }
    return *this;
  }
  ~Hold() { reset(); }

  void reset() {
    if (quota_ != nullptr) std::exchange(quota_, nullptr)->give_back(*entry_, kind_);
  }

 private:
  friend class Quota;
  Hold(Quota& quota, Table::value_type& entry, Kind kind) : quota_(&quota), entry_(&entry), kind_(kind) {}

  Quota* quota_ = nullptr;
  Table::value_type* entry_ = nullptr;  // of a node that stays while something is held
  Kind kind_ = Kind::connection;
};

}  // namespace http
