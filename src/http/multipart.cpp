#include "http/multipart.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "util/text.h"

namespace http {
namespace {

constexpr std::size_t most_head_bytes = 8U << 10U;
constexpr std::size_t most_padding_bytes = 256;  // blanks after a boundary

util::Error malformed(std::string reason, std::string accepted = "a body as in RFC 7578") {
  return util::Error::of(util::ErrorCode::invalid_argument,
                         util::Fault{"multipart body", std::move(reason), std::move(accepted)});
}

util::Status read_disposition(std::string_view value, PartFields& part) {
  const auto disposition = parse_parameterized(value);
  const std::string* name = disposition ? disposition->parameter("name") : nullptr;
  if (!disposition || disposition->word != "form-data" || name == nullptr) {
    return malformed("has a part whose Content-Disposition is not understood", "form-data; name=\"...\"");
  }
  part.name = *name;
  if (const std::string* file_name = disposition->parameter("filename")) {
    part.file_name = *file_name;
    part.has_file_name = true;
  }
  if (const std::string* extended = disposition->parameter("filename*")) {
    constexpr std::string_view prefix = "utf-8''";
    const bool known = util::iequals(std::string_view(*extended).substr(0, prefix.size()), prefix);
    const auto decoded = known ? util::percent_decode(std::string_view(*extended).substr(prefix.size())) : std::nullopt;
    if (!decoded) return malformed("has a part whose filename* is not understood", "filename*=UTF-8''...");
    part.file_name = *decoded;
    part.has_file_name = true;
  }
  for (const std::string* text : {&part.name, &part.file_name}) {
    const bool clean = std::none_of(text->begin(), text->end(),
                                    [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
    if (!clean || !util::is_utf8(*text)) {
      return malformed("has a part whose name or file name holds control characters or is not UTF-8", "UTF-8 text");
    }
  }
  return {};
}

util::Status read_encoding(std::string_view value) {
  for (const std::string_view identity : {"binary", "8bit", "7bit"}) {
    if (util::iequals(value, identity)) return {};
  }
  return util::Error::of(util::ErrorCode::unsupported_media,
                         util::Fault{"Content-Transfer-Encoding", "is not understood", "binary, 8bit or 7bit"});
}

util::Status read_field(std::string_view line, PartFields& part, bool& has_disposition) {
  const auto colon = line.find(':');
  if (colon == std::string_view::npos || !is_token(line.substr(0, colon))) {
    return malformed("has a part with a malformed header line");
  }
  const std::string_view name = line.substr(0, colon);
  const std::string_view value = util::trim(line.substr(colon + 1));
  if (util::iequals(name, "Content-Disposition")) {
    if (std::exchange(has_disposition, true)) return malformed("has a part with two Content-Disposition fields");
    return read_disposition(value, part);
  }
  if (util::iequals(name, "Content-Type")) {
    // Some clients send an empty type or "None" when they know no type.
    if (value.empty() || util::iequals(value, "None")) return {};
    if (!parse_media_type(value)) return malformed("has a part whose Content-Type is not a media type");
    part.media_type = value;
  }
  if (util::iequals(name, "Content-Transfer-Encoding")) return read_encoding(value);
  return {};
}

util::Result<PartFields> read_fields(std::string_view head) {
  PartFields part;
  bool has_disposition = false;
  while (!head.empty()) {
    const auto end = head.find("\r\n");
    const std::string_view line = head.substr(0, end);
    if (line.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos) {
      return malformed("has a part with a malformed header line");
    }
    RETURN_IF_ERROR(read_field(line, part, has_disposition));
    head.remove_prefix(std::min(head.size(), line.size() + 2));
  }
  if (!has_disposition) return malformed("has a part without Content-Disposition", "form-data; name=\"...\"");
  if (part.media_type.empty()) part.media_type = part.has_file_name ? "application/octet-stream" : "text/plain";
  return part;
}

}  // namespace

util::Result<std::string> boundary_of(const Parameterized& media_type) {
  const std::string* boundary = media_type.parameter("boundary");
  const bool usable = boundary != nullptr && !boundary->empty() && boundary->size() <= 70 && boundary->back() != ' ' &&
                      std::all_of(boundary->begin(), boundary->end(), [](char c) { return c >= 0x20 && c < 0x7F; });
  if (!usable) {
    return util::Error::of(util::ErrorCode::invalid_argument,
                           util::Fault{"Content-Type", "has no usable boundary", "boundary= with 1 to 70 characters"});
  }
  return *boundary;
}

MultipartParser::MultipartParser(std::string_view boundary, Sink& sink)
    : delimiter_("\r\n--" + std::string(boundary)), sink_(sink), buffer_("\r\n") {}  // the first boundary has none

util::Status MultipartParser::feed(std::string_view bytes) {
  if (state_ == State::epilogue) return {};
  buffer_ += bytes;
  bool more = true;
  while (more) {
    ASSIGN_OR_RETURN(more, step());
  }
  return {};
}

util::Status MultipartParser::finish() {
  if (state_ != State::epilogue) return malformed("ends before the closing boundary");
  return {};
}

/// False when more bytes are needed.
util::Result<bool> MultipartParser::step() {
  switch (state_) {
    case State::preamble:
    case State::data:
      return find_boundary();
    case State::after_boundary:
      return end_boundary_line();
    case State::head:
      return read_head();
    case State::epilogue:
      break;
  }
  buffer_.clear();
  return false;
}

util::Result<bool> MultipartParser::find_boundary() {
  const bool in_part = state_ == State::data;
  const auto at = buffer_.find(delimiter_);
  const bool found = at != std::string::npos;
  // Without a delimiter, the last bytes may still be the beginning of one.
  const std::size_t ready = found ? at : buffer_.size() - std::min(buffer_.size(), delimiter_.size() - 1);
  if (in_part && ready > 0) RETURN_IF_ERROR(sink_.on_data(std::string_view(buffer_).substr(0, ready)));
  buffer_.erase(0, found ? at + delimiter_.size() : ready);
  if (!found) return false;
  if (in_part) RETURN_IF_ERROR(sink_.on_part_end());
  state_ = State::after_boundary;
  return true;
}

util::Result<bool> MultipartParser::end_boundary_line() {
  if (buffer_.size() < 2) return false;
  if (buffer_.starts_with("--")) {
    state_ = State::epilogue;
    return true;
  }
  const auto text = std::min(buffer_.find_first_not_of(" \t"), buffer_.size());
  if (text > most_padding_bytes) return malformed("has a boundary line that does not end");
  if (text + 2 > buffer_.size()) return false;
  if (buffer_.compare(text, 2, "\r\n") != 0) return malformed("has more than a boundary on a boundary line");
  buffer_.erase(0, text);  // the CRLF stays, so that read_head() also finds the end of a head without fields
  state_ = State::head;
  return true;
}

util::Result<bool> MultipartParser::read_head() {
  constexpr std::string_view empty_line = "\r\n\r\n";
  const auto end = buffer_.find(empty_line);
  // Without an empty line, the last bytes may still be the beginning of one.
  if (std::min(end, buffer_.size() - std::min(buffer_.size(), empty_line.size() - 1)) > most_head_bytes) {
    return malformed("has a part with too long a head", "at most " + std::to_string(most_head_bytes) + " bytes");
  }
  if (end == std::string::npos) return false;
  const std::size_t begin = std::min<std::size_t>(2, end);  // after the boundary line's CRLF
  ASSIGN_OR_RETURN(const PartFields part, read_fields(std::string_view(buffer_).substr(begin, end - begin)));
  RETURN_IF_ERROR(sink_.on_part(part));
  buffer_.erase(0, end + empty_line.size());
  state_ = State::data;
  return true;
}

}  // namespace http
