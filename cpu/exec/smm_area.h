// The state save area of system management mode, in the layout of AMD64 (AMD64
// APM 2, table 10-1; revision 0x20064). Intel's table for 64-bit processors (SDM
// 3C 31-3) leaves the places of the hidden parts of segments open; firmware for
// virtual machines (SeaBIOS, OVMF) looks at the revision and knows this one.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>

#include "cpu/cpu.h"

namespace vireo {

// Offsets from SMBASE.
namespace smm_area {
inline constexpr uint32_t kFirst = 0xfe00, kEnd = 0x10000;
inline constexpr uint32_t kSegments = 0xfe00;  // ES CS SS DS FS GS, 16 bytes each
inline constexpr uint32_t kGdtrLimit = 0xfe64, kGdtrBase = 0xfe68, kLdtr = 0xfe70;
inline constexpr uint32_t kIdtrLimit = 0xfe84, kIdtrBase = 0xfe88, kTr = 0xfe90;
inline constexpr uint32_t kIoRip = 0xfea0, kIoRcx = 0xfea8, kIoRsi = 0xfeb0, kIoRdi = 0xfeb8;
inline constexpr uint32_t kIoInfo = 0xfec0, kIoRestart = 0xfec8, kHaltRestart = 0xfec9;
inline constexpr uint32_t kEfer = 0xfed0, kRevision = 0xfefc, kSmbase = 0xff00;
inline constexpr uint32_t kCr4 = 0xff48, kCr3 = 0xff50, kCr0 = 0xff58, kDr7 = 0xff60, kDr6 = 0xff68,
                          kRflags = 0xff70, kRip = 0xff78,
                          kGprs = 0xfff8;  // RAX; the others below it
// The format's number is 0x64; bit 17 says that SMBASE can be moved. Bit 16, for
// I/O restart, is not shown although it works: SeaBIOS knows this very value only.
inline constexpr uint32_t kRevisionValue = 0x00020064;
}  // namespace smm_area

class SmmArea {
 public:
  template <typename T>
  T get(uint32_t offset) const {
    T value;
    std::memcpy(&value, at(offset), sizeof(T));
    return value;
  }
  template <typename T>
  void put(uint32_t offset, T value) {
    std::memcpy(bytes_.data() + (offset - smm_area::kFirst), &value, sizeof(T));
  }

  // From and to memory, at the processor's SMBASE. What is outside RAM reads as
  // ones and ignores writes.
  void load(Cpu& cpu);
  void store(Cpu& cpu) const;

 private:
  const uint8_t* at(uint32_t offset) const { return bytes_.data() + (offset - smm_area::kFirst); }
  std::array<uint8_t, smm_area::kEnd - smm_area::kFirst> bytes_{};
};

}  // namespace vireo
