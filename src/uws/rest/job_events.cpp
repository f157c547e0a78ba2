// JobTree: the event streams of a job and of a list.
#include <algorithm>
#include <unordered_set>
#include <utility>

#include "data/node.h"
#include "uws/rest/answers.h"
#include "uws/rest/documents.h"
#include "uws/rest/events.h"
#include "uws/rest/job_tree.h"
#include "uws/rest/list_query.h"

namespace uws::rest {
namespace {

using util::ErrorCode;

/// True if the job does not exist any more, or the caller may not read it any more.
bool is_gone(const util::Error& error) {
  return error.code == ErrorCode::not_found || error.code == ErrorCode::forbidden;
}

std::string gone_json(const JobId& id) {
  data::Node node = data::Node::object();
  node.set("jobId", data::Node::string(id));
  return data::to_json(node);
}

/// A stream that reads from the database whenever there is something to read, one read at a time.
class ReadingStream : public EventStream, public std::enable_shared_from_this<ReadingStream> {
 public:
  Subscriptions::Notices notices() {
    const auto weak = weak_from_this();
    return {[weak](const JobId& id) {
              if (const auto self = weak.lock()) self->on_changed(id);
            },
            [weak] {
              if (const auto self = weak.lock()) self->on_missed();
            },
            [weak] {
              if (const auto self = weak.lock()) self->end();
            }};
  }
  /// Keeps the ticket of the subscription. Null means that the service is stopping, so the stream ends.
  void keep(std::shared_ptr<void> ticket) {
    if (!ticket) end();
    ticket_ = std::move(ticket);
  }

 protected:
  virtual void on_changed(const JobId& id) = 0;
  virtual void on_missed() = 0;
  /// Called with mutex_ locked. Returns true if there is something to read, and takes note of what read() must read.
  virtual bool take() = 0;
  virtual void read() = 0;

  void on_taken() override { go_on(); }
  void on_tick() override { go_on(); }

  template <typename Change>
  void note(Change change) {
    {
      const std::lock_guard lock(mutex_);
      change();
    }
    go_on();
  }
  void go_on() {
    if (!is_free()) return;
    {
      const std::lock_guard lock(mutex_);
      if (reading_ || !take()) return;
      reading_ = true;
    }
    read();
  }
  /// Ends a read. `change` is called with mutex_ locked and may mark what must be read again.
  template <typename Change>
  void read_done(Change change) {
    {
      const std::lock_guard lock(mutex_);
      reading_ = false;
      change();
    }
    go_on();
  }

  std::mutex mutex_;

 private:
  bool reading_ = false;
  std::shared_ptr<void> ticket_;
};

class JobEvents : public ReadingStream {
 public:
  using View = std::function<JobView(Job)>;

  JobEvents(JobService& service, const LiveView& live, JobId id, Caller caller, View view, std::string era)
      : service_(service),
        live_(live),
        id_(std::move(id)),
        caller_(std::move(caller)),
        view_(std::move(view)),
        era_(std::move(era)) {}

  void show(Job job) {
    const bool last = is_ended(job.phase) || job.phase == Phase::archived;
    const JobView view = view_(std::move(job));
    const std::string revision = view.revision(era_);
    bool fresh = false;
    {
      const std::lock_guard lock(mutex_);
      fresh = std::exchange(shown_, revision) != revision;
      shown_live_ = live_revision();
    }
    if (fresh) send("job", revision, job_json(view));
    if (last) end();
  }

 protected:
  void on_changed(const JobId& /*id*/) override {
    note([this] { dirty_ = true; });
  }
  void on_missed() override { on_changed(id_); }
  void on_tick() override {
    note([this] { dirty_ = dirty_ || std::exchange(failed_, false) || live_revision() != shown_live_; });
  }
  bool take() override { return std::exchange(dirty_, false); }
  void read() override {
    service_.get(id_, caller_, [self = std::static_pointer_cast<JobEvents>(shared_from_this())](util::Result<Job> job) {
      self->on_read(std::move(job));
    });
  }

 private:
  void on_read(util::Result<Job> job) {
    bool failed = false;
    if (job.ok()) {
      show(std::move(job).value());
    } else if (is_gone(job.error())) {
      send("gone", {}, gone_json(id_));
      end();
    } else {
      failed = true;  // the database is busy or cannot be reached: the next tick reads again
    }
    read_done([&] { failed_ = failed; });
  }

  /// A text that differs after every change of the live state, which is not committed.
  std::string live_revision() const {
    const auto live = live_.view(id_);
    if (!live) return {};
    std::string revision = std::to_string(live->revision);
    for (const LiveResult& result : live->results)
      revision += "." + std::to_string(result.bytes ? result.bytes->size() : 0);
    return revision;
  }

  JobService& service_;
  const LiveView& live_;
  const JobId id_;
  const Caller caller_;
  const View view_;
  const std::string era_;
  bool dirty_ = false;
  bool failed_ = false;
  std::string shown_;
  std::string shown_live_;
};

class ListEvents : public ReadingStream {
 public:
  /// Gives the URL of the page that follows a place.
  using NextUrl = std::function<std::string(const ListPlace&)>;

  ListEvents(JobService& service, const ListQuery& query, std::string jobs_url, NextUrl next_url)
      : service_(service), query_(query), jobs_url_(std::move(jobs_url)), next_url_(std::move(next_url)) {}

  /// Asks for one job more than are sent, to see whether there are more. query_.last must be set.
  ListQuery query() const {
    ListQuery with_one_more = query_;
    ++*with_one_more.last;
    return with_one_more;
  }
  void show(std::vector<JobReference> jobs) {
    std::optional<std::string> next;
    if (jobs.size() > static_cast<std::size_t>(*query_.last)) {
      jobs.resize(*query_.last);
      next = next_url_(place_of(jobs.back()));
    }
    note_shown(jobs);
    const auto list = list_json(jobs_url_);
    const std::string text = list->add(jobs);
    send("jobs", {}, text + list->end(next));
  }

 protected:
  void on_changed(const JobId& id) override {
    note([&] {
      if (whole_) return;
      changed_.insert(id);
      // Reading the whole list is cheaper then.
      if (changed_.size() > most_changed) whole_ = true;
    });
  }
  void on_missed() override {
    note([&] { whole_ = true; });
  }
  void on_tick() override {
    note([&] { waits_for_tick_ = false; });
  }
  bool take() override {
    if (waits_for_tick_ || (!whole_ && changed_.empty())) return false;
    taken_.assign(changed_.begin(), changed_.end());
    changed_.clear();
    taken_whole_ = std::exchange(whole_, false);
    return true;
  }
  void read() override {
    const auto self = std::static_pointer_cast<ListEvents>(shared_from_this());
    using Jobs = util::Result<std::vector<JobReference>>;
    if (taken_whole_) return service_.list(query(), [self](Jobs jobs) { self->on_list(std::move(jobs)); });
    service_.get_references(taken_, query_.caller, [self](const Jobs& jobs) { self->on_references(jobs); });
  }

 private:
  static constexpr std::size_t most_changed = 500;
  static constexpr std::size_t most_shown = 10'000;

  void on_list(util::Result<std::vector<JobReference>> jobs) {
    const bool is_read = jobs.ok();
    if (is_read) show(*std::move(jobs));
    read_done([&] {
      waits_for_tick_ = !is_read;
      whole_ = whole_ || !is_read;  // it may have been set while the list was read
    });
  }

  void on_references(const util::Result<std::vector<JobReference>>& jobs) {
    if (!jobs.ok()) {
      return read_done([&] {
        changed_.insert(taken_.begin(), taken_.end());
        waits_for_tick_ = true;
      });
    }
    std::unordered_set<JobId> gone(taken_.begin(), taken_.end());
    for (const JobReference& job : *jobs) {
      gone.erase(job.id);
      if (is_asked_for(job)) {
        note_shown({job});
        send("job", {}, reference_json(job, jobs_url_));
      } else if (shown_.contains(job.id)) {
        send("job", {}, reference_json(job, jobs_url_));  // tells the client that the job has another RUNID now
        shown_.erase(job.id);
      }
    }
    for (const JobId& id : gone) send("gone", {}, gone_json(id));
    read_done([] {});
  }

  /// Remembers which jobs were sent. Only needed with RUNID: a job can then leave the list because its RUNID changes.
  void note_shown(const std::vector<JobReference>& jobs) {
    if (query_.run_ids.empty()) return;
    for (const JobReference& job : jobs) shown_.insert(job.id);
    if (shown_.size() > most_shown) shown_.clear();
  }

  /// True if the query asks for the job. PHASE is not checked: a client is to see that a job has left a phase.
  bool is_asked_for(const JobReference& job) const {
    const auto& run_ids = query_.run_ids;
    const bool has_run_id =
        run_ids.empty() || (job.run_id && std::find(run_ids.begin(), run_ids.end(), *job.run_id) != run_ids.end());
    return has_run_id && (!query_.after || job.creation_time > *query_.after);
  }

  JobService& service_;
  const ListQuery query_;
  const std::string jobs_url_;
  const NextUrl next_url_;
  std::unordered_set<JobId> shown_;  // used by the read in progress only
  std::unordered_set<JobId> changed_;
  bool whole_ = false;
  bool waits_for_tick_ = false;  // set after a failure
  std::vector<JobId> taken_;     // used by the read in progress only, as taken_whole_
  bool taken_whole_ = false;
};

/// The number of jobs in the event `jobs` if the client does not give LAST, and the maximum. openapi.yaml documents
/// both.
constexpr std::int64_t usual_last = 100;
constexpr std::int64_t largest_last = 1000;

}  // namespace

void JobTree::job_events(const RequestPtr& request, const http::Reply& reply) {
  const JobId& id = job_id(*request);
  const Caller caller = caller_of(*request);
  const auto view = [this, request](Job job) { return view_of(*request, std::move(job)); };
  const auto stream = std::make_shared<JobEvents>(service_, live_, id, caller, view, era_);
  // Subscribes before the job is read, so that no change is missed in between.
  stream->keep(service_.watch(id, stream->notices()));
  service_.get(id, caller, [this, request, reply, stream](util::Result<Job> job) {
    if (!job.ok()) return reply.send(*request, job.error());
    const auto known = request->headers.get("Last-Event-ID");
    if (known && is_ended(job->phase) && *known == view_of(*request, *job).revision(era_)) {
      http::Response nothing_more;
      nothing_more.status = 204;  // makes browsers stop reconnecting
      return reply.send(std::move(nothing_more));
    }
    stream->show(std::move(job).value());
    streams_.add(stream);
    reply.send(events(stream));
  });
}

void JobTree::list_events(const RequestPtr& request, const http::Reply& reply) {
  auto query = read_list_query(*request);
  if (!query.ok()) return reply.send(*request, query.error());
  query->last = std::min(query->last.value_or(usual_last), largest_last);
  const auto stream = std::make_shared<ListEvents>(
      service_, *query, jobs_url(*request),
      [request, url = jobs_url(*request)](const ListPlace& last) { return next_url(*request, url, last); });
  stream->keep(service_.watch_list(query->caller, stream->notices()));
  service_.list(stream->query(), [this, request, reply, stream](util::Result<std::vector<JobReference>> jobs) {
    if (!jobs.ok()) return reply.send(*request, jobs.error());
    stream->show(*std::move(jobs));
    streams_.add(stream);
    reply.send(events(stream));
  });
}

}  // namespace uws::rest
