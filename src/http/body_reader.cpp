#include "http/body_reader.h"

#include <optional>
#include <string>
#include <utility>

#include "http/form.h"
#include "http/media_type.h"
#include "http/multipart.h"
#include "util/text.h"

namespace http {
namespace {

using util::ErrorCode;

constexpr std::size_t most_file_parts = 1000;
constexpr std::size_t longest_small_value = 64U << 10U;

class NoBody : public BodyReader {
 public:
  util::Status write(std::string_view) override { return body_too_large(0); }
  util::Status finish() override { return {}; }
  bool has_files() const override { return false; }
  std::uint64_t limit() const override { return 0; }
  std::uint64_t buffered() const override { return 0; }
};

class IgnoredBody : public BodyReader {
 public:
  explicit IgnoredBody(std::uint64_t limit) : limit_(limit), left_(limit) {}

  util::Status write(std::string_view bytes) override {
    if (bytes.size() > left_) return body_too_large(limit_);
    left_ -= bytes.size();
    return {};
  }
  util::Status finish() override { return {}; }
  bool has_files() const override { return false; }
  std::uint64_t limit() const override { return limit_; }
  std::uint64_t buffered() const override { return 0; }

 private:
  const std::uint64_t limit_;
  std::uint64_t left_;
};

class WholeBody : public BodyReader {
 public:
  WholeBody(Request& request, std::uint64_t limit) : request_(request), limit_(limit) {}

  util::Status write(std::string_view bytes) override {
    if (bytes.size() > limit_ - request_.body.size()) return body_too_large(limit_);
    request_.body += bytes;
    return {};
  }
  util::Status finish() override {
    request_.body_size_bytes = request_.body.size();
    return {};
  }
  bool has_files() const override { return false; }
  std::uint64_t limit() const override { return limit_; }
  std::uint64_t buffered() const override { return request_.body.size(); }

 protected:
  Request& request_;

 private:
  const std::uint64_t limit_;
};

class UrlencodedBody : public WholeBody {
 public:
  UrlencodedBody(Request& request, const BodyLimits& limits)
      : WholeBody(request, limits.document_bytes), most_pairs_(limits.parameters) {}

  util::Status finish() override {
    request_.body_size_bytes = request_.body.size();
    const std::string body = std::exchange(request_.body, {});
    RETURN_IF_ERROR(check_is_form(body));
    ASSIGN_OR_RETURN(request_.form, parse_pairs(body, most_pairs_ - request_.query.size(), "form"));
    return {};
  }

 private:
  const std::size_t most_pairs_;
};

class StreamedBody : public BodyReader {
 public:
  StreamedBody(Request& request, const Route& route, std::uint64_t limit, OpenUpload open_upload)
      : request_(request), route_(route), limit_(limit), open_upload_(std::move(open_upload)) {}

  util::Status open() {
    RETURN_IF_ERROR(open_upload_());
    ASSIGN_OR_RETURN(sink_, route_.make_sink(request_, {"", "", request_.media_type}));
    return {};
  }

  util::Status write(std::string_view bytes) override {
    if (bytes.size() > limit_ - request_.body_size_bytes) return body_too_large(limit_);
    request_.body_size_bytes += bytes.size();
    return sink_ ? sink_->write(bytes) : keep(bytes);
  }
  util::Status finish() override {
    if (!sink_) return {};
    RETURN_IF_ERROR(sink_->finish());
    RETURN_IF_ERROR(sink_->sync());
    request_.sink = std::move(sink_);
    return {};
  }
  bool has_files() const override { return sink_ != nullptr; }
  std::uint64_t limit() const override { return limit_; }
  std::uint64_t buffered() const override { return request_.body.size(); }

 private:
  /// Appends to a value that is kept in memory; opens the sink once the value is no longer small.
  util::Status keep(std::string_view bytes) {
    request_.body += bytes;
    if (request_.body.size() <= longest_small_value) return {};
    RETURN_IF_ERROR(open());
    return sink_->write(std::exchange(request_.body, {}));
  }

  Request& request_;
  const Route& route_;
  const std::uint64_t limit_;
  const OpenUpload open_upload_;
  std::shared_ptr<util::ByteSink> sink_;
};

class MultipartBody : public BodyReader, MultipartParser::Sink {
 public:
  MultipartBody(Request& request, const Route& route, const BodyLimits& limits, std::string_view boundary,
                OpenUpload open_upload)
      : request_(request),
        route_(route),
        limits_(limits),
        open_upload_(std::move(open_upload)),
        parser_(boundary, *this) {}

  util::Status write(std::string_view bytes) override {
    if (bytes.size() > limits_.upload_bytes - request_.body_size_bytes) return body_too_large(limits_.upload_bytes);
    request_.body_size_bytes += bytes.size();
    return parser_.feed(bytes);
  }
  util::Status finish() override {
    RETURN_IF_ERROR(parser_.finish());
    for (const UploadedPart& part : request_.parts) RETURN_IF_ERROR(part.sink->sync());
    return {};
  }
  bool has_files() const override { return !request_.parts.empty(); }
  std::uint64_t limit() const override { return limits_.upload_bytes; }
  std::uint64_t buffered() const override { return field_bytes_; }

 private:
  util::Status on_part(const PartFields& part) override {
    const auto type = parse_media_type(part.media_type);
    const bool is_field = !part.has_file_name && type && type->word == "text/plain";
    return is_field ? begin_field(part) : begin_file(part);
  }

  util::Status begin_field(const PartFields& part) {
    if (request_.form.size() + request_.query.size() >= limits_.parameters) {
      return too_many_pairs(limits_.parameters, "form");
    }
    request_.form.emplace_back(part.name, "");
    field_bytes_ += part.name.size();
    return {};
  }

  util::Status begin_file(const PartFields& part) {
    if (!route_.make_sink) {
      return util::Error::of(
          ErrorCode::unsupported_media,
          util::Fault{util::for_display(part.name), "is a file, and none is taken here", "plain fields"});
    }
    if (request_.parts.size() >= most_file_parts) {
      return util::Error::of(ErrorCode::too_large, util::Fault{"multipart body", "holds too many files",
                                                               "at most " + std::to_string(most_file_parts)});
    }
    if (!std::exchange(upload_opened_, true)) RETURN_IF_ERROR(open_upload_());
    UploadedPart upload{part.name, part.file_name, part.media_type, 0, nullptr};
    ASSIGN_OR_RETURN(upload.sink, route_.make_sink(request_, {part.name, part.file_name, part.media_type}));
    file_ = std::move(upload);
    return {};
  }

  util::Status on_data(std::string_view bytes) override {
    if (file_) {
      file_->size_bytes += bytes.size();
      return file_->sink->write(bytes);
    }
    if (field_bytes_ + bytes.size() > limits_.document_bytes) {
      return util::Error::of(ErrorCode::too_large,
                             util::Fault{util::for_display(request_.form.back().first), "is too long",
                                         "plain fields of together " + std::to_string(limits_.document_bytes) +
                                             " bytes; send more as a file"});
    }
    field_bytes_ += bytes.size();
    request_.form.back().second += bytes;
    return {};
  }

  util::Status on_part_end() override {
    if (!file_) return check_pair_text(request_.form.back().second, request_.form.back().first);
    RETURN_IF_ERROR(file_->sink->finish());
    request_.parts.push_back(*std::exchange(file_, std::nullopt));
    return {};
  }

  Request& request_;
  const Route& route_;
  const BodyLimits limits_;
  const OpenUpload open_upload_;
  MultipartParser parser_;
  bool upload_opened_ = false;
  std::optional<UploadedPart> file_;  // the part that is being read, if it is a file
  std::uint64_t field_bytes_ = 0;
};

util::Status check_coding(const Request& request) {
  const auto coding = request.headers.get("Content-Encoding");
  if (!coding || util::iequals(*coding, "identity")) return {};
  return util::Error::of(ErrorCode::unsupported_media,
                         util::Fault{"Content-Encoding", "is not understood", "a body that is not encoded"});
}

util::Result<Parameterized> media_type_of(const Request& request) {
  const auto fields = request.headers.all("Content-Type");
  if (fields.empty()) return Parameterized{"application/octet-stream", {}};
  auto type = parse_media_type(fields.front());
  if (fields.size() > 1 || !type) {
    return util::Error::of(ErrorCode::unsupported_media,
                           util::Fault{"Content-Type", "is not one media type", "a type as in application/json"});
  }
  return *std::move(type);
}

}  // namespace

util::Error body_too_large(std::uint64_t limit) {
  return util::Error::of(
      ErrorCode::too_large,
      util::Fault{"body", "is too large", limit == 0 ? "no body" : "at most " + std::to_string(limit) + " bytes"});
}

util::Result<std::unique_ptr<BodyReader>> make_body_reader(Request& request, const Route& route,
                                                           const BodyLimits& limits, OpenUpload open_upload) {
  using Made = std::unique_ptr<BodyReader>;
  if (route.body == BodyKind::none) {
    // Some JavaScript libraries send a body with each DELETE.
    if (request.method == Method::delete_) return Made(std::make_unique<IgnoredBody>(limits.document_bytes));
    return Made(std::make_unique<NoBody>());
  }
  RETURN_IF_ERROR(check_coding(request));
  ASSIGN_OR_RETURN(const Parameterized type, media_type_of(request));
  request.media_type = type.word;
  if (route.body == BodyKind::stream || route.body == BodyKind::value) {
    auto body = std::make_unique<StreamedBody>(request, route, limits.upload_bytes, std::move(open_upload));
    if (route.body == BodyKind::stream) RETURN_IF_ERROR(body->open());
    return Made(std::move(body));
  }
  if (route.body == BodyKind::form && type.word == "application/x-www-form-urlencoded") {
    return Made(std::make_unique<UrlencodedBody>(request, limits));
  }
  if (route.body == BodyKind::form && type.word == "multipart/form-data") {
    ASSIGN_OR_RETURN(const std::string boundary, boundary_of(type));
    return Made(std::make_unique<MultipartBody>(request, route, limits, boundary, std::move(open_upload)));
  }
  return Made(std::make_unique<WholeBody>(request, limits.document_bytes));
}

}  // namespace http
