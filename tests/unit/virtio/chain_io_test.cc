#include "virtio/queue/chain_io.h"

#include <doctest/doctest.h>

#include <array>
#include <string>
#include <string_view>

#include "tests/unit/pci/pci_testbed.h"

namespace vireo {
namespace {

using testing::Noise;

struct Fixture {
  GuestMemory ram = GuestMemory::on_heap(0x10000);
  DescriptorChain chain{7};

  void readable(uint64_t addr, std::string_view text) {
    ram.write_bytes(GuestAddr{addr}, std::as_bytes(std::span(text)));
    REQUIRE(chain.append(ram, GuestAddr{addr}, static_cast<uint32_t>(text.size()), false));
  }
  void writable(uint64_t addr, uint32_t length) {
    REQUIRE(chain.append(ram, GuestAddr{addr}, length, true));
  }
  static std::string text(std::span<const std::byte> bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }
};

TEST_CASE_FIXTURE(Fixture, "a chain knows its parts and leaves empty descriptors out") {
  readable(0x1000, "abc");
  readable(0x2000, "");
  writable(0x3000, 0);
  writable(0x4000, 9);

  CHECK(chain.id() == 7);
  CHECK(chain.readable().size() == 1);
  CHECK(chain.writable().size() == 1);
  CHECK(chain.readable_bytes() == 3);
  CHECK(chain.writable_bytes() == 9);
}

TEST_CASE_FIXTURE(Fixture, "a reader runs through pieces and refuses more than there is") {
  readable(0x1000, "ab");
  readable(0x2000, "cdef");
  ChainReader reader(ram, chain);
  std::array<std::byte, 5> bytes;

  CHECK(reader.read(bytes));
  CHECK(text(bytes) == "abcde");
  CHECK(reader.remaining() == 1);
  CHECK_FALSE(reader.read(bytes));
  CHECK(reader.read<char>() == 'f');
  CHECK_FALSE(reader.read<char>().has_value());
}

TEST_CASE_FIXTURE(Fixture, "a reader takes nothing from the writable part") {
  readable(0x1000, "ab");
  writable(0x2000, 100);

  CHECK(ChainReader(ram, chain).remaining() == 2);
  CHECK(ChainWriter(ram, chain).remaining() == 100);
}

TEST_CASE_FIXTURE(Fixture, "a writer split in two writes each part and counts its own bytes") {
  writable(0x1000, 3);
  writable(0x2000, 3);
  ChainWriter status(ram, chain);
  ChainWriter data = status.take(5);

  CHECK(status.write(uint8_t{0xee}));
  CHECK(data.write(uint32_t{0x04030201}));

  CHECK(data.written() == 4);
  CHECK(status.written() == 1);
  CHECK(ram.read<uint16_t>(GuestAddr{0x1000}) == 0x0201);
  CHECK(ram.read<uint8_t>(GuestAddr{0x2000}) == 0x04);
  CHECK(ram.read<uint8_t>(GuestAddr{0x2002}) == 0xee);
}

TEST_CASE_FIXTURE(Fixture, "a writer that has no room writes nothing") {
  writable(0x1000, 3);
  ChainWriter writer(ram, chain);

  CHECK_FALSE(writer.write(uint32_t{~0u}));

  CHECK(writer.written() == 0);
  CHECK(ram.read<uint32_t>(GuestAddr{0x1000}) == 0);
}

TEST_CASE_FIXTURE(Fixture, "a cursor cut at random gives every byte once, in order") {
  Noise noise(1);
  uint64_t addr = 0x100;
  uint32_t total = 0;
  for (int i = 0; i < 50; ++i) {
    const uint32_t length = noise.below(40);
    writable(addr, length);
    addr += length;  // adjoining pieces make the expected address easy to tell
    total += length;
  }
  PieceCursor rest(chain.writable());
  uint64_t expected = 0x100;
  while (rest.remaining() > 0) {
    PieceCursor part = rest.take(1 + noise.below(60));
    while (part.remaining() > 0) {
      const MemoryPiece run = part.next(1 + noise.below(30));
      REQUIRE(run.addr.value == expected);
      REQUIRE(run.length > 0);
      expected += run.length;
    }
  }
  CHECK(expected == 0x100 + total);
}

}  // namespace
}  // namespace vireo
