// Pictures as files, and what a monitor tells of itself.
#include <doctest/doctest.h>

#include <zlib.h>

#include <numeric>

#include "machine/base/picture.h"

using namespace vireo;

namespace {

Picture sample() {
  Picture picture(3, 2);
  picture.pixels = {0x010203, 0xff0000, 0x00ff00, 0x0000ff, 0x123456, 0xffffff};
  return picture;
}

uint32_t number(const std::vector<std::byte>& bytes, size_t at) {
  uint32_t value = 0;
  for (size_t i = 0; i < 4; ++i) value = value << 8 | std::to_integer<uint32_t>(bytes[at + i]);
  return value;
}

std::string text(const std::vector<std::byte>& bytes, size_t at, size_t length) {
  return {reinterpret_cast<const char*>(bytes.data()) + at, length};
}

}  // namespace

TEST_CASE("PPM is a header and the colours of each pixel") {
  const auto file = as_ppm(sample());
  const std::string header = "P6\n3 2\n255\n";
  REQUIRE(file.size() == header.size() + 18);
  CHECK(text(file, 0, header.size()) == header);
  CHECK(file[header.size()] == std::byte{1});
  CHECK(file[header.size() + 2] == std::byte{3});
  CHECK(file[header.size() + 9 + 2] == std::byte{0xff});
}

TEST_CASE("PNG is a signature and chunks with good checksums, which unpack to the rows") {
  const auto file = as_png(sample());
  CHECK(text(file, 0, 8) == "\x89PNG\r\n\x1a\n");
  std::string names;
  std::vector<std::byte> packed;
  for (size_t at = 8; at < file.size();) {
    const uint32_t length = number(file, at);
    REQUIRE(at + 12 + length <= file.size());
    names += text(file, at + 4, 4) + " ";
    const auto* checked = reinterpret_cast<const Bytef*>(file.data() + at + 4);
    CHECK(number(file, at + 8 + length) == crc32(0, checked, length + 4));
    if (text(file, at + 4, 4) == "IHDR") {
      CHECK(number(file, at + 8) == 3);
      CHECK(number(file, at + 12) == 2);
    }
    if (text(file, at + 4, 4) == "IDAT") {
      packed.assign(file.begin() + static_cast<long>(at) + 8,
                    file.begin() + static_cast<long>(at + 8 + length));
    }
    at += 12 + length;
  }
  CHECK(names == "IHDR IDAT IEND ");
  std::vector<Bytef> rows(100);
  uLongf size = rows.size();
  REQUIRE(uncompress(rows.data(), &size, reinterpret_cast<const Bytef*>(packed.data()),
                     packed.size()) == Z_OK);
  rows.resize(size);
  CHECK(rows == std::vector<Bytef>{0, 1, 2, 3, 0xff, 0, 0, 0, 0xff, 0,  //
                                   0, 0, 0, 0xff, 0x12, 0x34, 0x56, 0xff, 0xff, 0xff});
}

TEST_CASE("EDID has a checksum and the panel's own size first") {
  const Edid edid = make_edid({1280, 800});
  CHECK(std::accumulate(edid.begin(), edid.end(), 0u) % 256 == 0);
  CHECK((edid[56] | (edid[58] & 0xf0) << 4) == 1280);
  CHECK((edid[59] | (edid[61] & 0xf0) << 4) == 800);
  CHECK(make_edid({100000, 0}) == make_edid({4095, 64}));
}
