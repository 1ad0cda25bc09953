// What a native run cannot show of AVX: gates, alignment, faults of masked
// accesses and gathers, legacy modes.
#include <doctest/doctest.h>

#include <algorithm>
#include <iterator>
#include <limits>

#include "tests/unit/cpu/exec/system_guest.h"

namespace vireo {
namespace {

using Code = std::initializer_list<uint8_t>;

constexpr Code kVpaddd = {0xc5, 0xf5, 0xfe, 0xc2};         // vpaddd ymm0, ymm1, ymm2
constexpr Code kVmovupsStore = {0xc5, 0xfc, 0x11, 0x03};   // vmovups [rbx], ymm0
constexpr Code kVzeroupper = {0xc5, 0xf8, 0x77};

TEST_CASE("AVX needs CR4.OSXSAVE, both bits of XCR0, and CR0.TS clear") {
  for (const Code& code : {kVpaddd, kVmovupsStore, kVzeroupper}) {
    SystemGuest no_osxsave;
    no_osxsave.cpu.cr4 &= ~kCr4Osxsave;
    CHECK(no_osxsave.fault_of(code).vector == kVectorUd);
    for (const uint64_t xcr0 : {1, 3}) {
      SystemGuest disabled;
      disabled.cpu.xcr0 = xcr0;
      disabled.cpu.cr0 |= kCr0Ts;
      CHECK(disabled.fault_of(code).vector == kVectorUd);
    }
    SystemGuest lazy;
    lazy.cpu.cr0 |= kCr0Ts;
    CHECK(lazy.fault_of(code).vector == kVectorNm);
  }
}

TEST_CASE("a model without AVX knows none of it") {
  SystemGuest guest("x86-64-v2");
  guest.cpu.cr4 |= kCr4Osxsave;
  guest.cpu.xcr0 = 7;
  CHECK(guest.fault_of(kVpaddd).vector == kVectorUd);
}

TEST_CASE("only the aligned moves ask for alignment") {
  SystemGuest guest;
  guest.cpu.regs[kRbx] = TestGuest::kData + 16;
  CHECK(guest.fault_of({0xc5, 0xfc, 0x28, 0x03}).vector == kVectorGp);  // vmovaps ymm0, [rbx]
  guest.cpu.halted = false;
  CHECK(guest.fault_of({0xc5, 0xfc, 0x29, 0x03}).vector == kVectorGp);  // vmovaps [rbx], ymm0
  guest.cpu.halted = false;
  CHECK(guest.fault_of({0xc5, 0xf5, 0xfe, 0x03, 0xf4}).vector == 256);  // vpaddd ymm0, ymm1, [rbx]
}

// The page from 6 MiB on is away.
class FaultingGuest : public SystemGuest {
 public:
  static constexpr uint64_t kEdge = 0x600000;
  FaultingGuest() { memory.write(GuestAddr{kPml4 + 0x2000 + 3 * 8}, uint64_t{0}); }
};

TEST_CASE("masked loads do not look at what the mask leaves out") {
  FaultingGuest guest;
  guest.memory.write(GuestAddr{FaultingGuest::kEdge - 4}, uint32_t{77});
  guest.cpu.regs[kRbx] = FaultingGuest::kEdge - 4;
  guest.cpu.vec[1] = VecReg{};
  guest.cpu.vec[1].u32[0] = 0x80000000;
  guest.run({0xc4, 0xe2, 0x75, 0x2c, 0x03}, 1);  // vmaskmovps ymm0, ymm1, [rbx]
  CHECK(guest.cpu.vec[0].u32[0] == 77);
  CHECK(guest.cpu.vec[0].u32[1] == 0);
  guest.cpu.vec[1].u32[7] = 0x80000000;
  CHECK(guest.fault_of({0xc4, 0xe2, 0x75, 0x2c, 0x03}).vector == kVectorPf);
  CHECK(guest.cpu.cr2 == FaultingGuest::kEdge + 24);
}

TEST_CASE("a masked store that faults has written nothing") {
  FaultingGuest guest;
  guest.cpu.regs[kRbx] = FaultingGuest::kEdge - 4;
  guest.cpu.vec[0].u32[0] = 5;
  guest.cpu.vec[1] = VecReg{};
  guest.cpu.vec[1].u32[0] = guest.cpu.vec[1].u32[1] = 0x80000000;
  CHECK(guest.fault_of({0xc4, 0xe2, 0x75, 0x2e, 0x03}).vector == kVectorPf);  // vmaskmovps [rbx]
  CHECK(guest.memory.read<uint32_t>(GuestAddr{FaultingGuest::kEdge - 4}).value() == 0);
}

TEST_CASE("MASKMOVDQU and MASKMOVQ that fault have written nothing") {
  for (const bool wide : {false, true}) {
    FaultingGuest guest;
    guest.cpu.regs[kRdi] = FaultingGuest::kEdge - 2;
    for (unsigned r = 0; r < 2; ++r) {
      guest.cpu.x87.st[r].significand = ~uint64_t{0};
      for (uint64_t& word : guest.cpu.vec[r].u64) word = ~uint64_t{0};
    }
    const auto frame =
        wide ? guest.fault_of({0x66, 0x0f, 0xf7, 0xc1}) : guest.fault_of({0x0f, 0xf7, 0xc1});
    CHECK(frame.vector == kVectorPf);
    CHECK(guest.memory.read<uint16_t>(GuestAddr{FaultingGuest::kEdge - 2}) == 0);
  }
}

TEST_CASE("an unmasked exception of VDPPS's products keeps its sums from arising") {
  for (const uint8_t prefix : {0x71, 0x75}) {  // xmm, ymm
    SystemGuest guest;
    guest.cpu.mxcsr = 0x1f00;  // invalid operation is not masked
    guest.cpu.vec[0].f32[0] = 7;
    guest.cpu.vec[1].f32[0] = std::numeric_limits<float>::infinity();
    guest.cpu.vec[1].f32[2] = guest.cpu.vec[2].f32[2] = guest.cpu.vec[2].f32[3] = 1;
    guest.cpu.vec[1].f32[3] = 1e-30f;  // 1 + 1e-30 would be inexact
    const auto frame = guest.fault_of({0xc4, 0xe3, prefix, 0x40, 0xc2, 0xff});
    CHECK(frame.vector == kVectorXm);
    CHECK((guest.cpu.mxcsr & 0x3f) == 1);
    CHECK(guest.cpu.vec[0].f32[0] == 7);
  }
}

TEST_CASE("a gather that faults keeps what it has, and goes on from there") {
  FaultingGuest guest;
  const uint64_t first = TestGuest::kData, edge = FaultingGuest::kEdge;
  guest.memory.write(GuestAddr{first + 4}, uint32_t{11});
  guest.cpu.regs[kRbx] = first;
  guest.cpu.vec[0] = VecReg{};
  guest.cpu.vec[1] = VecReg{};
  guest.cpu.vec[2] = VecReg{};
  guest.cpu.vec[2].u32[0] = 1;
  guest.cpu.vec[2].u32[1] = static_cast<uint32_t>((edge - first) / 4);
  for (uint32_t& lane : guest.cpu.vec[1].u32) lane = 0x80000000;
  const Code code = {0xc4, 0xe2, 0x71, 0x90, 0x04, 0x93};  // vpgatherdd xmm0, [rbx+xmm2*4], xmm1
  CHECK(guest.fault_of(code).vector == kVectorPf);
  CHECK(guest.cpu.cr2 == edge);
  CHECK(guest.cpu.vec[0].u32[0] == 11);
  CHECK(guest.cpu.vec[1].u32[0] == 0);
  CHECK((guest.cpu.vec[1].u32[1] & 0x80000000) != 0);
  guest.cpu.vec[2].u32[1] = 1;
  guest.cpu.vec[0].u32[0] = 12;
  guest.cpu.halted = false;
  guest.run(code, 1);
  CHECK(guest.cpu.vec[0].u32[0] == 12);
  CHECK(guest.cpu.vec[0].u32[1] == 11);
  CHECK(guest.cpu.vec[1].u64[0] == 0);
  CHECK(guest.cpu.vec[1].u64[3] == 0);
}

TEST_CASE("a gather with fewer than three registers is undefined") {
  for (const uint8_t vvvv : {0x79, 0x69}) {  // mask in xmm0 or xmm2
    SystemGuest guest;
    CHECK(guest.fault_of({0xc4, 0xe2, vvvv, 0x90, 0x04, 0x93}).vector == kVectorUd);
  }
  SystemGuest guest;
  CHECK(guest.fault_of({0xc4, 0xe2, 0x71, 0x90, 0x14, 0x93}).vector == kVectorUd);
}

void enter_16_bit(SystemGuest& guest, bool protected_mode) {
  guest.cpu.cr0 &= ~(kCr0Pg | (protected_mode ? 0 : kCr0Pe));
  guest.cpu.efer = 0;
  guest.cpu.segs[kCs] = Segment{SystemGuest::kCode16, 0x9b, 0xffffffff, 0};
  guest.cpu.mode_changed();
}

TEST_CASE("real mode has no VEX where 16-bit protected mode has it") {
  SystemGuest guest;
  guest.cpu.vec[0].u64[3] = 9;
  enter_16_bit(guest, false);
  guest.cpu.idtr.limit = 0;
  CHECK(guest.run(kVzeroupper) == CpuExit::kTripleFault);
  SystemGuest other;
  other.cpu.vec[0].u64[3] = 9;
  enter_16_bit(other, true);
  other.run(kVzeroupper);
  CHECK(other.cpu.vec[0].u64[3] == 0);
}

TEST_CASE("VZEROALL clears eight registers outside 64-bit mode") {
  SystemGuest guest;
  guest.cpu.segs[kCs] = Segment{SystemGuest::kCode32, 0xc9b, 0xffffffff, 0};
  guest.cpu.mode_changed();
  guest.cpu.vec[7].u64[0] = guest.cpu.vec[8].u64[0] = 9;
  guest.run({0xc5, 0xfc, 0x77});
  CHECK(guest.cpu.vec[7].u64[0] == 0);
  CHECK(guest.cpu.vec[8].u64[0] == 9);
}

TEST_CASE("a 256-bit access over a page boundary is whole") {
  TestGuest guest;
  guest.cpu.regs[kRbx] = TestGuest::kData + 0x1000 - 12;
  for (unsigned i = 0; i < 32; ++i) guest.cpu.vec[0].u8[i] = static_cast<uint8_t>(i);
  guest.run(kVmovupsStore);
  guest.run({0xc5, 0xfc, 0x10, 0x0b});  // vmovups ymm1, [rbx]
  for (unsigned i = 0; i < 32; ++i) CHECK(guest.cpu.vec[1].u8[i] == i);
}

// Their low bits are open (SDM 2B), so that no other processor can be asked.
TEST_CASE("reciprocals behind VEX are those of SSE, on both halves") {
  constexpr uint32_t kValues[8] = {0x3f800000, 0xc0490fdb, 0x7f800000, 0x00000001,
                                   0x501502f9, 0x7fc00000, 0x3eaaaaab, 0x80000000};
  for (const uint8_t opcode : {0x52, 0x53}) {
    TestGuest guest;
    Cpu& cpu = guest.cpu;
    std::copy(std::begin(kValues), std::end(kValues), cpu.vec[1].u32);
    guest.run({0xc5, 0xfc, opcode, 0xc1});  // vrcpps ymm0, ymm1
    guest.run({0x0f, opcode, 0xd1});        // rcpps xmm2, xmm1
    cpu.vec[3] = cpu.vec[1];
    std::copy(kValues + 4, kValues + 8, cpu.vec[3].u32);
    guest.run({0x0f, opcode, 0xdb});        // rcpps xmm3, xmm3
    for (unsigned i = 0; i < 4; ++i) {
      CHECK(cpu.vec[0].u32[i] == cpu.vec[2].u32[i]);
      CHECK(cpu.vec[0].u32[4 + i] == cpu.vec[3].u32[i]);
    }
    cpu.vec[4].u64[3] = 9;
    guest.run({0xc5, 0xea, opcode, 0xe1});  // vrcpss xmm4, xmm2, xmm1
    CHECK(cpu.vec[4].u32[0] == cpu.vec[2].u32[0]);
    CHECK(cpu.vec[4].u32[1] == cpu.vec[2].u32[1]);
    CHECK(cpu.vec[4].u64[3] == 0);
  }
}

TEST_CASE("VLDMXCSR loads and refuses what LDMXCSR does") {
  SystemGuest guest;
  guest.cpu.regs[kRbx] = TestGuest::kData;
  guest.memory.write(GuestAddr{TestGuest::kData}, uint32_t{0x1fa1});
  guest.run({0xc5, 0xf8, 0xae, 0x13}, 1);  // vldmxcsr [rbx]
  CHECK(guest.cpu.mxcsr == 0x1fa1);
  guest.memory.write(GuestAddr{TestGuest::kData}, uint32_t{0x11f80});
  CHECK(guest.fault_of({0xc5, 0xf8, 0xae, 0x13}).vector == kVectorGp);
}

TEST_CASE("32-bit code runs AVX on memory, and W does not widen its general registers") {
  SystemGuest guest;
  guest.cpu.segs[kCs] = Segment{SystemGuest::kCode32, 0xc9b, 0xffffffff, 0};
  guest.cpu.mode_changed();
  guest.cpu.regs[kRbx] = TestGuest::kData;
  guest.memory.write(GuestAddr{TestGuest::kData + 28}, uint32_t{40});
  guest.cpu.vec[1].u32[7] = 2;
  guest.run({0xc5, 0xf5, 0xfe, 0x03}, 1);  // vpaddd ymm0, ymm1, [ebx]
  CHECK(guest.cpu.vec[0].u32[7] == 42);
  guest.cpu.regs[kRax] = 0x1234567890;
  guest.run({0xc4, 0xe1, 0xf9, 0x6e, 0xc8}, 1);  // vmovq xmm1, rax, were it 64-bit code
  CHECK(guest.cpu.vec[1].u64[0] == 0x34567890);
}

}  // namespace
}  // namespace vireo
