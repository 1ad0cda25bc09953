#include "machine/devices/fw_cfg.h"

#include <random>

#include "tests/unit/devices/chip_test.h"

namespace vireo::test {
namespace {

using namespace fw_cfg;

constexpr uint64_t kRequest = 0x1000, kBuffer = 0x2000, kRam = 0x10000;

struct FwCfgBench {
  GuestMemory memory = GuestMemory::on_heap(kRam);
  FwCfg chip{memory};

  void select(uint16_t key) { chip.ports().write(0, 2, key); }
  std::string read(unsigned count) {
    std::string text;
    while (count-- > 0) text += static_cast<char>(in(chip.ports(), 1));
    return text;
  }
  static uint32_t swap(uint32_t value) {
    return value >> 24 | (value >> 8 & 0xff00) | (value << 8 & 0xff0000) | value << 24;
  }
  void start(uint64_t address) {
    chip.dma_ports().write(0, 4, swap(static_cast<uint32_t>(address >> 32)));
    chip.dma_ports().write(4, 4, swap(static_cast<uint32_t>(address)));
  }
  // The control word afterwards.
  uint32_t dma(uint32_t control, uint32_t length, uint64_t address) {
    memory.write(GuestAddr{kRequest}, swap(control));
    memory.write(GuestAddr{kRequest + 4}, swap(length));
    memory.write(GuestAddr{kRequest + 8}, swap(static_cast<uint32_t>(address >> 32)));
    memory.write(GuestAddr{kRequest + 12}, swap(static_cast<uint32_t>(address)));
    start(kRequest);
    return swap(*memory.read<uint32_t>(GuestAddr{kRequest}));
  }
  std::string text_at(uint64_t address, size_t size) {
    std::string text(size, '?');
    memory.read_bytes(GuestAddr{address}, std::as_writable_bytes(std::span(text)));
    return text;
  }
  static std::vector<std::byte> bytes(std::string_view text) {
    const auto all = std::as_bytes(std::span(text));
    return {all.begin(), all.end()};
  }
};

TEST_CASE_FIXTURE(FwCfgBench, "the signature is selected after a reset, and 0 follows an item") {
  CHECK(read(6) == std::string("QEMU\0\0", 6));
  select(kId);
  CHECK(read(4) == std::string("\3\0\0\0", 4));
  CHECK(chip.dma_ports().read(0, 4) == 0x554d4551);
  CHECK(chip.dma_ports().read(4, 4) == 0x47464320);
}

TEST_CASE_FIXTURE(FwCfgBench, "items have a key, numbers are little-endian, texts end with 0") {
  chip.set_number(kRamSize, 0x123456789a, 8);
  chip.set_string(kCommandLineData, "quiet");
  select(kRamSize);
  CHECK(chip.ports().read(1, 1) == 0x9a);
  CHECK(chip.ports().read(1, 1) == 0x78);
  select(kCommandLineData);
  CHECK(read(6) == std::string("quiet\0", 6));
  for (const unsigned key : {0x0au, 0x1fu, 0x20u, 0x8003u, 0x3fffu, 0xffffu}) {
    select(static_cast<uint16_t>(key));
    CHECK(read(1) == std::string(1, '\0'));
  }
}

TEST_CASE_FIXTURE(FwCfgBench, "the directory lists files by name, and each has its key") {
  CHECK(chip.add_file("opt/b", bytes("second")));
  CHECK(chip.add_file("etc/a", bytes("first")));
  CHECK_FALSE(chip.add_file("etc/a", {}));
  CHECK_FALSE(chip.add_file(std::string(56, 'x'), {}));
  select(kFileDirectory);
  CHECK(read(4) == std::string("\0\0\0\2", 4));
  CHECK(read(14) == std::string("\0\0\0\5\0\x20\0\0etc/a\0", 14));
  read(50);
  CHECK(read(14) == std::string("\0\0\0\6\0\x21\0\0opt/b\0", 14));
  select(0x21);
  CHECK(read(7) == std::string("second\0", 7));
}

TEST_CASE_FIXTURE(FwCfgBench, "DMA selects, reads, skips, and fills with zeros behind the end") {
  chip.add_file("etc/a", bytes("0123456789"));
  memory.fill(GuestAddr{kBuffer}, 16, std::byte{'#'});
  CHECK(dma(0x20u << 16 | kDmaSelect | kDmaSkip, 2, 0) == 0);
  CHECK(dma(kDmaRead, 3, kBuffer) == 0);
  CHECK(dma(kDmaSkip, 4, 0) == 0);
  CHECK(dma(kDmaRead, 4, kBuffer + 3) == 0);
  CHECK(text_at(kBuffer, 8) == std::string("2349\0\0\0#", 8));
  CHECK(dma(0xfu << 28 | kDmaSelect | kDmaRead, 2, kBuffer) == 0);
  CHECK(text_at(kBuffer, 3) == std::string("\0\0004", 3));
}

TEST_CASE_FIXTURE(FwCfgBench, "DMA refuses to write, and to leave RAM") {
  chip.add_file("etc/a", bytes("0123456789"));
  CHECK(dma(0x20u << 16 | kDmaSelect | kDmaWrite, 4, kBuffer) == kDmaError);
  CHECK(dma(kDmaRead, 4, kRam - 2) == kDmaError);
  CHECK(dma(kDmaRead, 0xffffffff, kBuffer) == kDmaError);
  CHECK(dma(kDmaRead, 4, UINT64_MAX - 1) == kDmaError);
  CHECK(dma(kDmaSkip, 0xffffffff, 0) == 0);
  CHECK(read(1) == std::string(1, '\0'));
  start(kRam - 8);       // not all of the request is there: nobody can be told
  start(UINT64_MAX - 3);
}

TEST_CASE_FIXTURE(FwCfgBench, "a reset and a snapshot keep what they must") {
  chip.add_file("etc/a", bytes("0123456789"));
  select(0x20);
  read(3);
  chip.dma_ports().write(0, 4, 0x11);
  check_snapshot(chip);
  CHECK(read(1) == "3");
  chip.reset();
  CHECK(read(4) == "QEMU");
}

TEST_CASE_FIXTURE(FwCfgBench, "whatever a guest writes stays within its memory") {
  chip.add_file("etc/a", bytes(std::string(5000, 'a')));
  std::mt19937_64 random(6);
  for (unsigned i = 0; i < 20000; ++i) {
    const uint64_t bits = random();
    const unsigned size = 1u << (bits & 3);
    switch (bits >> 2 & 3) {
      case 0: chip.ports().write(bits >> 8 & 1, bits & 1 ? 2 : 1, bits >> 40 & 0x803f); break;
      case 1: chip.ports().read(1, 1); break;
      case 2: chip.dma_ports().write(bits >> 8 & (8 - size), size, random() & 0xffff); break;
      default: dma(static_cast<uint32_t>(bits >> 8 & 0x803f001f),
                   static_cast<uint32_t>(random() >> (random() & 63)), random() & 0x1ffff);
    }
  }
  chip.reset();
  CHECK(read(4) == "QEMU");
}

}  // namespace
}  // namespace vireo::test
