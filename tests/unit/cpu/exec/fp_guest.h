// Runs one instruction on our own processor from an FpMachine.
#pragma once

#include "tests/unit/cpu/exec/fp_native.h"
#include "tests/unit/cpu/guest_harness.h"

namespace vireo {

inline constexpr uint64_t kFpData = TestGuest::kData;

// True when the instruction raised an exception.
inline bool run_in_guest(TestGuest& guest, std::span<const uint8_t> code, FpMachine& state) {
  Cpu& cpu = guest.cpu;
  X87State& x = cpu.x87;
  x.control = state.fx_at<uint16_t>(kFxControl);
  const auto status = state.fx_at<uint16_t>(kFxStatus);
  x.status = status & ~0x3800;
  x.top = status >> 11 & 7;
  x.empty = static_cast<uint8_t>(~state.fx_at<uint8_t>(kFxTags));
  for (unsigned i = 0; i < 8; ++i) {
    X87Reg& r = x.st[(x.top + i) & 7];
    r.significand = state.fx_at<uint64_t>(kFxSt + 16 * i);
    r.sign_exponent = state.fx_at<uint16_t>(kFxSt + 16 * i + 8);
  }
  cpu.mxcsr = state.fx_at<uint32_t>(kFxMxcsr);
  std::memcpy(state.gpr.data() + 4, &cpu.regs[kRsp], 8);
  for (unsigned i = 0; i < 16; ++i) {
    std::memcpy(cpu.vec[i].u8, state.fx.data() + kFxXmm + 16 * i, 16);
    std::memcpy(cpu.vec[i].u8 + 16, state.high.data() + 16 * i, 16);
    cpu.regs[i] = state.gpr[i];
  }
  cpu.flags = pack_flags(state.rflags);
  guest.memory.write_bytes(GuestAddr{kFpData}, std::as_bytes(std::span(state.memory)));

  const bool faulted = guest.run(code, 1) == CpuExit::kTripleFault;

  state.set_fx(kFxControl, x.control);
  state.set_fx(kFxStatus, static_cast<uint16_t>(x.status | x.top << 11));
  state.set_fx(kFxTags, static_cast<uint8_t>(~x.empty));
  for (unsigned i = 0; i < 8; ++i) {
    const X87Reg& r = x.st[(x.top + i) & 7];
    state.set_fx(kFxSt + 16 * i, r.significand);
    state.set_fx(kFxSt + 16 * i + 8, r.sign_exponent);
  }
  state.set_fx(kFxMxcsr, cpu.mxcsr);
  for (unsigned i = 0; i < 16; ++i) {
    std::memcpy(state.fx.data() + kFxXmm + 16 * i, cpu.vec[i].u8, 16);
    std::memcpy(state.high.data() + 16 * i, cpu.vec[i].u8 + 16, 16);
    state.gpr[i] = cpu.regs[i];
  }
  state.rflags = unpack_flags(cpu.flags);
  guest.memory.read_bytes(GuestAddr{kFpData}, std::as_writable_bytes(std::span(state.memory)));
  if (faulted) {  // a triple fault: start afresh
    cpu.reset();
    guest.enter_long_mode();
  }
  return faulted;
}

}  // namespace vireo
