// Gzip files for tests.
#pragma once

#include <zlib.h>

#include <cstdlib>
#include <string>

namespace vireo {

// One member with `text`; `level` and `strategy` are zlib's.
inline std::string gzip_packed(const std::string& text, int level = 6,
                               int strategy = Z_DEFAULT_STRATEGY) {
  constexpr int kWithHeader = 15 + 16, kMemory = 8;
  z_stream stream{};
  if (deflateInit2(&stream, level, Z_DEFLATED, kWithHeader, kMemory, strategy) != Z_OK) {
    std::abort();
  }
  std::string out(deflateBound(&stream, static_cast<uLong>(text.size())) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  if (deflate(&stream, Z_FINISH) != Z_STREAM_END) std::abort();
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

// Bytes that repeat in part, other ones for another `seed`.
inline std::string mixed_text(size_t bytes, uint32_t seed) {
  std::string text;
  uint32_t noise = seed;
  while (text.size() < bytes) {
    noise = noise * 1664525 + 1013904223;
    const size_t back = 1 + (noise >> 8) % 30000;
    if (noise % 3 == 0 && text.size() > back) {
      text += text.substr(text.size() - back, 40);
    } else {
      text += static_cast<char>(noise >> 24);
    }
  }
  text.resize(bytes);
  return text;
}

}  // namespace vireo
