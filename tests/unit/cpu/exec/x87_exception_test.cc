// An x87 exception that is not masked: #MF at the next instruction that waits (SDM 1 8.7, 3A 6.15
// "Interrupt 16").
#include <doctest/doctest.h>

#include "tests/unit/cpu/exec/system_guest.h"

namespace vireo {
namespace {

constexpr uint64_t kFpData = TestGuest::kData;
constexpr uint16_t kZeroDivideMask = 1u << 2;

// 1 / 0 has been computed, with division by zero not masked.
class PendingGuest : public SystemGuest {
 public:
  PendingGuest() {
    memory.write(GuestAddr{kFpData}, uint16_t{0x37f & ~kZeroDivideMask});
    // fldcw [rbx]; fldz; fld1; fdiv st, st(1)
    cpu.regs[kRbx] = kFpData;
    run({0xd9, 0x2b, 0xd9, 0xee, 0xd9, 0xe8, 0xd8, 0xf1}, 4);
  }
};

using Code = std::initializer_list<uint8_t>;

TEST_CASE("a division by zero that is not masked changes nothing but the status") {
  PendingGuest guest;
  CHECK((guest.cpu.x87.status & 0xff) == 0x84);  // ES and ZE
  CHECK(guest.cpu.x87.st[guest.cpu.x87.top].significand == uint64_t{1} << 63);
  CHECK(guest.cpu.rip == TestGuest::kCode + 8);
}

TEST_CASE("instructions that wait meet #MF, and begin nothing") {
  const Code waiting[] = {{0x9b},               // fwait
                          {0xd9, 0xe8},         // fld1
                          {0xdd, 0x1b},         // fstp qword [rbx]
                          {0xd9, 0x2b},         // fldcw [rbx]
                          {0xd9, 0xd0},         // fnop
                          {0xdd, 0x23},         // frstor [rbx]
                          {0xd9, 0xfe},         // fsin
                          {0x0f, 0x77},         // emms
                          {0x0f, 0x6f, 0x03},   // movq mm0, [rbx]
                          {0x0f, 0x2a, 0xc0}};  // cvtpi2ps xmm0, mm0
  for (const Code& code : waiting) {
    CAPTURE(static_cast<unsigned>(*code.begin()));
    PendingGuest guest;
    const unsigned top = guest.cpu.x87.top;
    const auto frame = guest.fault_of(code);
    CHECK(frame.vector == kVectorMf);
    CHECK(frame.rip == TestGuest::kCode);
    CHECK(guest.cpu.x87.top == top);
    CHECK(guest.memory.read<uint16_t>(GuestAddr{kFpData}) == uint16_t{0x37f & ~kZeroDivideMask});
  }
}

TEST_CASE("instructions that do not wait meet none") {
  const Code others[] = {{0xdb, 0xe2},         // fnclex
                         {0xdb, 0xe3},         // fninit
                         {0xdf, 0xe0},         // fnstsw ax
                         {0xdd, 0x3b},         // fnstsw [rbx]
                         {0xd9, 0x3b},         // fnstcw [rbx]
                         {0xd9, 0x33},         // fnstenv [rbx]
                         {0xdd, 0x33},         // fnsave [rbx]
                         {0x0f, 0xae, 0x03},   // fxsave [rbx]
                         {0x0f, 0x58, 0xc1}};  // addps xmm0, xmm1
  for (const Code& code : others) {
    CAPTURE(static_cast<unsigned>(*code.begin()));
    PendingGuest guest;
    CHECK(guest.run(code, 1) == CpuExit::kBudget);
    CHECK(guest.cpu.rip == TestGuest::kCode + code.size());
  }
}

TEST_CASE("FNCLEX and FNINIT withdraw the exception, a mask that is loaded does so, too") {
  for (const Code& code :
       {Code{0xdb, 0xe2, 0xd9, 0xe8, 0xf4}, Code{0xdb, 0xe3, 0xd9, 0xe8, 0xf4}}) {
    PendingGuest guest;
    CHECK(guest.run(code, 3) == CpuExit::kHalted);
    CHECK(guest.cpu.rip == TestGuest::kCode + 5);
  }
  PendingGuest guest;  // fnstenv [rbx]; or byte [rbx], 4; fldenv [rbx]; fwait; hlt
  guest.run({0xd9, 0x33, 0x80, 0x0b, 0x04, 0xdb, 0xe2, 0xd9, 0x23, 0x9b, 0xf4}, 6);
  CHECK(guest.cpu.rip == TestGuest::kCode + 11);
}

TEST_CASE("an environment that is loaded with a flag that it does not mask makes #MF wait") {
  PendingGuest guest;  // fnstenv [rbx], which masks all; fnclex; fldenv [rbx]; fwait
  guest.run({0xd9, 0x33, 0xdb, 0xe2}, 2);
  guest.memory.write(GuestAddr{kFpData}, uint16_t{0x37f & ~kZeroDivideMask});
  CHECK(guest.fault_of({0xd9, 0x23, 0x9b}).rip == TestGuest::kCode + 2);
}

// Without CR0.NE, FERR# tells of the exception.
class FerrGuest : public PendingGuest {
 public:
  FerrGuest() {
    cpu.cr0 &= ~kCr0Ne;
    cpu.mode_changed();
    cpu.set_ferr_listener([this] { ++told; });
  }
  int told = 0;
};

TEST_CASE("without CR0.NE the processor tells by FERR#, and waits for an interrupt") {
  const Code waiting[] = {{0x9b}, {0xd9, 0xe8}, {0x0f, 0x6f, 0x03}};  // fwait; fld1; movq
  for (const Code& code : waiting) {
    FerrGuest guest;
    const uint64_t before = guest.cpu.retired();
    CHECK(guest.run(code, 1) == CpuExit::kHalted);
    CHECK(guest.told == 1);
    CHECK(guest.cpu.retired() == before);
    CHECK(guest.cpu.rip == TestGuest::kCode);
  }
}

TEST_CASE("IGNNE# lets it go on, for this exception only") {
  FerrGuest guest;
  guest.cpu.ignore_x87_error();
  guest.run({0x9b, 0xd9, 0xe8}, 2);  // fwait; fld1
  CHECK(guest.told == 0);
  CHECK(guest.cpu.rip == TestGuest::kCode + 3);
  // fnclex; fldz; fld1; fdiv st, st(1); fwait
  CHECK(guest.run({0xdb, 0xe2, 0xd9, 0xee, 0xd9, 0xe8, 0xd8, 0xf1, 0x9b}, 5) == CpuExit::kHalted);
  CHECK(guest.told == 1);
}

TEST_CASE("#NM comes before #MF") {
  for (const Code& code : {Code{0x9b}, Code{0xd9, 0xe8}}) {
    PendingGuest guest;
    guest.cpu.cr0 |= kCr0Ts;
    guest.cpu.mode_changed();
    CHECK(guest.fault_of(code).vector == kVectorNm);
  }
}

}  // namespace
}  // namespace vireo
