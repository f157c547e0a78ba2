// A streaming parser for multipart/form-data (RFC 7578, RFC 2046): it passes part heads and bytes on as they arrive.
//
// It keeps at most one part head, or as many bytes as could be the beginning of a boundary. Used by one thread at a
// time. Errors of the sink end the parsing, too.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "http/media_type.h"
#include "util/result.h"

namespace http {

struct PartFields {
  std::string name;
  std::string file_name;
  bool has_file_name = false;
  std::string media_type;  // as sent; when absent text/plain or, for a file, application/octet-stream
};

class MultipartParser {
 public:
  class Sink {
   public:
    virtual ~Sink() = default;
    virtual util::Status on_part(const PartFields& part) = 0;
    virtual util::Status on_data(std::string_view bytes) = 0;
    virtual util::Status on_part_end() = 0;
  };

  MultipartParser(std::string_view boundary, Sink& sink);

  util::Status feed(std::string_view bytes);
  /// An error when the closing boundary has not arrived.
  util::Status finish();

 private:
  enum class State { preamble, after_boundary, head, data, epilogue };

  util::Result<bool> step();
  util::Result<bool> find_boundary();
  util::Result<bool> end_boundary_line();
  util::Result<bool> read_head();

  const std::string delimiter_;  // CR, LF, two dashes and the boundary
  Sink& sink_;
  std::string buffer_;
  State state_ = State::preamble;
};

/// The boundary of a multipart/form-data Content-Type.
util::Result<std::string> boundary_of(const Parameterized& media_type);

}  // namespace http
