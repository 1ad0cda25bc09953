// Alignment checking (SDM 3A 6.15 "Interrupt 17").
#include <doctest/doctest.h>

#include "tests/unit/cpu/exec/system_guest.h"

namespace vireo {
namespace {

class AlignmentGuest : public SystemGuest {
 public:
  explicit AlignmentGuest(uint64_t address) {
    enter_user();
    cpu.cr0 |= kCr0Am;
    cpu.rflags |= kFlagAc;
    cpu.mode_changed();
    cpu.regs[kRbx] = address;
    cpu.regs[kRsp] = kUserStack;
    // Whatever the access loads, SSE and x87 take it.
    cpu.cr4 |= kCr4Osfxsr;
  }
};

struct Case {
  std::initializer_list<uint8_t> code;  // [rbx] is the operand
  unsigned alignment;
};

TEST_CASE("each kind of operand has its alignment") {
  for (const Case& c : {
           Case{{0x8a, 0x03}, 1},                    // mov al, [rbx]
           Case{{0x66, 0x8b, 0x03}, 2},              // mov ax, [rbx]
           Case{{0x8b, 0x03}, 4},                    // mov eax, [rbx]
           Case{{0x48, 0x89, 0x03}, 8},              // mov [rbx], rax
           Case{{0x48, 0xff, 0x03}, 8},              // inc qword [rbx]
           Case{{0xf3, 0x0f, 0x10, 0x03}, 4},        // movss xmm0, [rbx]
           Case{{0xf2, 0x0f, 0x11, 0x03}, 8},        // movsd [rbx], xmm0
           Case{{0x0f, 0x10, 0x03}, 16},             // movups xmm0, [rbx]
           Case{{0xf3, 0x0f, 0x7f, 0x03}, 16},       // movdqu [rbx], xmm0
           Case{{0xd9, 0x03}, 4},                    // fld dword [rbx]
           Case{{0xdb, 0x2b}, 8},                    // fld tbyte [rbx]
           Case{{0xd9, 0x33}, 4},                    // fnstenv [rbx]
           Case{{0xdd, 0x33}, 4},                    // fnsave [rbx]
           Case{{0xff, 0x33}, 8},                    // push qword [rbx]
           Case{{0x66, 0x0f, 0x38, 0x30, 0x03}, 8},  // pmovzxbw xmm0, [rbx]
       }) {
    CAPTURE(*c.code.begin());
    CAPTURE(c.alignment);
    for (unsigned offset = 0; offset < 16; ++offset) {
      CAPTURE(offset);
      AlignmentGuest guest(TestGuest::kData + offset);
      guest.fault_of(c.code, 1);
      const bool aligned = offset % c.alignment == 0;
      CHECK((guest.cpu.rip == TestGuest::kCode + c.code.size()) == aligned);
      if (aligned) continue;
      CHECK(guest.frame().vector == kVectorAc);
      CHECK(guest.frame().error == 0);
      CHECK(guest.frame().rip == TestGuest::kCode);
    }
  }
}

TEST_CASE("AM, AC and level 3 are all needed") {
  for (unsigned missing = 0; missing < 4; ++missing) {
    CAPTURE(missing);
    AlignmentGuest guest(TestGuest::kData + 1);
    if (missing == 1) guest.cpu.cr0 &= ~kCr0Am;
    if (missing == 2) guest.cpu.rflags &= ~kFlagAc;
    if (missing == 3) guest.cpu.cpl = 0;
    guest.cpu.mode_changed();
    CHECK((guest.fault_of({0x8b, 0x03}).vector == kVectorAc) == (missing == 0));
  }
}

TEST_CASE("POPF that sets AC is the last unchecked instruction") {
  AlignmentGuest guest(TestGuest::kData + 1);
  guest.cpu.rflags &= ~kFlagAc;
  guest.cpu.mode_changed();
  guest.push(kFlagAc | 2);
  const auto frame = guest.fault_of({0x8b, 0x03, 0x9d, 0x8b, 0x03});
  CHECK(frame.vector == kVectorAc);
  CHECK(frame.rip == TestGuest::kCode + 3);
}

TEST_CASE("a misaligned stack is checked, in IRET as well") {
  AlignmentGuest pushes(0);
  pushes.cpu.regs[kRsp] -= 4;
  CHECK(pushes.fault_of({0x50}).vector == kVectorAc);
  AlignmentGuest returns(0);
  returns.cpu.regs[kRsp] -= 4;
  CHECK(returns.fault_of({0x48, 0xcf}).vector == kVectorAc);
}

TEST_CASE("the handler of a system call is not checked") {
  AlignmentGuest guest(TestGuest::kData + 1);
  guest.cpu.star = uint64_t{SystemGuest::kCode64} << 32;
  guest.cpu.lstar = SystemGuest::kKernelEntry;
  guest.memory.write(GuestAddr{SystemGuest::kKernelEntry}, uint32_t{0x00f4038b});
  guest.run({0x0f, 0x05}, 3);
  CHECK(guest.cpu.halted);
  CHECK(guest.cpu.rip == SystemGuest::kKernelEntry + 3);
}

TEST_CASE("#AC comes before #PF, a non-canonical address before #AC") {
  AlignmentGuest absent((uint64_t{1} << 40) + 1);
  CHECK(absent.fault_of({0x8b, 0x03}).vector == kVectorAc);
  AlignmentGuest far((uint64_t{1} << 62) + 1);
  CHECK(far.fault_of({0x8b, 0x03}).vector == kVectorGp);
}

}  // namespace
}  // namespace vireo
