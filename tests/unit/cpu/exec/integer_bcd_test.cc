// Decimal and ASCII adjustments in every state of AL, AF and CF, PUSHA, POPA
// and BOUND: 32-bit code against the host's processor in a 32-bit segment.
#include <doctest/doctest.h>

#include "tests/unit/cpu/native/side_by_side.h"

namespace vireo {
namespace {

Trial make_trial(std::initializer_list<uint8_t> code, uint64_t undefined) {
  Trial trial;
  trial.code = code;
  trial.width = NativeCpu::Width::k32;
  trial.ignored_flags = undefined;
  trial.in.gpr[kRsp] = NativeCpu::kStackBase + 0x2000;
  return trial;
}

void check_every_al(SideBySide& pair, std::initializer_list<uint8_t> code, uint64_t undefined,
                    uint64_t ah) {
  for (unsigned state = 0; state < 256 * 4; ++state) {
    Trial trial = make_trial(code, undefined);
    trial.in.gpr[kRax] = (state & 255) | ah << 8;
    trial.in.rflags = 2 | (state & 256 ? kFlagCf : 0) | (state & 512 ? kFlagAf : 0);
    CHECK(pair.run(trial) == "");
  }
}

TEST_CASE("DAA, DAS, AAA and AAS adjust as on the host for every AL, CF and AF") {
  if (!NativeCpu::available()) return;
  SideBySide pair(1);
  check_every_al(pair, {0x27}, kFlagOf, 0x12);
  check_every_al(pair, {0x2f}, kFlagOf, 0x12);
  for (const uint64_t ah : {0x00, 0x12, 0xff}) {
    check_every_al(pair, {0x37}, kFlagOf | kFlagSf | kFlagZf | kFlagPf, ah);
    check_every_al(pair, {0x3f}, kFlagOf | kFlagSf | kFlagZf | kFlagPf, ah);
  }
}

TEST_CASE("AAM and AAD take any base, and AAM by zero is a divide error") {
  if (!NativeCpu::available()) return;
  SideBySide pair(2);
  constexpr uint64_t kUndefined = kFlagOf | kFlagAf | kFlagCf;
  for (const uint8_t base : {0, 1, 2, 9, 10, 16, 255}) {
    check_every_al(pair, {0xd4, base}, base == 0 ? kArithFlags : kUndefined, 0x34);
    check_every_al(pair, {0xd5, base}, kUndefined, 0x34);
  }
}

TEST_CASE("PUSHA and POPA move eight registers, but not the stack pointer") {
  if (!NativeCpu::available()) return;
  SideBySide pair(3);
  for (const auto code : {std::initializer_list<uint8_t>{0x60}, {0x61}, {0x66, 0x60},
                          {0x66, 0x61}}) {
    Trial trial = make_trial(code, 0);
    for (unsigned i = 0; i < 8; ++i) {
      if (i != kRsp) trial.in.gpr[i] = 0x11111111 * (i + 1);
    }
    CHECK(pair.run(trial) == "");
  }
}

TEST_CASE("BOUND compares signed, both ends included") {
  if (!NativeCpu::available()) return;
  SideBySide pair(4);
  for (const uint32_t index : {0xfffffffeu, 0xffffffffu, 0u, 4u, 5u, 6u, 0x7fffffffu}) {
    Trial trial = make_trial({0x62, 0x03}, 0);  // bound eax, [ebx]: -1 to 5
    trial.in.gpr[kRax] = index;
    trial.in.gpr[kRbx] = NativeCpu::kData;
    trial.patches.push_back({NativeCpu::kData, {0xff, 0xff, 0xff, 0xff, 5, 0, 0, 0}});
    CHECK(pair.run(trial) == "");
  }
}

}  // namespace
}  // namespace vireo
