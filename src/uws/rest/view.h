// A job as clients see it: its stored row joined with its live state, and the URLs of its resources. A plain value of
// one request; not for several threads at once.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "data/node.h"
#include "uws/core/job.h"
#include "uws/core/seams.h"

namespace uws::rest {

struct ResultView {
  std::string id;
  std::string href;
  std::string media_type;
  std::optional<std::uint64_t> size_bytes;
  std::string path = {};    // path of the output file; empty: the result was no file
  std::string sha256 = {};  // 64 hex digits
};

class JobView {
 public:
  /// `jobs_url` is the absolute URL of the list that the client addressed; `lives` outlives the view.
  JobView(Job job, const LiveView& lives, std::string_view jobs_url);

  const Job& job() const { return job_; }
  const std::string& url() const { return url_; }
  std::string parameter_url(std::string_view name) const;

  /// In the order of U7; while the job runs, with its live results.
  std::vector<ResultView> results() const;
  bool is_live() const { return live_ != nullptr; }
  /// Another service has the live state of the job.
  bool is_elsewhere() const { return live_ != nullptr && live_->is_elsewhere; }
  const LiveResult* live_result(std::string_view id) const;
  const std::optional<util::Instant>& quote() const;
  /// jobInfo: the stored members, the digests of the results, and the members of the live state.
  data::Node info() const;
  /// A text for an ETag, without its quotes. It differs whenever a document made of this view would differ. `era`
  /// identifies this process, because revisions of the live state are counted from its start.
  std::string revision(std::string_view era) const;

 private:
  Job job_;
  const LiveView& lives_;
  std::shared_ptr<const LiveState> live_;
  std::string url_;
  // Each of these is read once, so that the document and its revision agree.
  std::vector<std::uint64_t> live_sizes_;                      // sizes of growing logs
  mutable std::optional<std::optional<util::Instant>> quote_;  // read by quote() only, because it is costly
};

}  // namespace uws::rest
