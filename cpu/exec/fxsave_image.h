// The 512 bytes of FXSAVE, which are the legacy region of XSAVE as well (SDM 2A
// tables 3-43 to 3-45, SDM 1 13.5.1): x87 and SSE state to and from an image.
#pragma once

#include <cstdint>
#include <cstring>

#include "cpu/cpu.h"

namespace vireo {

struct alignas(64) FxsaveImage {
  static constexpr unsigned kBytes = 512;
  // Offsets: MXCSR with its mask, the register arrays.
  static constexpr unsigned kMxcsr = 24, kSt = 32, kXmm = 160;

  uint8_t bytes[kBytes] = {};

  template <typename T>
  void put(unsigned offset, T value) {
    std::memcpy(bytes + offset, &value, sizeof(T));
  }
  template <typename T>
  T get(unsigned offset) const {
    T value;
    std::memcpy(&value, bytes + offset, sizeof(T));
    return value;
  }

  // `wide`: 64-bit pointers without selectors (REX.W).
  void put_x87(Cpu& cpu, bool wide);
  void get_x87(Cpu& cpu, bool wide) const;
  void put_mxcsr(Cpu& cpu);
  // Whether the image's MXCSR has no reserved bit set.
  bool mxcsr_valid() const;
  void get_mxcsr(Cpu& cpu) const;
  void put_xmm(const Cpu& cpu);
  void get_xmm(Cpu& cpu) const;
};

// Vector registers that the mode has.
inline unsigned vector_count(const Cpu& cpu) { return cpu.code_mode == CodeMode::k64 ? 16 : 8; }

}  // namespace vireo
