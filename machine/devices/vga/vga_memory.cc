#include "machine/devices/vga/vga_memory.h"

#include <bit>
#include <cstring>

namespace vireo {
namespace {

enum Graphics : unsigned {
  kSetReset = 0,
  kEnableSetReset = 1,
  kColourCompare = 2,
  kRotate = 3,
  kReadMap = 4,
  kMode = 5,
  kMiscellaneous = 6,
  kColourCare = 7,
  kBitMask = 8,
};
constexpr unsigned kMapMask = 2, kMemoryMode = 4;  // of the sequencer
constexpr uint8_t kChain4 = 8;                     // memory mode
constexpr uint8_t kOddEven = 0x10, kCompare = 8;   // graphics mode

// Which part of the window the card answers in (miscellaneous register, bits 2 and 3).
struct Shown {
  uint32_t base, size;
};
constexpr Shown kShown[] = {{0, 0x20000}, {0, 0x10000}, {0x10000, 0x8000}, {0x18000, 0x8000}};

std::optional<uint64_t> address(const VgaState& state, uint64_t offset) {
  const Shown& shown = kShown[state.graphics[kMiscellaneous] >> 2 & 3];
  if (offset - shown.base >= shown.size) return std::nullopt;
  return offset - shown.base;
}

// A byte of ones for each plane whose bit is set.
constexpr uint32_t spread(unsigned planes) {
  return ((planes & 1) * 0xff) | (planes >> 1 & 1) * 0xff00 | (planes >> 2 & 1) * 0xff0000 |
         (planes >> 3 & 1) * 0xff000000;
}
constexpr uint32_t repeat(uint8_t value) { return value * 0x01010101u; }

bool chain4(const VgaState& state) { return (state.sequencer[kMemoryMode] & kChain4) != 0; }
bool odd_even(const VgaState& state) { return (state.graphics[kMode] & kOddEven) != 0; }

// Where in the planes an address leads: two or four addresses share a place.
uint64_t place(const VgaState& state, uint64_t address) {
  if (chain4(state)) return address >> 2;
  return odd_even(state) ? address >> 1 : address & 0xffff;
}

unsigned read_plane(const VgaState& state, uint64_t address) {
  if (chain4(state)) return address & 3;
  const unsigned map = state.graphics[kReadMap] & 3;
  return odd_even(state) ? (map & 2) | (address & 1) : map;
}

unsigned write_planes(const VgaState& state, uint64_t address) {
  const unsigned mask = state.sequencer[kMapMask] & 15;
  if (chain4(state)) return mask & 1u << (address & 3);
  return odd_even(state) ? mask & 5u << (address & 1) : mask;
}

uint32_t combined(unsigned function, uint32_t value, uint32_t latch) {
  switch (function) {
    case 1:
      return value & latch;
    case 2:
      return value | latch;
    case 3:
      return value ^ latch;
    default:
      return value;
  }
}

}  // namespace

uint32_t VgaMemory::planes_at(uint64_t index) const {
  uint32_t planes = 0;
  std::memcpy(&planes, &bytes_[index * 4], sizeof(planes));
  return planes;
}

uint8_t VgaMemory::read(const VgaState& state, uint64_t offset) {
  const auto at = address(state, offset);
  if (!at) return 0xff;
  latch_ = planes_at(place(state, *at));
  if ((state.graphics[kMode] & kCompare) == 0 || chain4(state)) {
    return static_cast<uint8_t>(latch_ >> 8 * read_plane(state, *at));
  }
  const uint32_t unlike = (latch_ ^ spread(state.graphics[kColourCompare])) &
                          spread(state.graphics[kColourCare]);
  return static_cast<uint8_t>(~(unlike | unlike >> 8 | unlike >> 16 | unlike >> 24));
}

// What a processor's byte becomes on its way to the planes, by the write mode.
uint32_t VgaMemory::prepared(const VgaState& state, uint8_t value) const {
  const auto& graphics = state.graphics;
  const unsigned mode = graphics[kMode] & 3;
  if (mode == 1) return latch_;
  const uint8_t rotated = std::rotr(value, graphics[kRotate] & 7);
  uint8_t bits = graphics[kBitMask];
  uint32_t planes = 0;
  if (mode == 0) {
    const uint32_t set = spread(graphics[kEnableSetReset]);
    planes = (repeat(rotated) & ~set) | (spread(graphics[kSetReset]) & set);
  } else if (mode == 2) {
    planes = spread(value);
  } else {
    bits &= rotated;
    planes = spread(graphics[kSetReset]);
  }
  planes = combined(graphics[kRotate] >> 3 & 3, planes, latch_);
  return (planes & repeat(bits)) | (latch_ & ~repeat(bits));
}

std::optional<uint64_t> VgaMemory::write(const VgaState& state, uint64_t offset, uint8_t value) {
  const auto at = address(state, offset);
  if (!at) return std::nullopt;
  const uint64_t index = place(state, *at);
  const uint32_t written = spread(write_planes(state, *at));
  const uint32_t planes = (planes_at(index) & ~written) | (prepared(state, value) & written);
  std::memcpy(&bytes_[index * 4], &planes, sizeof(planes));
  return index * 4;
}

}  // namespace vireo
