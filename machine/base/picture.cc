#include "machine/base/picture.h"

#include <fmt/format.h>
#include <zlib.h>

#include <span>
#include <string_view>

#include "machine/base/plain_bytes.h"

namespace vireo {
namespace {

using Bytes = std::vector<std::byte>;

void put_text(Bytes& out, std::string_view text) {
  for (const char c : text) out.push_back(static_cast<std::byte>(c));
}

void put_number(Bytes& out, uint32_t value) { append_big_endian(out, value, 4); }

void put_row(Bytes& out, const Picture& picture, unsigned y) {
  for (unsigned x = 0; x < picture.size.width; ++x) append_big_endian(out, picture.row(y)[x], 3);
}

// Length, name, content, checksum of the last two.
void put_chunk(Bytes& out, std::string_view name, std::span<const std::byte> content) {
  put_number(out, static_cast<uint32_t>(content.size()));
  const size_t begin = out.size();
  put_text(out, name);
  out.insert(out.end(), content.begin(), content.end());
  const auto* checked = reinterpret_cast<const Bytef*>(out.data() + begin);
  put_number(out, static_cast<uint32_t>(
                      crc32(0, checked, static_cast<uInt>(out.size() - begin))));
}

Bytes deflated(const Bytes& plain) {
  uLongf size = compressBound(static_cast<uLong>(plain.size()));
  Bytes packed(size);
  compress2(reinterpret_cast<Bytef*>(packed.data()), &size,
            reinterpret_cast<const Bytef*>(plain.data()), static_cast<uLong>(plain.size()),
            Z_BEST_SPEED);
  packed.resize(size);
  return packed;
}

}  // namespace

Bytes as_png(const Picture& picture) {
  Bytes rows;
  rows.reserve(picture.pixels.size() * 3 + picture.size.height);
  for (unsigned y = 0; y < picture.size.height; ++y) {
    rows.push_back(std::byte{0});  // not filtered
    put_row(rows, picture, y);
  }
  Bytes out;
  put_text(out, "\x89PNG\r\n\x1a\n");
  Bytes header;
  put_number(header, picture.size.width);
  put_number(header, picture.size.height);
  for (const int byte : {8, 2, 0, 0, 0}) header.push_back(static_cast<std::byte>(byte));  // RGB
  put_chunk(out, "IHDR", header);
  put_chunk(out, "IDAT", deflated(rows));
  put_chunk(out, "IEND", {});
  return out;
}

Bytes as_ppm(const Picture& picture) {
  Bytes out;
  put_text(out, fmt::format("P6\n{} {}\n255\n", picture.size.width, picture.size.height));
  for (unsigned y = 0; y < picture.size.height; ++y) put_row(out, picture, y);
  return out;
}

}  // namespace vireo
