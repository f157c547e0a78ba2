// Counts what each address, or each user, holds, and enforces the limits of Share.
//
// Owner: Limits. Any thread may call. The table is bounded: entries that hold nothing and have no recent creations are
// removed; when the table is full, all entries that hold nothing are.
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

/// The limits for one address or user; 0: no limit.
struct Share {
  std::size_t connections = 500;           // open connections; for addresses only
  std::size_t requests = 500;              // not yet answered, with pending WAITs and streams
  std::size_t uploads = 16;                // requests whose files are arriving
  std::size_t creations_per_minute = 600;  // after a minute without creations, all of them at once
};

class Quota {
 public:
  using Clock = std::chrono::steady_clock;
  enum class Kind { connection, request, upload };
  static constexpr std::size_t kinds = 3;

  /// `name`: the configuration section of the limits, such as "per_address".
  Quota(std::string name, Share share, std::size_t most_known);

  class Hold;
  /// Counts one more; the destructor of the hold gives it back. The hold must not outlive the quota. `too_many` says
  /// which limit is reached.
  util::Result<Hold> take(const std::string& who, Kind kind);
  /// Counts one more creation. `too_many`: the rate is exceeded.
  util::Status create(const std::string& who, Clock::time_point now = Clock::now());

  std::size_t known() const;

 private:
  struct Use {
    std::uint32_t held[kinds] = {0, 0, 0};
    /// Of the next creation (GCRA): each creation moves it on by 1 minute / creations_per_minute.
    Clock::time_point theoretical_arrival_time{};
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
  Table::value_type* entry_ = nullptr;  // stays valid: entries that hold something are not removed
  Kind kind_ = Kind::connection;
};

}  // namespace http
