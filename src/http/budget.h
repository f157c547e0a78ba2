// A limited amount that many requests share, such as the upload slots of a worker or the bytes of bodies in memory.
#pragma once

#include <atomic>
#include <cstdint>
#include <utility>

namespace http {

/// Any thread may call. Must outlive its parts.
class Budget {
 public:
  explicit Budget(std::uint64_t most) : most_(most) {}

  std::uint64_t used() const { return used_.load(std::memory_order_relaxed); }
  std::uint64_t most() const { return most_; }

  /// The share of one user, which the destructor gives back. Each part is used by one thread at a time.
  class Part {
   public:
    Part() = default;
    Part(Part&& other) noexcept
        : budget_(std::exchange(other.budget_, nullptr)), amount_(std::exchange(other.amount_, 0)) {}
    Part& operator=(Part&& other) noexcept {
      if (this == &other) return *this;
      reset();
      budget_ = std::exchange(other.budget_, nullptr);
      amount_ = std::exchange(other.amount_, 0);
      return *this;
    }
    ~Part() { reset(); }

    /// Grows the share to `amount`. False, without a change, when the budget does not have enough left.
    [[nodiscard]] bool grow_to(Budget& budget, std::uint64_t amount) {
      if (amount <= amount_) return true;
      const std::uint64_t more = amount - amount_;
      if (budget.used_.fetch_add(more, std::memory_order_relaxed) + more > budget.most_) {
        budget.used_.fetch_sub(more, std::memory_order_relaxed);
        return false;
      }
      budget_ = &budget;
      amount_ = amount;
      return true;
    }
    void reset() {
      if (budget_ != nullptr) budget_->used_.fetch_sub(amount_, std::memory_order_relaxed);
      budget_ = nullptr;
      amount_ = 0;
    }

   private:
    Budget* budget_ = nullptr;
    std::uint64_t amount_ = 0;
  };

 private:
  const std::uint64_t most_;
  std::atomic<std::uint64_t> used_{0};
};

}  // namespace http
