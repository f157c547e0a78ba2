// JobTree: the list of jobs (U20 to U23), whole, however long it is, or one page of it.
#include <algorithm>
#include <mutex>
#include <utility>

#include "http/negotiate.h"
#include "util/text.h"
#include "uws/rest/answers.h"
#include "uws/rest/documents.h"
#include "uws/rest/job_tree.h"
#include "uws/rest/list_query.h"
#include "uws/rest/query_names.h"

namespace uws::rest {
namespace {

/// Jobs that are read and written at once when a list is streamed.
constexpr std::int64_t piece = 1000;
/// The largest LAST that is answered as one page, not streamed: about 4 MB.
constexpr std::int64_t largest_page = 10'000;

const std::vector<std::string_view>& query_names() {
  static const std::vector<std::string_view> names{"PHASE", "RUNID", "AFTER", "LAST", "CURSOR", "RESPONSEFORMAT"};
  return names;
}

/// A long list that is sent to a client. It is read piece by piece, as fast as the client receives it.
class LongList : public http::LiveBody, public std::enable_shared_from_this<LongList> {
 public:
  /// `query.last`: the number of jobs in the whole list, if limited. `first` is the first piece.
  LongList(JobService& service, ListQuery query, std::unique_ptr<ListDocument> document,
           const std::vector<JobReference>& first)
      : service_(service), query_(std::move(query)), left_(query_.last), document_(std::move(document)) {
    take(first);
  }

  Piece pull(std::size_t capacity) override {
    Piece pulled;
    bool wanted = false;
    {
      const std::lock_guard lock(mutex_);
      pulled.bytes = text_.substr(sent_, capacity);
      sent_ += pulled.bytes.size();
      const bool all_sent = sent_ == text_.size();
      pulled.ended = all_sent && ended_;
      pulled.failed = all_sent && failed_;
      wanted = all_sent && !ended_ && !failed_ && !std::exchange(reading_, true);
    }
    if (wanted) read();
    return pulled;
  }

  void on_more(std::function<void()> wake) override {
    const std::lock_guard lock(mutex_);
    wake_ = std::move(wake);
  }

 private:
  /// Called with reading_ set, so no other thread uses query_.
  void read() {
    service_.list(query_, [self = shared_from_this()](const util::Result<std::vector<JobReference>>& jobs) {
      self->on_read(jobs);
    });
  }

  void on_read(const util::Result<std::vector<JobReference>>& jobs) {
    std::function<void()> wake;
    {
      const std::lock_guard lock(mutex_);
      reading_ = false;
      if (jobs.ok()) {
        take(*jobs);
      } else {
        failed_ = true;
      }
      wake = wake_;
    }
    if (wake) wake();
  }

  void take(const std::vector<JobReference>& jobs) {
    text_ = document_->add(jobs);
    sent_ = 0;
    if (left_) *left_ -= static_cast<std::int64_t>(jobs.size());
    ended_ = jobs.size() < static_cast<std::size_t>(piece) || left_ == 0;
    if (ended_) {
      text_ += document_->end(std::nullopt);
    } else {
      query_.beyond = place_of(jobs.back());
      query_.last = std::min(piece, left_.value_or(piece));
    }
  }

  JobService& service_;
  std::mutex mutex_;
  ListQuery query_;
  std::optional<std::int64_t> left_;
  const std::unique_ptr<ListDocument> document_;
  std::string text_;
  std::size_t sent_ = 0;
  bool reading_ = false;
  bool ended_ = false;
  bool failed_ = false;
  std::function<void()> wake_;
};

}  // namespace

void JobTree::list(const RequestPtr& request, const http::Reply& reply) {
  if (const auto fine = check_query_names(*request, query_names()); !fine.ok()) {
    return reply.send(*request, fine.error());
  }
  if (http::wants_events(*request)) return list_events(request, reply);
  auto query = read_list_query(*request);
  if (!query.ok()) return reply.send(*request, query.error());
  const auto as_json = json_wanted(*request);
  if (!as_json.ok()) return reply.send(*request, as_json.error());
  const bool is_page = query->last && *query->last <= largest_page;
  ListQuery first = *query;
  // Asks for one job more than the page has, to see whether there is another page.
  first.last = is_page ? *query->last + 1 : piece;
  service_.list(first, [this, request, reply, json = *as_json, is_page,
                        query = *std::move(query)](util::Result<std::vector<JobReference>> jobs) {
    if (!jobs.ok()) return reply.send(*request, jobs.error());
    const std::string url = jobs_url(*request);
    auto list = json ? list_json(url) : list_xml(url);
    if (!is_page && jobs->size() == static_cast<std::size_t>(piece)) {
      http::Response response = document(json, {});
      tell_ignored_names(*request, query_names(), response);
      response.live = std::make_shared<LongList>(service_, query, std::move(list), *jobs);
      return reply.send(std::move(response));
    }
    std::optional<std::string> next;
    if (is_page && jobs->size() > static_cast<std::size_t>(*query.last)) {
      jobs->resize(*query.last);
      next = next_url(*request, url, place_of(jobs->back()));
    }
    std::string text = list->add(*jobs);
    text += list->end(next);
    http::Response response = document(json, std::move(text));
    tell_ignored_names(*request, query_names(), response);
    if (next) response.headers.set("Link", "<" + *next + ">; rel=\"next\"");
    reply.send(std::move(response));
  });
}

}  // namespace uws::rest
