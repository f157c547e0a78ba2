#include "uws/core/blob_sweep.h"

#include <future>

#include "unit/uws_core/job_fixture.h"
#include "util/random.h"

namespace uws {
namespace {

/// Lists the given blobs, at most as many at a time as are asked for.
class Listed : public store::BlobListing {
 public:
  explicit Listed(std::vector<store::BlobId> blobs) : blobs_(std::move(blobs)) {}
  util::Result<std::vector<store::BlobId>> next(std::size_t at_most) override {
    std::vector<store::BlobId> some;
    while (!blobs_.empty() && some.size() < at_most) {
      some.push_back(std::move(blobs_.back()));
      blobs_.pop_back();
    }
    return some;
  }

 private:
  std::vector<store::BlobId> blobs_;
};

class Sweeping : public fakes::JobTest {
 protected:
  std::size_t sweep(std::vector<store::BlobId> blobs_there) {
    std::promise<std::size_t> removed;
    BlobSweep sweep(database(), blobs(), std::make_unique<Listed>(std::move(blobs_there)));
    sweep.start([&](std::size_t count) { removed.set_value(count); });
    return removed.get_future().get();
  }
};
FOR_BOTH_DATABASES(Sweeping);

TEST_P(Sweeping, RemovesWhatNoRowRefersToAndOnlyThat) {
  const store::BlobId input = blob();
  const store::BlobId output = blob();
  Job job;
  job.id = "job";
  in_transaction([&](auto& transaction) {
    insert_parameters(transaction, job.id, {{"INPUT", "", true, input, "text/plain", 5}});
    insert_results(transaction, job.id, {{"result", output, "text/plain", 5, "", true}});
    return true;
  });
  std::vector<store::BlobId> there{input, output};
  for (int i = 0; i < 1001; ++i) there.push_back(util::random_id());
  const store::BlobId stray = blob();
  there.push_back(stray);
  EXPECT_EQ(sweep(there), 1002U);
  EXPECT_TRUE(has(input));
  EXPECT_TRUE(has(output));
  EXPECT_FALSE(has(stray));
}

TEST_P(Sweeping, OfNothingIsDoneAtOnce) { EXPECT_EQ(sweep({}), 0U); }

}  // namespace
}  // namespace uws
