#include "machine/devices/ioapic.h"

#include "tests/unit/devices/chip_test.h"

namespace vireo::test {
namespace {

constexpr uint32_t kMasked = 1u << 16;
constexpr uint32_t kLevel = 1u << 15;
constexpr uint32_t kRemoteIrr = 1u << 14;

struct IoApicFixture {
  TestMessages messages;
  IoApic ioapic{messages, 2};

  uint32_t read(uint8_t index) {
    ioapic.write(0x00, 4, index);
    return static_cast<uint32_t>(ioapic.read(0x10, 4));
  }
  void write(uint8_t index, uint32_t value) {
    ioapic.write(0x00, 4, index);
    ioapic.write(0x10, 4, value);
  }
  void route(unsigned pin, uint32_t low, uint32_t high = 0) {
    write(static_cast<uint8_t>(0x11 + 2 * pin), high);
    write(static_cast<uint8_t>(0x10 + 2 * pin), low);
  }
  uint32_t entry(unsigned pin) { return read(static_cast<uint8_t>(0x10 + 2 * pin)); }
};

TEST_CASE_FIXTURE(IoApicFixture, "ioapic identifies itself with 24 masked pins") {
  CHECK(read(0) == 0x02000000);
  CHECK(read(1) == 0x00170020);
  for (unsigned pin = 0; pin < 24; ++pin) CHECK(entry(pin) == kMasked);
  CHECK(read(0x50) == 0);
}

TEST_CASE_FIXTURE(IoApicFixture, "ioapic sends an edge as a message") {
  route(4, 0x0931, 0x03000000);  // logical, lowest priority
  ioapic.set_input(4, true);
  REQUIRE(messages.sent.size() == 1);
  CHECK(messages.sent[0].address == 0xfee0300c);
  CHECK(messages.sent[0].data == 0x4131);
  ioapic.set_input(4, false);
  ioapic.set_input(4, true);
  CHECK(messages.sent.size() == 2);
}

TEST_CASE_FIXTURE(IoApicFixture, "ioapic loses edges on a masked pin") {
  route(4, kMasked | 0x31);
  ioapic.set_input(4, true);
  route(4, 0x31);
  CHECK(messages.sent.empty());
}

TEST_CASE_FIXTURE(IoApicFixture, "ioapic level interrupt waits for its end") {
  route(16, kLevel | 0x41);
  ioapic.set_input(16, true);
  CHECK(messages.sent.size() == 1);
  CHECK(messages.sent[0].data == 0xc041);
  CHECK(entry(16) == (kLevel | kRemoteIrr | 0x41));
  ioapic.set_input(16, false);
  ioapic.set_input(16, true);
  CHECK(messages.sent.size() == 1);
  ioapic.eoi(0x41);
  CHECK(messages.sent.size() == 2);
  ioapic.set_input(16, false);
  ioapic.eoi(0x41);
  CHECK(messages.sent.size() == 2);
  CHECK(entry(16) == (kLevel | 0x41));
}

TEST_CASE_FIXTURE(IoApicFixture, "ioapic level interrupt appears when unmasked") {
  route(16, kMasked | kLevel | 0x41);
  ioapic.set_input(16, true);
  CHECK(messages.sent.empty());
  route(16, kLevel | 0x41);
  CHECK(messages.sent.size() == 1);
}

TEST_CASE_FIXTURE(IoApicFixture, "ioapic EOI register ends one vector") {
  route(16, kLevel | 0x41);
  route(17, kLevel | 0x42);
  ioapic.set_input(16, true);
  ioapic.set_input(17, true);
  ioapic.set_input(16, false);
  ioapic.write(0x40, 4, 0x41);
  CHECK(entry(16) == (kLevel | 0x41));
  CHECK(entry(17) == (kLevel | kRemoteIrr | 0x42));
}

TEST_CASE_FIXTURE(IoApicFixture,
                  "ioapic switching to edge clears remote IRR, which is not writable") {
  route(16, kLevel | 0x41);
  ioapic.set_input(16, true);
  route(16, kMasked | kLevel | 0x41);
  CHECK(entry(16) == (kMasked | kLevel | kRemoteIrr | 0x41));
  ioapic.set_input(16, false);
  route(16, kMasked | 0x41);
  CHECK(entry(16) == (kMasked | 0x41));
  route(16, kMasked | kLevel | kRemoteIrr | 0x41);
  CHECK(entry(16) == (kMasked | kLevel | 0x41));
}

TEST_CASE_FIXTURE(IoApicFixture, "ioapic ignores narrow data accesses and pins out of range") {
  ioapic.write(0x00, 1, 0x10);
  ioapic.write(0x10, 1, 0x31);
  CHECK(entry(0) == kMasked);
  CHECK(ioapic.read(0x10, 2) == 0);
  ioapic.set_input(24, true);
  CHECK(messages.sent.empty());
}

TEST_CASE_FIXTURE(IoApicFixture, "ioapic snapshot") {
  route(16, kLevel | 0x41, 0x01000000);
  ioapic.set_input(16, true);
  check_snapshot(ioapic);
  CHECK(entry(16) == (kLevel | kRemoteIrr | 0x41));
}

}  // namespace
}  // namespace vireo::test
