// XSAVE and its relatives: gates, faults, what the initial configuration spares,
// XCR0 (SDM 1 chapter 13).
#include <doctest/doctest.h>

#include "tests/unit/cpu/exec/system_guest.h"

namespace vireo {
namespace {

class XsaveGuest : public SystemGuest {
 public:
  static constexpr uint64_t kArea = 0x300000;

  XsaveGuest() {
    cpu.regs[kRbx] = kArea;
    cpu.regs[kRax] = ~uint64_t{0};
    cpu.regs[kRdx] = ~uint64_t{0};
  }
  uint64_t word(uint64_t offset) {
    return memory.read<uint64_t>(GuestAddr{kArea + offset}).value();
  }
  void set_word(uint64_t offset, uint64_t value) {
    memory.write(GuestAddr{kArea + offset}, value);
  }
  unsigned vector_of(std::initializer_list<uint8_t> code) { return fault_of(code).vector; }
  void step(std::initializer_list<uint8_t> code) { run(code, 1); }
};

constexpr std::initializer_list<uint8_t> kXsave = {0x0f, 0xae, 0x23}, kXrstor = {0x0f, 0xae, 0x2b},
                                         kXsaveopt = {0x0f, 0xae, 0x33},
                                         kXsavec = {0x0f, 0xc7, 0x23}, kXgetbv = {0x0f, 0x01, 0xd0},
                                         kXsetbv = {0x0f, 0x01, 0xd1};

TEST_CASE("without CR4.OSXSAVE they are undefined, with CR0.TS not available") {
  for (const auto& code : {kXsave, kXrstor, kXsaveopt, kXsavec, kXgetbv, kXsetbv}) {
    XsaveGuest guest;
    guest.cpu.cr4 &= ~kCr4Osxsave;
    CHECK(guest.vector_of(code) == kVectorUd);
  }
  for (const auto& code : {kXsave, kXrstor, kXsaveopt, kXsavec}) {
    XsaveGuest guest;
    guest.cpu.cr0 |= kCr0Ts;
    CHECK(guest.vector_of(code) == kVectorNm);
  }
}

TEST_CASE("a model without XSAVE has no CR4.OSXSAVE") {
  SystemGuest guest("x86-64-v2");
  guest.cpu.regs[kRax] = guest.cpu.cr4 | kCr4Osxsave;
  CHECK(guest.fault_of({0x0f, 0x22, 0xe0}).vector == kVectorGp);  // mov cr4, rax
}

TEST_CASE("the area is aligned to 64 bytes") {
  for (const auto& code : {kXsave, kXrstor, kXsaveopt, kXsavec}) {
    XsaveGuest guest;
    guest.cpu.regs[kRbx] += 32;
    CHECK(guest.vector_of(code) == kVectorGp);
  }
}

TEST_CASE("XSAVE writes initial state too but marks it, XSAVEOPT leaves its bytes alone") {
  XsaveGuest guest;
  guest.cpu.vec[3].u64[2] = 5;  // AVX in use, SSE and x87 not
  for (const uint64_t offset : {0, 160, 512, 520, 576, 576 + 48}) guest.set_word(offset, 99);
  guest.set_word(512, 0x1234);
  guest.step(kXsaveopt);
  CHECK(guest.word(0) == 99);
  CHECK(guest.word(160) == 99);
  CHECK(guest.word(576) == 0);
  CHECK(guest.word(576 + 48) == 5);
  CHECK(guest.word(512) == 0x1234 - 0x1234 % 8 + 4);
  CHECK(guest.word(520) == 99);
  guest.step(kXsave);
  CHECK(guest.word(0) == 0x37f);
  CHECK(guest.word(160) == 0);
  CHECK(guest.word(512) == 0x1234 - 0x1234 % 8 + 4);
}

TEST_CASE("XSAVEC leaves no gaps, says so, and keeps MXCSR with SSE") {
  XsaveGuest guest;
  guest.cpu.xcr0 = 0x207;
  guest.cpu.pkru = 0x55555554;
  guest.cpu.regs[kRax] = 0x203;
  guest.set_word(24, 99);
  guest.step(kXsavec);
  CHECK(guest.word(520) == (uint64_t{1} << 63 | 0x203));
  CHECK(guest.word(512) == 0x200);
  CHECK(guest.word(576) == 0x55555554);
  CHECK(guest.word(24) == 99);
  guest.cpu.mxcsr = 0x1fa0;
  guest.cpu.regs[kRax] = 0x203;
  guest.step(kXsavec);
  CHECK(guest.word(512) == 0x202);
  CHECK((guest.word(24) & 0xffffffff) == 0x1fa0);
}

TEST_CASE("XRSTOR gives what is not in the area its initial value") {
  XsaveGuest guest;
  guest.cpu.xcr0 = 0x207;
  guest.cpu.pkru = 4;
  guest.cpu.x87.control = 0x27f;
  guest.cpu.x87.st[2].significand = 7;
  guest.cpu.vec[15].u64[0] = guest.cpu.vec[15].u64[3] = 9;
  guest.set_word(24, 0x1f80);
  guest.step(kXrstor);
  CHECK(guest.cpu.pkru == 0);
  CHECK(guest.cpu.x87.control == 0x37f);
  CHECK(guest.cpu.x87.st[2].significand == 0);
  CHECK(guest.cpu.vec[15].u64[0] == 0);
  CHECK(guest.cpu.vec[15].u64[3] == 0);
}

TEST_CASE("XRSTOR refuses headers that no processor writes") {
  struct Case {
    uint64_t offset, value;
  };
  constexpr uint64_t kCompact = uint64_t{1} << 63;
  for (const Case& c : {Case{512, 8}, Case{512, 0x200}, Case{520, 1}, Case{528, 1},
                        Case{520, kCompact | 8}, Case{520, kCompact | 0x200}}) {
    XsaveGuest guest;
    guest.set_word(24, 0x1f80);
    guest.set_word(c.offset, c.value);
    CAPTURE(c.offset);
    CHECK(guest.vector_of(kXrstor) == kVectorGp);
  }
  XsaveGuest guest;
  guest.set_word(520, kCompact | 3);
  guest.set_word(512, 4);
  CHECK(guest.vector_of(kXrstor) == kVectorGp);
}

TEST_CASE("XRSTOR refuses reserved bits of MXCSR, and then has changed nothing") {
  XsaveGuest guest;
  guest.cpu.vec[1].u64[0] = 3;
  guest.set_word(24, 0x11f80);
  CHECK(guest.vector_of(kXrstor) == kVectorGp);
  CHECK(guest.cpu.vec[1].u64[0] == 3);
}

TEST_CASE("outside 64-bit mode the upper eight registers stay as they are") {
  XsaveGuest guest;
  guest.cpu.segs[kCs] = Segment{SystemGuest::kCode32, 0xc9b, 0xffffffff, 0};
  guest.cpu.mode_changed();
  for (const unsigned n : {7, 8}) guest.cpu.vec[n].u64[0] = guest.cpu.vec[n].u64[2] = 9;
  guest.set_word(24, 0x1f80);
  guest.step(kXrstor);
  CHECK(guest.cpu.vec[7].u64[0] == 0);
  CHECK(guest.cpu.vec[7].u64[2] == 0);
  CHECK(guest.cpu.vec[8].u64[0] == 9);
  CHECK(guest.cpu.vec[8].u64[2] == 9);
}

TEST_CASE("XGETBV reads XCR0 and what of it is in use") {
  XsaveGuest guest;
  guest.cpu.regs[kRcx] = 0;
  guest.step(kXgetbv);
  CHECK(guest.cpu.regs[kRax] == 7);
  CHECK(guest.cpu.regs[kRdx] == 0);
  guest.cpu.vec[0].u64[0] = 1;
  guest.cpu.regs[kRcx] = 1;
  guest.step(kXgetbv);
  CHECK(guest.cpu.regs[kRax] == 2);
  guest.cpu.regs[kRcx] = 2;
  CHECK(guest.vector_of(kXgetbv) == kVectorGp);
}

TEST_CASE("XSETBV takes only sets of components that make sense") {
  struct Case {
    uint64_t value;
    bool good;
  };
  for (const Case& c : {Case{1, true}, Case{3, true}, Case{7, true}, Case{0x207, true},
                        Case{0x201, true}, Case{0, false}, Case{6, false}, Case{5, false},
                        Case{0xf, false}, Case{0xe7, false}}) {
    XsaveGuest guest;
    guest.cpu.regs[kRax] = c.value;
    guest.cpu.regs[kRdx] = guest.cpu.regs[kRcx] = 0;
    CAPTURE(c.value);
    if (c.good) {
      guest.step(kXsetbv);
      CHECK(guest.cpu.xcr0 == c.value);
    } else {
      CHECK(guest.vector_of(kXsetbv) == kVectorGp);
      CHECK(guest.cpu.xcr0 == 7);
    }
  }
}

TEST_CASE("XSETBV is for level 0 and register 0") {
  XsaveGuest guest;
  guest.cpu.regs[kRax] = 3;
  guest.cpu.regs[kRdx] = 0;
  guest.cpu.regs[kRcx] = 1;
  CHECK(guest.vector_of(kXsetbv) == kVectorGp);
  XsaveGuest user;
  user.cpu.regs[kRax] = 3;
  user.cpu.regs[kRdx] = user.cpu.regs[kRcx] = 0;
  user.enter_user();
  CHECK(user.vector_of(kXsetbv) == kVectorGp);
}

TEST_CASE("a page fault in the area's second page leaves the first unwritten") {
  XsaveGuest guest;
  // The large page at 6 MiB is away: AVX state lies there.
  guest.memory.write(GuestAddr{TestGuest::kPml4 + 0x2000 + 3 * 8}, uint64_t{0});
  guest.cpu.regs[kRbx] = 0x600000 - 576;
  const SystemGuest::Frame frame = guest.fault_of(kXsave);
  CHECK(frame.vector == kVectorPf);
  CHECK(guest.cpu.cr2 == 0x600000);
  CHECK(guest.memory.read<uint64_t>(GuestAddr{0x600000 - 576}).value() == 0);
}

}  // namespace
}  // namespace vireo
