// Docker before 23 keeps a line in pieces when it is longer than its buffer, and loses the newline at the end of such a
// line; see loses_newlines(). Here it is put back. No thread of its own.
#pragma once

#include <cstddef>
#include <string_view>

namespace docker {

/// Of one stream. Messages are asked for with their details, which end at the first space: so a message without bytes
/// is seen too, which is all that is left of the end of a line that fills the buffer exactly.
class LineMender {
 public:
  enum class End {
    whole,
    newline_owed,  // the last line had one
    unknown,       // the last line is a long one: whether it had one cannot be told
  };

  /// A message begins: is the newline of the one before to be put in front of it?
  bool begin();
  /// The message's own bytes among these, without its details.
  std::string_view take(std::string_view bytes);
  /// There are no more messages.
  End end();

 private:
  enum class Owed { nothing, likely, surely };
  void finish();

  static constexpr std::size_t buffer_bytes = 16384;
  bool is_open_ = false;     // a message
  bool in_details_ = false;  // of it
  std::size_t length_ = 0;   // of it, so far
  char last_ = 0;            // its last byte
  bool in_long_line_ = false;
  bool keeps_newlines_ = false;  // this engine: it has been seen
  Owed owed_ = Owed::nothing;
};

}  // namespace docker
