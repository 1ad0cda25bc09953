// Branches against the host's processor: what they decide shows in AL, where
// they came from in the stack.
#include <doctest/doctest.h>

#include "tests/unit/cpu/native/side_by_side.h"

namespace vireo {
namespace {

Trial make_trial(std::initializer_list<uint8_t> code) {
  Trial trial;
  trial.code = code;
  trial.in.gpr[kRax] = 0x1111;
  trial.in.gpr[kRsp] = NativeCpu::kStackBase + 0x2000;
  return trial;
}

// Runs `code` followed by "mov al, 1" which a taken branch of +2 skips.
void check_all_flags(SideBySide& pair, std::initializer_list<uint8_t> branch, uint64_t rcx = 0) {
  Random random(9);
  for (unsigned i = 0; i < 64; ++i) {
    Trial trial = make_trial(branch);
    for (const uint8_t byte : {0xb0, 0x01}) trial.code.push_back(byte);
    trial.in.gpr[kRcx] = rcx;
    trial.in.rflags = (random.next() & kArithFlags) | 2;
    CHECK(pair.run(trial) == "");
  }
}

TEST_CASE("every condition of Jcc decides as on the host") {
  if (!NativeCpu::available()) return;
  SideBySide pair(1);
  for (uint8_t cc = 0; cc < 16; ++cc) {
    check_all_flags(pair, {static_cast<uint8_t>(0x70 | cc), 2});
    check_all_flags(pair, {0x0f, static_cast<uint8_t>(0x80 | cc), 2, 0, 0, 0});
  }
}

TEST_CASE("LOOP, LOOPE, LOOPNE and JRCXZ count as on the host") {
  if (!NativeCpu::available()) return;
  SideBySide pair(2);
  for (const uint8_t opcode : {0xe0, 0xe1, 0xe2, 0xe3}) {
    for (const uint64_t rcx : {uint64_t{0}, uint64_t{1}, uint64_t{2}, uint64_t{1} << 32,
                               (uint64_t{1} << 32) + 1, ~uint64_t{0}}) {
      check_all_flags(pair, {opcode, 2}, rcx);
      check_all_flags(pair, {0x67, opcode, 2}, rcx);
    }
  }
}

// A compare and the jump behind it may run as one: every condition, size and
// kind of operand, on edges.
TEST_CASE("a compare with the jump behind it decides as on the host") {
  if (!NativeCpu::available()) return;
  SideBySide pair(3);
  Random random(4);
  for (uint8_t cc = 0; cc < 16; ++cc) {
    for (unsigned i = 0; i < 60; ++i) {
      Trial trial;
      // cmp or test dl/edx/rdx, with bl/ebx/rbx or an immediate
      switch (random.below(8)) {
        case 0: trial.code = {0x38, 0xda}; break;
        case 1: trial.code = {0x39, 0xda}; break;
        case 2: trial.code = {0x48, 0x39, 0xda}; break;
        case 3: trial.code = {0x84, 0xda}; break;
        case 4: trial.code = {0x48, 0x85, 0xda}; break;
        case 5: trial.code = {0x83, 0xfa, static_cast<uint8_t>(random.next())}; break;
        case 6: trial.code = {0xf6, 0xc2, static_cast<uint8_t>(random.next())}; break;
        default: trial.code = {0x66, 0x39, 0xda}; break;
      }
      trial.code.insert(trial.code.end(), {static_cast<uint8_t>(0x70 | cc), 2, 0xb0, 0x01});
      trial.in.gpr[kRdx] = random.operand();
      trial.in.gpr[kRbx] = random.one_in(3) ? trial.in.gpr[kRdx] : random.operand();
      CHECK(pair.run(trial) == "");
    }
  }
}

TEST_CASE("calls push the address behind them and jumps land where they point") {
  if (!NativeCpu::available()) return;
  SideBySide pair(5);
  // call +2; mov al, 1; pop rdx
  CHECK(pair.run(make_trial({0xe8, 2, 0, 0, 0, 0xb0, 1, 0x5a})) == "");
  // jmp +2 (both forms); mov al, 1
  CHECK(pair.run(make_trial({0xeb, 2, 0xb0, 1})) == "");
  CHECK(pair.run(make_trial({0xe9, 2, 0, 0, 0, 0xb0, 1})) == "");
  // call rdx; mov al, 1; pop rbx, with rdx at the pop
  Trial call_reg = make_trial({0xff, 0xd2, 0xb0, 1, 0x5b});
  call_reg.in.gpr[kRdx] = NativeCpu::kCode + 4;
  CHECK(pair.run(call_reg) == "");
  // jmp rdx
  Trial jmp_reg = make_trial({0xff, 0xe2, 0xb0, 1});
  jmp_reg.in.gpr[kRdx] = NativeCpu::kCode + 4;
  CHECK(pair.run(jmp_reg) == "");
  // push rdx; ret 24; mov al, 1
  Trial ret = make_trial({0x52, 0xc2, 24, 0, 0xb0, 1});
  ret.in.gpr[kRdx] = NativeCpu::kCode + 6;
  CHECK(pair.run(ret) == "");
  // call [rsp + 8], whose operand is read before the push; mov al, 1; pop rbx
  Trial call_mem = make_trial({0xff, 0x54, 0x24, 8, 0xb0, 1, 0x5b});
  call_mem.patches.push_back({NativeCpu::kStackBase + 0x2008, {6, 0, 0x10, 0, 0, 0, 0, 0}});
  CHECK(pair.run(call_mem) == "");
  // jmp [rdi + rsi * 8], through a table in the data area
  Trial jmp_table = make_trial({0xff, 0x24, 0xf7, 0xb0, 1});
  jmp_table.in.gpr[kRdi] = NativeCpu::kData;
  jmp_table.in.gpr[kRsi] = 3;
  jmp_table.patches.push_back({NativeCpu::kData + 24, {5, 0, 0x10, 0, 0, 0, 0, 0}});
  CHECK(pair.run(jmp_table) == "");
}

TEST_CASE("PUSH RSP pushes the old value and POP RSP ends with the popped one") {
  if (!NativeCpu::available()) return;
  SideBySide pair(6);
  CHECK(pair.run(make_trial({0x54})) == "");
  CHECK(pair.run(make_trial({0x5c})) == "");
  CHECK(pair.run(make_trial({0x66, 0x5c})) == "");
  CHECK(pair.run(make_trial({0xff, 0x34, 0x24})) == "");        // push [rsp]
  CHECK(pair.run(make_trial({0x8f, 0x44, 0x24, 0x08})) == "");  // pop [rsp + 8]
}

}  // namespace
}  // namespace vireo
