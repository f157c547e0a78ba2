// Restores newlines in a log. Docker before version 23 splits a line that is longer than its buffer into pieces, and
// loses the newline at the end of such a line; see loses_newlines(). Computes only.
#pragma once

#include <cstddef>
#include <string_view>

namespace docker {

/// Mends one stream. Messages are requested with their details, which end at the first space, so that even a message
/// without bytes is visible. Such a message is all that remains of the end of a line that fills the buffer exactly.
class LineMender {
 public:
  enum class End {
    whole,
    newline_owed,  // the last line had a newline, which is missing
    unknown,       // the last line is a long one, and it is unknown whether it had a newline
  };

  /// A message begins. Returns true if the missing newline of the message before must be inserted first.
  bool begin();
  /// Returns the part of `bytes` that belongs to the message, without the details.
  std::string_view take(std::string_view bytes);
  /// Ends the stream.
  End end();

 private:
  enum class Owed { nothing, likely, surely };
  void finish();

  static constexpr std::size_t buffer_bytes = 16384;
  bool is_open_ = false;     // a message has begun
  bool in_details_ = false;  // in the details of the message
  std::size_t length_ = 0;   // bytes of the message so far
  char last_ = 0;            // last byte of the message so far
  bool in_long_line_ = false;
  bool keeps_newlines_ = false;  // a long line with its newline has been seen, so this engine keeps newlines
  Owed owed_ = Owed::nothing;
};

}  // namespace docker
