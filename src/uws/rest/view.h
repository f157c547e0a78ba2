// A job as clients see it: the stored row and what lives only now, joined; and where everything of it is.
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
  std::string path = {};    // of the file that it was
  std::string sha256 = {};  // 64 hex digits
};

class JobView {
 public:
  /// `jobs_url` is the absolute URL of the list that the client addressed; `lives` outlives the view.
  JobView(Job job, const LiveView& lives, std::string_view jobs_url);

  const Job& job() const { return job_; }
  const std::string& url() const { return url_; }
  std::string parameter_url(std::string_view name) const;

  /// In the order of U7; while the job runs, those that live only now.
  std::vector<ResultView> results() const;
  bool is_live() const { return live_ != nullptr; }
  /// Its run shows itself to another service.
  bool is_elsewhere() const { return live_ != nullptr && live_->is_elsewhere; }
  const LiveResult* live_result(std::string_view id) const;
  const std::optional<util::Instant>& quote() const;
  /// jobInfo: the stored one, what is stored of each result, what lives now set into it.
  data::Node info() const;
  /// Without quotes; differs whenever a document made of this view would. `era` tells one process from another: what
  /// lives now counts its revisions from its start.
  std::string revision(std::string_view era) const;

 private:
  Job job_;
  const LiveView& lives_;
  std::shared_ptr<const LiveState> live_;
  std::string url_;
  // Each is asked for once, so that the document and its revision agree.
  std::vector<std::uint64_t> live_sizes_;                      // of growing logs
  mutable std::optional<std::optional<util::Instant>> quote_;  // when it is wanted: a task is judged for it
};

}  // namespace uws::rest
