#include "machine/devices/vga/vga_registers.h"

namespace vireo {
namespace {

enum Port : uint16_t {
  kAttribute = 0x3c0,
  kAttributeData = 0x3c1,
  kMiscWrite = 0x3c2,  // reads as input status 0
  kEnable = 0x3c3,
  kSequencerIndex = 0x3c4,
  kSequencerData = 0x3c5,
  kPixelMask = 0x3c6,
  kDacReadIndex = 0x3c7,  // reads as the DAC's state
  kDacWriteIndex = 0x3c8,
  kDacData = 0x3c9,
  kFeatureRead = 0x3ca,
  kMiscRead = 0x3cc,
  kGraphicsIndex = 0x3ce,
  kGraphicsData = 0x3cf,
};

// At 3Bx or 3Dx, as the miscellaneous register's bit 0 has it.
enum Moving : uint16_t { kCrtcIndex = 4, kCrtcData = 5, kStatus = 10 };
constexpr uint16_t kMonochrome = 0x3b0, kColour = 0x3d0;

// Bits that can be written.
constexpr std::array<uint8_t, 8> kSequencerBits{0x03, 0x3d, 0x0f, 0x3f, 0x0e, 0, 0, 0xff};
constexpr std::array<uint8_t, 16> kGraphicsBits{0x0f, 0x0f, 0x0f, 0x1f, 0x03, 0x7b, 0x0f, 0x0f,
                                                0xff};
constexpr uint8_t kPaletteBits = 0x3f;
constexpr std::array<uint8_t, 5> kAttributeBits{0xef, 0xff, 0x3f, 0x0f, 0x0f};
constexpr unsigned kAttributeMode = 0x10, kAttributes = 0x15;
constexpr uint8_t kPaletteSource = 0x20;

constexpr unsigned kCrtcRegisters = 0x19;
constexpr unsigned kOverflow = 0x07, kRetraceEnd = 0x11;
constexpr uint8_t kProtect = 0x80, kLineCompareBit = 0x10;

// The beam of a 720x400 picture: 449 lines of 31.78 us, 70 pictures a second.
constexpr uint64_t kLineNs = 31'778, kLines = 449, kShownLines = 400;
constexpr uint64_t kShownNs = 25'400;  // of a line
constexpr uint64_t kRetraceLine = 412, kRetraceLines = 2;

}  // namespace

void VgaRegisters::reset() { *this = VgaRegisters(); }

void VgaRegisters::visit(Archive& archive) {
  archive.io(state_.sequencer);
  archive.io(state_.graphics);
  archive.io(state_.crtc);
  archive.io(state_.attribute);
  archive.io(state_.palette);
  archive.io(state_.misc);
  archive.io(state_.feature);
  archive.io(state_.pixel_mask);
  archive.io(state_.wide_dac);
  archive.io(state_.screen_on);
  archive.io(sequencer_index_);
  archive.io(graphics_index_);
  archive.io(crtc_index_);
  archive.io(attribute_index_);
  archive.io(attribute_data_);
  archive.io(dac_index_);
  archive.io(dac_component_);
  archive.io(dac_reads_);
  archive.io(dac_begun_);
  if (dac_component_ > 2) archive.fail();
}

uint8_t VgaRegisters::read(uint16_t port, uint64_t now_ns) {
  switch (port) {
    case kAttribute:
    case kAttributeData:
      return read_attribute(port);
    case kMiscWrite:
      return 0;
    case kEnable:
      return 1;
    case kSequencerIndex:
      return sequencer_index_;
    case kSequencerData:
      return state_.sequencer[sequencer_index_ & 7];
    case kPixelMask:
    case kDacReadIndex:
    case kDacWriteIndex:
    case kDacData:
      return read_dac(port);
    case kFeatureRead:
      return state_.feature;
    case kMiscRead:
      return state_.misc;
    case kGraphicsIndex:
      return graphics_index_;
    case kGraphicsData:
      return state_.graphics[graphics_index_ & 15];
    default:
      return read_moving(port, now_ns);
  }
}

uint8_t VgaRegisters::read_moving(uint16_t port, uint64_t now_ns) {
  const uint16_t base = (state_.misc & 1) != 0 ? kColour : kMonochrome;
  switch (port - base) {
    case kCrtcIndex:
      return crtc_index_;
    case kCrtcData:
      return state_.crtc[crtc_index_ & 31];
    case kStatus:
      return status(now_ns);
    default:
      return 0xff;
  }
}

uint8_t VgaRegisters::read_attribute(uint16_t port) const {
  if (port == kAttributeData) return state_.attribute[attribute_index_ & 31];
  return attribute_index_ | (state_.screen_on ? kPaletteSource : 0);
}

// Bit 0: the beam is outside of the picture; bit 3: it returns to the top.
uint8_t VgaRegisters::status(uint64_t now_ns) {
  attribute_data_ = false;
  const uint64_t line = now_ns / kLineNs % kLines;
  const bool hidden = line >= kShownLines || now_ns % kLineNs >= kShownNs;
  const bool retrace = line >= kRetraceLine && line < kRetraceLine + kRetraceLines;
  return static_cast<uint8_t>((hidden ? 1 : 0) | (retrace ? 8 : 0));
}

uint8_t VgaRegisters::read_dac(uint16_t port) {
  if (port == kPixelMask) return state_.pixel_mask;
  if (port == kDacReadIndex) return dac_reads_ ? 3 : 0;
  if (port == kDacWriteIndex) return dac_index_;
  const uint8_t value = state_.palette[dac_index_][dac_component_];
  if (++dac_component_ == 3) {
    dac_component_ = 0;
    ++dac_index_;
  }
  return value;
}

void VgaRegisters::write(uint16_t port, uint8_t value) {
  switch (port) {
    case kAttribute:
      return write_attribute(value);
    case kMiscWrite:
      state_.misc = value & 0xef;
      return;
    case kSequencerIndex:
      sequencer_index_ = value & 7;
      return;
    case kSequencerData:
      state_.sequencer[sequencer_index_ & 7] = value & kSequencerBits[sequencer_index_ & 7];
      return;
    case kPixelMask:
    case kDacReadIndex:
    case kDacWriteIndex:
    case kDacData:
      return write_dac(port, value);
    case kGraphicsIndex:
      graphics_index_ = value & 15;
      return;
    case kGraphicsData:
      state_.graphics[graphics_index_ & 15] = value & kGraphicsBits[graphics_index_ & 15];
      return;
    default:
      return write_moving(port, value);
  }
}

void VgaRegisters::write_moving(uint16_t port, uint8_t value) {
  const uint16_t base = (state_.misc & 1) != 0 ? kColour : kMonochrome;
  switch (port - base) {
    case kCrtcIndex:
      crtc_index_ = value & 31;
      return;
    case kCrtcData:
      return write_crtc(value);
    case kStatus:
      state_.feature = value & 0x0b;
      return;
    default:
      return;
  }
}

// Registers 0 to 7 hold the timing, which is protected from the BIOS's successors; all but the
// bit of the line compare.
void VgaRegisters::write_crtc(uint8_t value) {
  const unsigned index = crtc_index_ & 31;
  if (index >= kCrtcRegisters) return;
  const bool locked = index <= kOverflow && (state_.crtc[kRetraceEnd] & kProtect) != 0;
  if (!locked) {
    state_.crtc[index] = value;
  } else if (index == kOverflow) {
    uint8_t& overflow = state_.crtc[kOverflow];
    overflow = static_cast<uint8_t>((overflow & ~kLineCompareBit) | (value & kLineCompareBit));
  }
}

// One port for index and data in turns.
void VgaRegisters::write_attribute(uint8_t value) {
  attribute_data_ = !attribute_data_;
  if (attribute_data_) {
    attribute_index_ = value & 31;
    state_.screen_on = (value & kPaletteSource) != 0;
    return;
  }
  const unsigned index = attribute_index_ & 31;
  if (index < kAttributeMode) {
    state_.attribute[index] = value & kPaletteBits;
  } else if (index < kAttributes) {
    state_.attribute[index] = value & kAttributeBits[index - kAttributeMode];
  }
}

void VgaRegisters::write_dac(uint16_t port, uint8_t value) {
  if (port == kPixelMask) {
    state_.pixel_mask = value;
    return;
  }
  if (port != kDacData) {
    dac_index_ = value;
    dac_component_ = 0;
    dac_reads_ = port == kDacReadIndex;
    return;
  }
  const uint8_t level = state_.wide_dac ? value : value & 0x3f;
  if (dac_component_ < 2) {
    dac_begun_[dac_component_++] = level;
    return;
  }
  state_.palette[dac_index_++] = {dac_begun_[0], dac_begun_[1], level};
  dac_component_ = 0;
}

}  // namespace vireo
