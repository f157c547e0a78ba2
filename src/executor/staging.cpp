#include "executor/staging.h"

#include <utility>

#include "util/quantity.h"
#include "util/text.h"

namespace executor {
namespace {

constexpr std::size_t at_a_time = 4;

using util::ErrorCode;

util::Error failed(const task::Input& input, ErrorCode code, const std::string& why) {
  return util::Error::of(code, "input " + util::for_display(input.path, 200) + " could not be fetched from " +
                                   util::for_display(input.uri, 300) + ": " + why);
}

}  // namespace

/// Written on the net thread while the call runs, read on the loop once it is done.
struct InputFetch::Transfer {
  explicit Transfer(task::Input what) : input(std::move(what)) {}

  void on_head(store::BlobStore& blobs, std::uint64_t limit, const net::Response& head) {
    status = head.status;
    if (status != 200) return;
    auto created = blobs.create(limit);
    if (created.ok()) {
      writer = std::move(created).value();
    } else {
      trouble = std::move(created).error();
    }
  }

  bool on_data(std::string_view bytes) {
    if (!writer) return false;
    if (auto written = writer->write(bytes); !written.ok()) {
      trouble = std::move(written).error();
      return false;
    }
    return true;
  }

  /// The stored input, or the error if it could not be fetched.
  util::Result<StoredInput> finish(const util::Result<net::Response>& answer, const InputOptions& options) {
    if (trouble && trouble->code != ErrorCode::too_large) {
      return failed(input, ErrorCode::unavailable, "it could not be written: " + trouble->message);
    }
    if (status != 0 && status != 200) {
      const bool may_pass = status >= 500 || status == 429;
      return failed(input, may_pass ? ErrorCode::unavailable : ErrorCode::not_found,
                    "the server answers " + std::to_string(status));
    }
    if (trouble || (!answer.ok() && answer.error().code == ErrorCode::too_large)) {
      return failed(input, ErrorCode::too_large, "it is larger than " + util::format_bytes(options.max_bytes));
    }
    if (!answer.ok()) return failed(input, answer.error().code, answer.error().message);
    if (auto finished = writer->finish(); !finished.ok()) {
      return failed(input, ErrorCode::unavailable, "it could not be written: " + finished.error().message);
    }
    return StoredInput{writer->id(), writer->size()};
  }

  task::Input input;
  long status = 0;
  std::unique_ptr<store::BlobWriter> writer;
  std::optional<util::Error> trouble;
};

std::vector<task::Input> InputFetch::by_url(const task::ContainerTask& task) {
  std::vector<task::Input> inputs;
  for (const task::Input& input : task.inputs) {
    if (!input.uri.empty()) inputs.push_back(input);
  }
  return inputs;
}

InputFetch::InputFetch(Context context, std::vector<task::Input> inputs, Listener listener)
    : context_(std::move(context)),
      waiting_(inputs.begin(), inputs.end()),
      total_(inputs.size()),
      listener_(std::move(listener)) {}

void InputFetch::start() { start_next(); }

void InputFetch::start_next() {
  if (over_) return;
  if (waiting_.empty() && running_.empty()) {
    over_ = true;
    return listener_.done(std::move(fetched_));
  }
  while (!waiting_.empty() && running_.size() < at_a_time) {
    auto transfer = std::make_shared<Transfer>(std::move(waiting_.front()));
    waiting_.pop_front();
    const auto limit = static_cast<std::uint64_t>(context_.options.max_bytes);
    net::Call call;
    call.url = transfer->input.uri;
    call.policy = context_.addresses;
    if (context_.trace) call.headers.emplace_back("traceparent", context_.trace->traceparent());
    call.lane = net::Lane::transfer;
    call.timeout = context_.options.timeout;
    call.connect_timeout = std::chrono::seconds{10};
    call.max_response_bytes = limit;
    call.on_head = [transfer, limit, &blobs = context_.blobs](const net::Response& head) {
      transfer->on_head(blobs, limit, head);
    };
    call.on_data = [transfer](std::string_view bytes) { return transfer->on_data(bytes); };
    running_[transfer->input.path] = context_.client.start(
        std::move(call),
        [weak = weak_from_this(), poster = context_.poster, transfer](util::Result<net::Response> answer) {
          poster([weak, transfer, answer = std::move(answer)] {
            if (const auto self = weak.lock()) self->on_done(transfer, answer);
          });
        });
  }
  const std::size_t ready = fetched_.size();
  listener_.progress({"fetching inputs, " + std::to_string(ready) + " of " + std::to_string(total_) + " are here",
                      static_cast<int>(100 * ready / total_)});
}

void InputFetch::on_done(const std::shared_ptr<Transfer>& transfer, const util::Result<net::Response>& answer) {
  if (over_) return;
  running_.erase(transfer->input.path);
  auto stored = transfer->finish(answer, context_.options);
  if (!stored.ok()) return fail(std::move(stored).error());
  fetched_[transfer->input.path] = *stored;
  start_next();
}

void InputFetch::fail(util::Error error) {
  cancel();
  listener_.done(std::move(error));
}

void InputFetch::cancel() {
  over_ = true;
  for (const auto& [path, handle] : running_) handle.cancel();
  running_.clear();
  for (const auto& [path, stored] : fetched_) (void)context_.blobs.remove(stored.blob);
  fetched_.clear();
}

}  // namespace executor
