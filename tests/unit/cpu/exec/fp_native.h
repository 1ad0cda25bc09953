// Runs one instruction on the host's own processor with given registers, flags,
// floating-point state and memory: the independent check of our handlers.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "tests/unit/cpu/native/host_features.h"

namespace vireo {

// What an instruction starts from and ends with. `fx` is an FXSAVE64 image, `high`
// the upper halves of the YMM registers (left alone on a host without AVX);
// gpr[3] (RBX) holds the address of `memory` while the instruction runs, RSP is
// neither set nor read.
struct alignas(64) FpMachine {
  std::array<uint8_t, 512> fx{};
  std::array<uint8_t, 256> high{};
  std::array<uint64_t, 16> gpr{};
  uint64_t rflags = 0x2;
  alignas(64) std::array<uint8_t, 1024> memory{};

  template <typename T>
  T fx_at(unsigned offset) const {
    T value;
    __builtin_memcpy(&value, fx.data() + offset, sizeof(T));
    return value;
  }
  template <typename T>
  void set_fx(unsigned offset, T value) {
    __builtin_memcpy(fx.data() + offset, &value, sizeof(T));
  }
};

// Offsets in the FXSAVE image.
inline constexpr unsigned kFxControl = 0, kFxStatus = 2, kFxTags = 4, kFxMxcsr = 24, kFxSt = 32,
                          kFxXmm = 160;

// True when the instruction raised a SIMD floating-point exception; then `state`
// is as the processor left it.
// RDI is loaded with the address of memory + `rdi_offset`.
bool run_natively(std::span<const uint8_t> code, FpMachine& state, uint64_t rdi_offset);

}  // namespace vireo
