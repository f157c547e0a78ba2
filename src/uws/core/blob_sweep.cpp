#include "uws/core/blob_sweep.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <string>
#include <utility>

#include "util/log.h"

namespace uws {
namespace {

/// Blobs in one statement.
constexpr std::size_t most_at_once = 500;

}  // namespace

std::vector<store::BlobId> unreferred(store::Session& session, const std::vector<store::BlobId>& blobs) {
  std::string listed;
  for (const store::BlobId& blob : blobs) {
    if (store::is_blob_id(blob)) listed += (listed.empty() ? "'" : ", '") + blob + "'";  // letters and digits only
  }
  if (listed.empty()) return blobs;
  const soci::rowset<std::string> rows =
      (session.sql().prepare << "SELECT blob FROM job_parameters WHERE blob IN (" + listed +
                                    ") UNION SELECT blob FROM job_results WHERE blob IN (" + listed + ")");
  const std::set<store::BlobId> referred(rows.begin(), rows.end());
  std::vector<store::BlobId> rest;
  std::copy_if(blobs.begin(), blobs.end(), std::back_inserter(rest),
               [&](const store::BlobId& blob) { return !referred.contains(blob); });
  return rest;
}

BlobSweep::BlobSweep(store::Database& database, store::BlobStore& blobs, std::unique_ptr<store::BlobListing> listing)
    : database_(database), blobs_(blobs), listing_(std::move(listing)) {}

void BlobSweep::start(std::function<void(std::size_t)> done) {
  done_ = std::move(done);
  loop_.post([this] { next(); });
}

void BlobSweep::next() {
  auto blobs = listing_->next(most_at_once);
  if (!blobs.ok()) return util::log_warning("blobs not swept", {{"error", blobs.error().message}});
  if (blobs->empty()) return done_(removed_);
  database_.read(
      [blobs = std::move(blobs).value()](store::Session& session) -> util::Result<std::vector<store::BlobId>> {
        return unreferred(session, blobs);
      },
      [this](const util::Result<std::vector<store::BlobId>>& strays) {
        loop_.post([this, strays] { on_unreferred(strays); });
      });
}

void BlobSweep::on_unreferred(const util::Result<std::vector<store::BlobId>>& strays) {
  if (!strays.ok()) return util::log_warning("blobs not swept", {{"error", strays.error().message}});
  for (const store::BlobId& blob : *strays) {
    if (const util::Status removed = blobs_.remove(blob); !removed.ok()) {
      util::log_warning("blob not removed", {{"blob", blob}, {"error", removed.error().message}});
    }
  }
  removed_ += strays->size();
  next();
}

}  // namespace uws
