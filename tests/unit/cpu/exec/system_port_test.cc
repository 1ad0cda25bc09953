// IN, OUT and their string forms (SDM 1, 19).
#include <doctest/doctest.h>

#include <vector>

#include "tests/unit/cpu/exec/system_guest.h"

namespace vireo {
namespace {

struct Access {
  uint64_t offset;
  unsigned size;
  uint64_t value;
  uint64_t instructions;
  bool operator==(const Access&) const = default;
};

// Remembers what was written and when; reads count up.
struct Recorder : IoHandler {
  explicit Recorder(VirtualClock& clock) : clock(clock) {}
  uint64_t read(uint64_t, unsigned) override { return ++reads; }
  void write(uint64_t offset, unsigned size, uint64_t value) override {
    writes.push_back({offset, size, value, clock.instructions()});
  }
  VirtualClock& clock;
  uint64_t reads = 0;
  std::vector<Access> writes;
};

struct PortGuest : SystemGuest {
  Recorder device{clock};
  IoMapping mapping = ports.map(0x100, 8, device, "recorder");
};

TEST_CASE("OUT reaches the device at its exact instruction count") {
  PortGuest guest;
  guest.cpu.regs[kRax] = 0x11223344;
  guest.cpu.regs[kRdx] = 0x104;
  guest.run({0x90, 0x90, 0xef, 0xee}, 4);  // nop; nop; out dx, eax; out dx, al
  CHECK(guest.device.writes == std::vector<Access>{{4, 4, 0x11223344, 2}, {4, 1, 0x44, 3}});
}

TEST_CASE("IN writes only its part of RAX, and 32 bits clear the rest") {
  PortGuest guest;
  guest.cpu.regs[kRax] = ~uint64_t{0};
  guest.cpu.regs[kRdx] = 0x100;
  guest.run({0xec});
  CHECK(guest.cpu.regs[kRax] == 0xffffffffffffff01);
  guest.run({0x48, 0xed});
  CHECK(guest.cpu.regs[kRax] == 2);
}

TEST_CASE("a user needs IOPL or the bitmap of the TSS") {
  PortGuest refused;
  refused.enter_user();
  refused.cpu.regs[kRdx] = 0x100;
  const auto frame = refused.fault_of({0xec});
  CHECK(frame.vector == kVectorGp);
  CHECK(frame.error == 0);
  CHECK(refused.device.reads == 0);

  PortGuest mapped;
  mapped.cpu.tr.limit = 0x68 + 0x2000;
  mapped.memory.fill(GuestAddr{SystemGuest::kTss + 0x68}, 0x2001, std::byte{0xff});
  mapped.memory.write(GuestAddr{SystemGuest::kTss + 0x68 + 0x20}, uint8_t{0xfe});
  mapped.enter_user();
  mapped.cpu.regs[kRdx] = 0x100;
  mapped.run({0xec});
  CHECK(mapped.device.reads == 1);
  CHECK(mapped.fault_of({0x66, 0xed}).vector == kVectorGp);  // the second port is closed

  PortGuest iopl;
  iopl.enter_user();
  iopl.cpu.rflags |= kFlagIopl;
  iopl.cpu.regs[kRdx] = 0x100;
  iopl.run({0xec});
  CHECK(iopl.device.reads == 1);
}

TEST_CASE("REP OUTSB sends each byte, REP INSW stores each word") {
  PortGuest guest;
  guest.memory.write(GuestAddr{TestGuest::kData}, uint32_t{0x44332211});
  guest.cpu.regs[kRsi] = TestGuest::kData;
  guest.cpu.regs[kRdi] = TestGuest::kData + 16;
  guest.cpu.regs[kRcx] = 3;
  guest.cpu.regs[kRdx] = 0x101;
  guest.run({0xf3, 0x6e, 0xf4}, 10);
  REQUIRE(guest.device.writes.size() == 3);
  CHECK(guest.device.writes[2].value == 0x33);
  CHECK(guest.cpu.regs[kRsi] == TestGuest::kData + 3);
  CHECK(guest.cpu.regs[kRcx] == 0);
  guest.cpu.halted = false;
  guest.cpu.regs[kRcx] = 2;
  guest.run({0xf3, 0x66, 0x6d, 0xf4}, 10);
  CHECK(guest.memory.read<uint32_t>(GuestAddr{TestGuest::kData + 16}) == 0x00020001);
  CHECK(guest.device.reads == 2);
}

TEST_CASE("INS takes nothing from the device when its destination faults") {
  PortGuest guest;
  guest.cpu.regs[kRdi] = uint64_t{5} << 30;
  guest.cpu.regs[kRdx] = 0x100;
  const auto frame = guest.fault_of({0x6c});
  CHECK(frame.vector == kVectorPf);
  CHECK(frame.error == 2);
  CHECK(guest.device.reads == 0);
}

TEST_CASE("REP with a count of zero does nothing") {
  PortGuest guest;
  guest.cpu.regs[kRcx] = 0;
  guest.cpu.regs[kRdx] = 0x100;
  guest.run({0xf3, 0x6c, 0x90}, 1);
  CHECK(guest.cpu.rip == TestGuest::kCode + 2);
  CHECK(guest.device.reads == 0);
}

}  // namespace
}  // namespace vireo
