// Text for the far end of a channel, as terminals and QEMU's clients want its lines.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

#include "machine/base/byte_channel.h"

namespace vireo {

// Each line ends in CR LF: a terminal in raw mode needs both. In pieces, as a channel drops what
// is larger than the buffer in which it waits for its reader.
inline void write_lines(ByteChannel& channel, std::string_view text) {
  constexpr size_t kPiece = 16 * 1024;
  std::string out;
  for (const char c : text) {
    if (c == '\n') out += '\r';
    out += c;
  }
  for (size_t at = 0; at < out.size(); at += kPiece) {
    const size_t count = std::min(kPiece, out.size() - at);
    channel.write({reinterpret_cast<const uint8_t*>(out.data()) + at, count});
  }
}

}  // namespace vireo
