// Floating-point rows whose results the architecture leaves open, or which hold
// pointers and reserved bits that processors treat differently.
#include <doctest/doctest.h>

#include <cmath>

#include "tests/unit/cpu/exec/system_guest.h"
#include "tests/unit/cpu/native/random.h"

namespace vireo {
namespace {

struct FpRowGuest : SystemGuest {
  FpRowGuest() {
    cpu.regs[kRbx] = TestGuest::kData;
    cpu.cr4 |= kCr4Osxsave;
    cpu.xcr0 = 7;
    cpu.mode_changed();
  }
};

TEST_CASE("reciprocals and their roots are right to 1.5 * 2^-12") {
  FpRowGuest guest;
  Random random(5);
  for (unsigned i = 0; i < 200; ++i) {
    const float x = std::ldexp(1.0f + static_cast<float>(random.below(1 << 20)) / (1 << 20),
                               static_cast<int>(random.below(100)) - 50);
    const auto check = [&](std::initializer_list<uint8_t> code, float exact) {
      for (float& lane : guest.cpu.vec[0].f32) lane = x;
      guest.run(code);
      const float got = guest.cpu.vec[1].f32[0];
      CHECK(std::fabs(got / exact - 1) <= 1.5f / 4096);
    };
    check({0x0f, 0x53, 0xc8}, 1 / x);                   // rcpps xmm1, xmm0
    check({0xf3, 0x0f, 0x53, 0xc8}, 1 / x);             // rcpss
    check({0x0f, 0x52, 0xc8}, 1 / std::sqrt(x));        // rsqrtps
    check({0xf3, 0x0f, 0x52, 0xc8}, 1 / std::sqrt(x));  // rsqrtss
    check({0xc5, 0xf8, 0x53, 0xc8}, 1 / x);             // vrcpps xmm1, xmm0
    check({0xc5, 0xfa, 0x53, 0xc8}, 1 / x);             // vrcpss xmm1, xmm0, xmm0
    check({0xc5, 0xf8, 0x52, 0xc8}, 1 / std::sqrt(x));  // vrsqrtps
    check({0xc5, 0xfa, 0x52, 0xc8}, 1 / std::sqrt(x));  // vrsqrtss
  }
}

TEST_CASE("CVTPI2PS converts two integers into the low half") {
  FpRowGuest guest;
  guest.memory.write(GuestAddr{TestGuest::kData}, int32_t{-7});
  guest.memory.write(GuestAddr{TestGuest::kData + 4}, int32_t{1 << 30});
  guest.cpu.vec[0].u64[1] = 0x1234;
  guest.run({0x0f, 0x2a, 0x03});  // cvtpi2ps xmm0, [rbx]
  CHECK(guest.cpu.vec[0].f32[0] == -7.0f);
  CHECK(guest.cpu.vec[0].f32[1] == 1073741824.0f);
  CHECK(guest.cpu.vec[0].u64[1] == 0x1234);
}

TEST_CASE("LDMXCSR takes what is defined and refuses the rest") {
  FpRowGuest guest;
  guest.memory.write(GuestAddr{TestGuest::kData}, uint32_t{0x7fa5});
  guest.run({0x0f, 0xae, 0x13});
  CHECK(guest.cpu.mxcsr == 0x7fa5);
  guest.cpu.mxcsr = 0x1f80;
  guest.run({0xc5, 0xf8, 0xae, 0x13});  // vldmxcsr [rbx]
  CHECK(guest.cpu.mxcsr == 0x7fa5);
  guest.memory.write(GuestAddr{TestGuest::kData}, uint32_t{0x10000});
  CHECK(guest.fault_of({0x0f, 0xae, 0x13}).vector == kVectorGp);
}

TEST_CASE("FXRSTOR gives back what FXSAVE stored") {
  FpRowGuest guest;
  guest.cpu.vec[3].u64[0] = 0x1122334455667788;
  guest.cpu.mxcsr = 0x3f80;
  guest.run({0xd9, 0xeb, 0xd9, 0xe8, 0x48, 0x0f, 0xae, 0x03}, 3);  // fldpi; fld1; fxsave64 [rbx]
  const X87State saved = guest.cpu.x87;
  guest.cpu.x87 = {};
  guest.cpu.vec[3].u64[0] = 0;
  guest.cpu.mxcsr = 0x1f80;
  guest.run({0x48, 0x0f, 0xae, 0x0b});  // fxrstor64 [rbx]
  CHECK(guest.cpu.vec[3].u64[0] == 0x1122334455667788);
  CHECK(guest.cpu.mxcsr == 0x3f80);
  CHECK(guest.cpu.x87.top == saved.top);
  CHECK(guest.cpu.x87.empty == saved.empty);
  CHECK(guest.cpu.x87.st[7].significand == saved.st[7].significand);
  guest.cpu.regs[kRbx] += 8;
  CHECK(guest.fault_of({0x48, 0x0f, 0xae, 0x03}).vector == kVectorGp);
}

TEST_CASE("FLDENV and FRSTOR give back what FNSTENV and FNSAVE stored") {
  FpRowGuest guest;
  guest.run({0xd9, 0xeb, 0xd9, 0xe8, 0xd9, 0x33}, 3);  // fldpi; fld1; fnstenv [rbx]
  CHECK(guest.cpu.x87.control == 0x037f);
  CHECK(guest.cpu.x87.top == 6);
  const uint64_t pi = guest.cpu.x87.st[7].significand;
  guest.run({0xdb, 0xe3, 0xd9, 0x23}, 2);  // fninit; fldenv [rbx]
  CHECK(guest.cpu.x87.top == 6);
  CHECK(guest.cpu.x87.empty == 0x3f);
  guest.run({0xdd, 0x33});  // fnsave [rbx]
  CHECK(guest.cpu.x87.empty == 0xff);
  guest.cpu.x87.st[7] = {};
  guest.run({0xdd, 0x23});  // frstor [rbx]
  CHECK(guest.cpu.x87.top == 6);
  CHECK(guest.cpu.x87.st[7].significand == pi);
}

TEST_CASE("FSTP1 stores and pops as FSTP does") {
  FpRowGuest guest;
  guest.run({0xd9, 0xeb, 0xd9, 0xe8, 0xd9, 0xd9}, 3);  // fldpi; fld1; fstp1 st(1)
  CHECK(guest.cpu.x87.top == 7);
  CHECK(guest.cpu.x87.st[7].significand == uint64_t{1} << 63);
  CHECK(guest.cpu.x87.st[7].sign_exponent == 0x3fff);
}

}  // namespace
}  // namespace vireo
