// Code and page tables where there is no RAM: what the processor does is what
// the bytes say that the bus gives, all ones where nobody answers.
#include <doctest/doctest.h>

#include "tests/unit/cpu/mmu/paging_guest.h"

namespace vireo {
namespace {

constexpr uint64_t kEnd = TestGuest::kRam, kDevice = 0xd0000000;

// A device whose every byte is the low byte of its offset.
struct Pattern : IoHandler {
  uint64_t read(uint64_t offset, unsigned size) override {
    ++reads;
    uint64_t value = 0;
    for (unsigned i = 0; i < size; ++i) value |= ((offset + i) & 0xff) << 8 * i;
    return value;
  }
  void write(uint64_t, unsigned, uint64_t) override { ++writes; }
  unsigned reads = 0, writes = 0;
};

struct OffRamGuest : SystemGuest {
  Frame run_at(uint64_t rip, uint64_t instructions = 16) {
    cpu.halted = false;
    cpu.regs[kRsp] = kStack;
    cpu.rip = rip;
    cpu.run(instructions);
    return frame();
  }
};

TEST_CASE("a jump to where there is no memory is #UD of FF FF") {
  OffRamGuest guest;
  for (const uint64_t at : {kEnd, kEnd + 0xfff, uint64_t{0xfffffffe}, uint64_t{0xfffff000}}) {
    const auto frame = guest.run_at(at);
    CHECK(frame.vector == kVectorUd);
    CHECK(frame.rip == at);
  }
}

TEST_CASE("code that runs off the end of RAM") {
  OffRamGuest guest;
  guest.memory.write(GuestAddr{kEnd - 3}, uint16_t{0x9090});
  guest.memory.write(GuestAddr{kEnd - 1}, uint8_t{0x90});
  const auto frame = guest.run_at(kEnd - 3);
  CHECK(frame.vector == kVectorUd);
  CHECK(frame.rip == kEnd);
}

TEST_CASE("an instruction with its tail beyond RAM takes all ones from there") {
  OffRamGuest guest;
  guest.memory.write(GuestAddr{kEnd - 2}, uint16_t{0x34b8});  // mov eax, 0xffffff34
  for (int i = 0; i < 3; ++i) {
    guest.cpu.regs[kRax] = 0;
    guest.run_at(kEnd - 2, 1);
    CHECK(guest.cpu.regs[kRax] == 0xffffff34);
    CHECK(guest.cpu.rip == kEnd + 3);
  }
}

TEST_CASE("code in a device's registers runs as they read, each time anew") {
  OffRamGuest guest;
  Pattern device;
  const auto mapping = guest.mmio.map(kDevice, 0x1000, device, "pattern");
  guest.cpu.regs[kRax] = 0;
  guest.run_at(kDevice + 0x04, 1);  // add al, 5
  CHECK(guest.cpu.regs[kRax] == 5);
  CHECK(guest.cpu.rip == kDevice + 6);
  const unsigned reads = device.reads;
  guest.run_at(kDevice + 0x04, 1);
  CHECK(guest.cpu.regs[kRax] == 10);
  CHECK(device.reads == 2 * reads);
}

TEST_CASE("a page that straddles nothing: a table entry beyond RAM is not present") {
  PagingGuest guest;
  for (const uint64_t table : {kEnd, uint64_t{0xff000000}, uint64_t{0xff'fffff000}}) {
    guest.set_level(2, table | kAllRights);
    guest.flush();
    CHECK(PagingGuest::page_fault(guest.read()) == 0);
    CHECK(PagingGuest::page_fault(guest.write()) == 2);
  }
}

TEST_CASE("walks do not touch devices") {
  PagingGuest guest;
  Pattern device;
  const auto mapping = guest.mmio.map(kDevice, 0x1000, device, "pattern");
  guest.set_level(2, kDevice | kAllRights);
  CHECK(PagingGuest::page_fault(guest.read()) == 0);
  CHECK(device.reads == 0);
  CHECK(device.writes == 0);
}

TEST_CASE("a CR3 beyond RAM: no handler can be found, the processor shuts down") {
  PagingGuest guest;
  guest.cpu.regs[kRax] = kEnd;
  CHECK(guest.run({0x0f, 0x22, 0xd8, 0x90}, 10) == CpuExit::kTripleFault);
}

TEST_CASE("the stack and the tables of descriptors may lie in nothing, too") {
  OffRamGuest guest;
  guest.cpu.regs[kRsp] = kEnd + 0x100;
  guest.run({0x50, 0x5b, 0xf4}, 3);  // push rax; pop rbx: lost, all ones come back
  CHECK(guest.cpu.regs[kRbx] == ~uint64_t{0});
  guest.cpu.gdtr.base = kEnd;
  // mov eax, 8; mov ds, eax: the descriptor is all ones, execute-only code is not
  // among what that says, so it is a conforming, readable code segment.
  guest.run({0xb8, 8, 0, 0, 0, 0x8e, 0xd8}, 2);
  CHECK(guest.cpu.segs[kDs].selector == 8);
  guest.cpu.idtr.base = kEnd;
  CHECK(guest.run({0x0f, 0x0b}, 10) == CpuExit::kTripleFault);
}

TEST_CASE("a store to a physical page beyond the processor's width is a reserved bit") {
  PagingGuest guest;
  guest.set_level(1, uint64_t{1} << 40 | kAllRights);
  CHECK(PagingGuest::page_fault(guest.write()) == 0xb);
  guest.set_level(1, uint64_t{1} << 39 | kAllRights);
  guest.flush();
  CHECK(PagingGuest::page_fault(guest.write()) == -1);
}

TEST_CASE("fetching over the end of the lower half is #GP at the instruction's start") {
  PagingGuest guest;
  constexpr uint64_t kLast = 0x7fff'fffff000;
  guest.memory.write(GuestAddr{TestGuest::kPml4 + 8 * 255}, PagingGuest::kPdpt | kAllRights);
  guest.memory.write(GuestAddr{PagingGuest::kPdpt + 8 * 511}, PagingGuest::kDirectory | kAllRights);
  guest.memory.write(GuestAddr{PagingGuest::kDirectory + 8 * 511},
                     PagingGuest::kTable | kAllRights);
  guest.memory.write(GuestAddr{PagingGuest::kTable + 8 * 511}, PagingGuest::kFrame | kAllRights);
  guest.memory.write(GuestAddr{PagingGuest::kFrame + 0xffe}, uint16_t{0x34b8});
  guest.cpu.rip = kLast + 0xffe;
  guest.cpu.run(16);
  CHECK(guest.frame().vector == kVectorGp);
  CHECK(guest.frame().rip == kLast + 0xffe);
  guest.memory.write(GuestAddr{PagingGuest::kFrame + 0xffe}, uint16_t{0x9090});
  guest.cpu.halted = false;
  guest.cpu.regs[kRsp] = TestGuest::kStack;
  guest.cpu.rip = kLast + 0xffe;
  guest.cpu.run(16);
  CHECK(guest.frame().vector == kVectorGp);
  CHECK(guest.frame().rip == kLast + 0x1000);
}

}  // namespace
}  // namespace vireo
