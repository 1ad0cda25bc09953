// Hardware task switches (SDM 3A chapter 7).
#include <doctest/doctest.h>

#include "tests/unit/cpu/exec/legacy_guest.h"

namespace vireo {
namespace {

struct TaskGuest : LegacyGuest {
  static constexpr uint16_t kOther = 0x48, kGate = 0x50;  // of the GDT
  static constexpr uint64_t kOtherTss = 0x25000;
  static constexpr uint32_t kOtherEntry = 0x110000, kOtherStack = 0x218000;
  static constexpr uint64_t kBusy = uint64_t{2} << 40;

  TaskGuest() {
    set_descriptor(kTssSelector, 0x00008b0000000067 | kTss << 16);
    set_descriptor(kOther, 0x0000890000000067 | kOtherTss << 16);
    set_descriptor(kGate, uint64_t{kOther} << 16 | 0x0000850000000000);
    field(kOtherTss, 0x20, kOtherEntry);
    field(kOtherTss, 0x24, 2);
    field(kOtherTss, 0x28, 0xa0a0a0a0);
    field(kOtherTss, 0x38, kOtherStack);
    field(kOtherTss, 0x4c, kCode32);
    for (const unsigned at : {0x48u, 0x50u, 0x54u}) field(kOtherTss, at, SystemGuest::kData);
    put(kOtherEntry, {0xf4});
  }

  void field(uint64_t tss, unsigned at, uint32_t value) {
    memory.write(GuestAddr{tss + at}, value);
  }
  uint32_t field(uint64_t tss, unsigned at) {
    return memory.read<uint32_t>(GuestAddr{tss + at}).value();
  }
  bool busy(uint16_t selector) { return descriptor(selector) & kBusy; }
  void jump(uint16_t selector, uint64_t count = 1) {
    run({0xea, 0, 0, 0, 0, static_cast<uint8_t>(selector), 0, 0x90}, count);
  }
  void call(uint16_t selector, uint64_t count = 1) {
    run({0x9a, 0, 0, 0, 0, static_cast<uint8_t>(selector), 0, 0xf4}, count);
  }
};

TEST_CASE("a jump to a TSS saves one task and loads the other") {
  TaskGuest guest;
  guest.cpu.regs[kRbx] = 0x1234;
  guest.jump(TaskGuest::kOther);
  CHECK(guest.cpu.rip == TaskGuest::kOtherEntry);
  CHECK(guest.cpu.regs[kRax] == 0xa0a0a0a0);
  CHECK(guest.cpu.regs[kRsp] == TaskGuest::kOtherStack);
  CHECK(guest.cpu.tr.selector == TaskGuest::kOther);
  CHECK((guest.cpu.cr0 & kCr0Ts) != 0);
  CHECK(guest.field(SystemGuest::kTss, 0x20) == TestGuest::kCode + 7);
  CHECK(guest.field(SystemGuest::kTss, 0x34) == 0x1234);
  CHECK(!guest.busy(SystemGuest::kTssSelector));
  CHECK(guest.busy(TaskGuest::kOther));
}

TEST_CASE("CALL nests and IRET returns, through a task gate as well") {
  for (const uint16_t selector : {TaskGuest::kOther, TaskGuest::kGate}) {
    TaskGuest guest;
    guest.put(TaskGuest::kOtherEntry, {0xcf});
    guest.call(selector);
    CHECK((guest.cpu.rflags & kFlagNt) != 0);
    CHECK(guest.field(TaskGuest::kOtherTss, 0) == SystemGuest::kTssSelector);
    CHECK(guest.busy(SystemGuest::kTssSelector));
    guest.cpu.run(1);
    CHECK(guest.cpu.rip == TestGuest::kCode + 7);
    CHECK((guest.cpu.rflags & kFlagNt) == 0);
    CHECK((guest.field(TaskGuest::kOtherTss, 0x24) & kFlagNt) == 0);
    CHECK(!guest.busy(TaskGuest::kOther));
  }
}

TEST_CASE("a fault through a task gate gives the error code to the task's stack") {
  TaskGuest guest;
  guest.memory.write(GuestAddr{SystemGuest::kIdt + kVectorGp * 8},
                     uint64_t{TaskGuest::kOther} << 16 | 0x0000850000000000);
  guest.cpu.regs[kRax] = 0x1000;
  guest.run({0x8e, 0xd8}, 2);
  CHECK(guest.cpu.halted);
  CHECK(guest.cpu.tr.selector == TaskGuest::kOther);
  CHECK(guest.cpu.regs[kRsp] == TaskGuest::kOtherStack - 4);
  CHECK(guest.stack(0) == 0x1000);
  CHECK(guest.field(SystemGuest::kTss, 0x20) == TestGuest::kCode);
  CHECK((guest.field(SystemGuest::kTss, 0x24) & kFlagRf) != 0);
}

TEST_CASE("a fault of the new task is reported there, and the jump counts as done") {
  for (const bool stepped : {false, true}) {
    TaskGuest guest;
    guest.field(TaskGuest::kOtherTss, 0x54, 0x1000);  // DS
    guest.load(std::initializer_list<uint8_t>{0xea, 0, 0, 0, 0, TaskGuest::kOther, 0});
    if (stepped) {
      for (int i = 0; i < 4; ++i) guest.cpu.run(1);
    } else {
      guest.cpu.run(4);
    }
    const auto fault = guest.fault();
    CHECK(fault.vector == kVectorTs);
    CHECK(fault.error == 0x1000);
    CHECK(fault.eip == TaskGuest::kOtherEntry);
    CHECK(guest.cpu.tr.selector == TaskGuest::kOther);
    CHECK(guest.cpu.retired() == 2);  // the jump and the handler's HLT
  }
}

TEST_CASE("an event's fault in the new task counts as one while it was delivered") {
  TaskGuest guest;
  guest.memory.write(GuestAddr{SystemGuest::kIdt + kVectorGp * 8},
                     uint64_t{TaskGuest::kOther} << 16 | 0x0000850000000000);
  guest.field(TaskGuest::kOtherTss, 0x54, 0x1000);
  guest.cpu.regs[kRax] = 0x1000;
  CHECK(guest.fault({0x8e, 0xd8}, 4).vector == kVectorDf);
}

TEST_CASE("TSSs that cannot be entered leave the old task alone") {
  struct Case {
    uint64_t descriptor;
    unsigned vector;
  };
  for (const Case c : {Case{0x00008b0000000067, kVectorGp}, Case{0x0000090000000067, kVectorNp},
                       Case{0x0000890000000066, kVectorTs}}) {
    TaskGuest guest;
    guest.set_descriptor(TaskGuest::kOther, c.descriptor | TaskGuest::kOtherTss << 16);
    guest.jump(TaskGuest::kOther, 4);
    const auto fault = guest.fault();
    CHECK(fault.vector == c.vector);
    CHECK(fault.error == TaskGuest::kOther);
    CHECK(fault.eip == TestGuest::kCode);
    CHECK(guest.cpu.tr.selector == SystemGuest::kTssSelector);
    CHECK(guest.busy(SystemGuest::kTssSelector));
  }
}

// With a GDT whose descriptor of the other task is in a page that may be read only.
struct PagedTaskGuest : TaskGuest {
  static constexpr uint64_t kSplit = 0x28000, kDirectory = 0x2a000, kPages = 0x2b000;
  static constexpr uint64_t kNewGdt = kSplit - kOther;

  explicit PagedTaskGuest(bool writable) {
    for (uint16_t selector = 8; selector < kGdtEntries * 8; selector += 8) {
      memory.write(GuestAddr{kNewGdt + selector}, descriptor(selector));
    }
    cpu.gdtr.base = kNewGdt;
    memory.write(GuestAddr{kDirectory}, uint32_t{kPages | 3});
    for (uint32_t page = 0; page < 1024; ++page) {
      const bool only_read = page << 12 == kSplit && !writable;
      memory.write(GuestAddr{kPages + 4 * page}, page << 12 | (only_read ? 1u : 3u));
    }
    field(kOtherTss, 0x1c, kDirectory);
    cpu.cr3 = kDirectory;
    cpu.cr0 |= kCr0Pg | kCr0Wp;
    cpu.mode_changed();
  }
  bool busy_now(uint16_t selector) {
    return memory.read<uint64_t>(GuestAddr{kNewGdt + selector}).value() & kBusy;
  }
};

TEST_CASE("a switch that faults before it is made leaves both busy bits") {
  for (const bool writable : {false, true}) {
    PagedTaskGuest guest(writable);
    guest.jump(TaskGuest::kOther, writable ? 1 : 2);
    CHECK((guest.fault().vector == kVectorPf) != writable);
    CHECK(guest.cpu.tr.selector == (writable ? TaskGuest::kOther : SystemGuest::kTssSelector));
    CHECK(guest.busy_now(SystemGuest::kTssSelector) != writable);
    CHECK(guest.busy_now(TaskGuest::kOther) == writable);
  }
}

TEST_CASE("a task has its own page directory and clears local breakpoints") {
  TaskGuest guest;
  guest.cpu.cr4 = kCr4Pse;
  guest.memory.write(GuestAddr{0x40000}, uint32_t{0x83});
  guest.memory.write(GuestAddr{0x41000}, uint32_t{0x83});
  guest.cpu.cr3 = 0x40000;
  guest.cpu.cr0 |= kCr0Pg;
  guest.cpu.dr[7] = 0x5ff;
  guest.cpu.mode_changed();
  guest.field(TaskGuest::kOtherTss, 0x1c, 0x41000);
  guest.jump(TaskGuest::kOther);
  CHECK(guest.cpu.cr3 == 0x41000);
  CHECK(guest.cpu.dr[7] == 0x4aa);
}

TEST_CASE("the T bit is #DB with DR6.BT before the task's first instruction") {
  TaskGuest guest;
  guest.field(TaskGuest::kOtherTss, 0x64, 0x680001);
  guest.jump(TaskGuest::kOther, 4);
  CHECK(guest.fault().vector == kVectorDb);
  CHECK(guest.fault().eip == TaskGuest::kOtherEntry);
  CHECK((guest.cpu.dr[6] & kDr6Bt) != 0);
}

TEST_CASE("long mode has no task switches") {
  SystemGuest guest;
  guest.memory.write(GuestAddr{TestGuest::kData + 4}, SystemGuest::kTssSelector);
  guest.cpu.regs[kRax] = TestGuest::kData;
  const auto frame = guest.fault_of({0xff, 0x28});  // jmp far [rax]
  CHECK(frame.vector == kVectorGp);
  CHECK(frame.error == SystemGuest::kTssSelector);
}

}  // namespace
}  // namespace vireo
