#include "machine/host/host_ram.h"

#include <doctest/doctest.h>

#include <utility>

namespace vireo {
namespace {

TEST_CASE("RAM is zeroed, writable and rounded up to pages") {
  auto ram = HostRam::allocate(5000);
  REQUIRE(ram.ok());
  CHECK(ram->size() == 8192);
  CHECK(ram->data()[8191] == std::byte{0});
  ram->data()[8191] = std::byte{7};
  CHECK(ram->data()[8191] == std::byte{7});
}

TEST_CASE("RAM far larger than the host's costs nothing until touched") {
  auto ram = HostRam::allocate(uint64_t{512} << 30);
  REQUIRE(ram.ok());
  CHECK(ram->data()[uint64_t{500} << 30] == std::byte{0});
}

TEST_CASE("regions show parts of the RAM at guest addresses") {
  auto ram = HostRam::allocate(0x4000);
  REQUIRE(ram.ok());
  GuestMemory memory({ram->region(GuestAddr{0}, 0, 0x2000),
                      ram->region(GuestAddr{uint64_t{4} << 30}, 0x2000, 0x2000)});
  CHECK(memory.write(GuestAddr{(uint64_t{4} << 30) + 1}, uint8_t{9}));
  CHECK(ram->data()[0x2001] == std::byte{9});
  CHECK_FALSE(memory.contains(GuestAddr{0x2000}, 1));
}

TEST_CASE("an impossible size is an error with a cure") {
  const auto ram = HostRam::allocate(uint64_t{1} << 62);
  REQUIRE_FALSE(ram.ok());
  CHECK(ram.error().message.find("-m") != std::string::npos);
}

TEST_CASE("moving RAM moves ownership") {
  auto first = HostRam::allocate(4096);
  REQUIRE(first.ok());
  HostRam second = std::move(*first);
  CHECK(first->data() == nullptr);
  CHECK(second.size() == 4096);
}

TEST_CASE("released pages read as zeros, and can be used again") {
  auto ram = HostRam::allocate(0x3000);
  REQUIRE(ram.ok());
  for (const size_t at : {0x0, 0x1000, 0x2000}) ram->data()[at] = std::byte{1};
  release_pages(ram->data() + 0x1000, 0x1000);
  CHECK(ram->data()[0] == std::byte{1});
  CHECK(ram->data()[0x1000] == std::byte{0});
  CHECK(ram->data()[0x2000] == std::byte{1});
  ram->data()[0x1000] = std::byte{2};
  CHECK(ram->data()[0x1000] == std::byte{2});
}

}  // namespace
}  // namespace vireo
