#include "uws/core/brief_rows.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>

#include "uws/core/columns.h"

namespace uws {
namespace {

using soci::into;
using soci::use;

class BriefReader {
 public:
  explicit BriefReader(soci::session& sql) : select_(sql) {
    select_.exchange(into(id_));
    select_.exchange(into(list_));
    select_.exchange(into(owner_));
    select_.exchange(into(shared_with_.value, shared_with_.indicator));
    select_.exchange(into(run_id_.value, run_id_.indicator));
    select_.exchange(into(phase_));
    select_.exchange(into(creation_time_));
    select_.exchange(into(claimed_));
    select_.exchange(into(abort_time_.value, abort_time_.indicator));
    select_.exchange(into(destroyed_));
  }
  BriefReader(const BriefReader&) = delete;  // the statement is bound to members of this object
  BriefReader& operator=(const BriefReader&) = delete;

 protected:
  ~BriefReader() = default;

  void prepare(const std::string& where) {
    select_.alloc();
    select_.prepare(
        "SELECT id, list, owner, shared_with, run_id, phase, creation_time, claimed, abort_time, destroyed"
        " FROM jobs WHERE " +
        where);
    select_.define_and_bind();
  }
  void read_to(std::vector<JobRow>& rows) {
    for_each_row(select_, [&] {
      JobRow& row = rows.emplace_back();
      row.job.id = id_;
      row.job.list = list_;
      row.job.owner = to_owner(owner_);
      row.job.shared_with = shared_with_.get();
      row.job.run_id = run_id_.get();
      row.job.phase = to_phase(phase_);
      row.job.creation_time = to_instant(creation_time_);
      row.job.claimed = claimed_ != 0;
      row.job.abort_time = to_instant(abort_time_.get());
      row.destroyed = destroyed_ != 0;
    });
  }
  soci::statement& select() { return select_; }

 private:
  std::string id_;
  std::string list_;
  std::string owner_;
  Nullable<std::string> shared_with_;
  Nullable<std::string> run_id_;
  std::string phase_;
  long long creation_time_ = 0;
  int claimed_ = 0;
  Nullable<long long> abort_time_;
  int destroyed_ = 0;
  soci::statement select_;
};

class RowsById : public BriefReader {
 public:
  explicit RowsById(soci::session& sql) : BriefReader(sql) {
    std::string where = "id IN (";
    for (std::size_t i = 0; std::string & id : ids_) {
      where.append(i == 0 ? ":v" : ", :v").append(std::to_string(i));
      select().exchange(use(id));
      ++i;
    }
    prepare(where + ")");
  }

  void read_to(std::vector<JobRow>& rows, const std::vector<JobId>& ids) {
    for (std::size_t done = 0; done < ids.size(); done += ids_.size()) {
      for (std::size_t i = 0; i < ids_.size(); ++i) ids_.at(i) = done + i < ids.size() ? ids[done + i] : JobId();
      BriefReader::read_to(rows);
    }
  }

 private:
  std::array<std::string, 50> ids_;  // bound to one statement; unused ones are empty, which is no job's id
};

class ClaimedRows : public BriefReader {
 public:
  explicit ClaimedRows(soci::session& sql) : BriefReader(sql) { prepare("claimed = 1"); }
  using BriefReader::read_to;
};

}  // namespace

std::vector<JobRow> brief_rows(store::Session& session, const std::vector<JobId>& ids) {
  std::vector<JobRow> rows;
  session.local<RowsById>().read_to(rows, ids);
  return rows;
}

std::vector<JobRow> brief_claimed_rows(store::Session& session) {
  std::vector<JobRow> rows;
  session.local<ClaimedRows>().read_to(rows);
  return rows;
}

}  // namespace uws
