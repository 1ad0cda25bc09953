// Expansion ROMs that are made for another form of a device.
#include "machine/board/virtio/adapt_rom.h"

#include <doctest/doctest.h>

#include <vector>

using namespace vireo;

namespace {

constexpr size_t kData = 0x1c;

std::vector<std::byte> image(unsigned vendor, unsigned device, unsigned code_type = 0) {
  std::vector<std::byte> all(1536, std::byte{0x5a});
  const auto put = [&all](size_t at, std::initializer_list<unsigned> bytes) {
    for (const unsigned byte : bytes) all[at++] = static_cast<std::byte>(byte);
  };
  put(0, {0x55, 0xaa, 2});
  put(0x18, {kData, 0, 'x', 'x', 'P', 'C', 'I', 'R', vendor & 0xff, vendor >> 8, device & 0xff,
             device >> 8});
  put(kData + 20, {code_type});
  return all;
}

unsigned sum(const std::vector<std::byte>& all, size_t length) {
  unsigned sum = 0;
  for (size_t i = 0; i < length; ++i) sum += std::to_integer<unsigned>(all[i]);
  return sum & 0xff;
}

}  // namespace

TEST_CASE("an image for the modern form serves the transitional one, with its checksum") {
  auto rom = image(0x1af4, 0x1041);
  adapt_rom(rom, 0x1af4, 0x1000);
  CHECK(rom[kData + 6] == std::byte{0x00});
  CHECK(rom[kData + 7] == std::byte{0x10});
  CHECK(sum(rom, 1024) == 0);
  CHECK(rom[1024] == std::byte{0x5a});
}

TEST_CASE("other images stay as they are") {
  const auto untouched = [](std::vector<std::byte> rom) {
    const auto before = rom;
    adapt_rom(rom, 0x1af4, 0x1000);
    return rom == before;
  };
  CHECK(untouched(image(0x1af4, 0x1000)));
  CHECK(untouched(image(0x8086, 0x1041)));
  CHECK(untouched(image(0x1af4, 0x1041, 3)));
  CHECK(untouched({}));
  auto short_of_data = image(0x1af4, 0x1041);
  short_of_data[0x18] = std::byte{0xff};
  short_of_data[0x19] = std::byte{0xff};
  CHECK(untouched(short_of_data));
  auto too_long = image(0x1af4, 0x1041);
  too_long[2] = std::byte{4};
  CHECK(untouched(too_long));
}
