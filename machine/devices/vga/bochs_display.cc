#include "machine/devices/vga/bochs_display.h"

#include <algorithm>

namespace vireo {
namespace {

enum Register : unsigned {
  kId,
  kWidth,
  kHeight,
  kDepth,
  kEnable,
  kBank,
  kVirtualWidth,
  kVirtualHeight,
  kLeft,
  kTop,
  kMemory,  // in units of 64 KiB
};

constexpr uint16_t kOldestId = 0xb0c0, kNewestId = 0xb0c5;
constexpr uint16_t kOn = 0x01, kLimits = 0x02, kWideDac = 0x20, kKeepMemory = 0x80;
constexpr uint16_t kMaxWidth = 16000, kMaxHeight = 12000, kMaxDepth = 32;
constexpr uint64_t kBankBytes = 0x10000;

bool known_depth(unsigned depth) {
  return depth == 4 || depth == 8 || depth == 15 || depth == 16 || depth == 24 || depth == 32;
}

}  // namespace

void BochsDisplay::reset() {
  index_ = 0;
  registers_ = {};
  registers_[kId] = kNewestId;
}

void BochsDisplay::visit(Archive& archive) {
  archive.io(index_);
  archive.io(registers_);
  if (!archive.saving() && on()) fit();
}

bool BochsDisplay::on() const { return (registers_[kEnable] & kOn) != 0; }
bool BochsDisplay::wide_dac() const { return (registers_[kEnable] & kWideDac) != 0; }
uint64_t BochsDisplay::bank_offset() const { return on() ? registers_[kBank] * kBankBytes : 0; }

uint16_t BochsDisplay::read(unsigned index) const {
  if (index >= kRegisters) return 0;
  if (index == kMemory) return static_cast<uint16_t>(memory_bytes_ / kBankBytes);
  if ((registers_[kEnable] & kLimits) != 0) {
    if (index == kWidth) return kMaxWidth;
    if (index == kHeight) return kMaxHeight;
    if (index == kDepth) return kMaxDepth;
  }
  return registers_[index];
}

uint64_t BochsDisplay::write(unsigned index, uint16_t value) {
  if (index >= kRegisters || index == kMemory || index == kVirtualHeight) return 0;
  if (index == kEnable) return enable(value);
  if (index == kId && (value < kOldestId || value > kNewestId)) return 0;
  if (index == kBank && value >= memory_bytes_ / kBankBytes) return 0;
  registers_[index] = value;
  if (on()) fit();
  return 0;
}

uint64_t BochsDisplay::enable(uint16_t value) {
  const bool starts = (value & kOn) != 0 && !on();
  registers_[kEnable] = value;
  if (!starts) return 0;
  registers_[kVirtualWidth] = registers_[kWidth];
  registers_[kLeft] = registers_[kTop] = registers_[kBank] = 0;
  fit();
  const LinearMode shown = mode();
  const uint64_t planes = shown.depth == 4 ? 4 : 1;
  return (value & kKeepMemory) != 0 ? 0 : shown.pitch * shown.height * planes;
}

uint64_t BochsDisplay::row_bytes(uint64_t pixels) const {
  const unsigned depth = registers_[kDepth];
  return depth == 4 ? pixels / 8 : pixels * ((depth + 7) / 8);
}

// Makes of any numbers a picture that lies within the memory.
void BochsDisplay::fit() {
  auto& r = registers_;
  if (!known_depth(r[kDepth])) r[kDepth] = 8;
  const uint64_t memory = r[kDepth] == 4 ? memory_bytes_ / 4 : memory_bytes_;
  r[kWidth] = std::clamp<uint16_t>(r[kWidth] & 0xfff8, 8, kMaxWidth);
  const auto widest = std::min<uint64_t>(0xfff8, memory * 8 / std::max<unsigned>(8, r[kDepth]));
  r[kVirtualWidth] = static_cast<uint16_t>(
      std::clamp<uint64_t>(r[kVirtualWidth] & 0xfff8, r[kWidth], widest));
  const uint64_t rows = memory / row_bytes(r[kVirtualWidth]);
  r[kHeight] = static_cast<uint16_t>(
      std::clamp<uint64_t>(r[kHeight], 1, std::min<uint64_t>(rows, kMaxHeight)));
  r[kVirtualHeight] = static_cast<uint16_t>(std::min<uint64_t>(rows, 0xffff));
  r[kLeft] = std::min<uint16_t>(r[kLeft], r[kVirtualWidth] - r[kWidth]);
  r[kTop] = static_cast<uint16_t>(std::min<uint64_t>(r[kTop], rows - r[kHeight]));
}

LinearMode BochsDisplay::mode() const {
  LinearMode shown{registers_[kWidth], registers_[kHeight], registers_[kDepth], 0,
                   row_bytes(registers_[kVirtualWidth])};
  shown.start = registers_[kTop] * shown.pitch + row_bytes(registers_[kLeft]);
  return shown;
}

}  // namespace vireo
