// The registers of a VGA: sequencer, graphics controller, CRT controller, attribute controller
// and DAC (IBM PS/2 Hardware Interface Technical Reference, "Video Subsystem").
#pragma once

#include <array>
#include <cstdint>

#include "machine/base/archive.h"

namespace vireo {

// What the registers hold, by the index that each has in its group.
struct VgaState {
  std::array<uint8_t, 8> sequencer{};
  std::array<uint8_t, 16> graphics{};
  std::array<uint8_t, 32> crtc{};
  std::array<uint8_t, 32> attribute{};
  std::array<std::array<uint8_t, 3>, 256> palette{};  // red, green, blue; 6 bits, or 8
  uint8_t misc = 0;
  uint8_t feature = 0;
  uint8_t pixel_mask = 0xff;
  bool wide_dac = false;   // colours have 8 bits
  bool screen_on = false;  // attribute index bit 5: the picture is shown

  bool operator==(const VgaState&) const = default;
};

// Registers at ports 3B0 to 3DF; those that the colour bit of the miscellaneous register puts
// elsewhere, and those that no VGA has, read as ones.
class VgaRegisters {
 public:
  static constexpr uint16_t kFirstPort = 0x3b0;

  void reset();
  void visit(Archive& archive);

  // `now_ns` is the time by which the beam goes over the screen.
  uint8_t read(uint16_t port, uint64_t now_ns);
  void write(uint16_t port, uint8_t value);

  const VgaState& state() const { return state_; }
  // DAC values have 8 bits instead of 6: a matter of the Bochs extension.
  void set_wide_dac(bool wide) { state_.wide_dac = wide; }

 private:
  uint8_t read_attribute(uint16_t port) const;
  uint8_t read_dac(uint16_t port);
  uint8_t read_moving(uint16_t port, uint64_t now_ns);
  void write_attribute(uint8_t value);
  void write_dac(uint16_t port, uint8_t value);
  void write_moving(uint16_t port, uint8_t value);
  void write_crtc(uint8_t value);
  uint8_t status(uint64_t now_ns);

  VgaState state_;
  uint8_t sequencer_index_ = 0;
  uint8_t graphics_index_ = 0;
  uint8_t crtc_index_ = 0;
  uint8_t attribute_index_ = 0;
  bool attribute_data_ = false;  // the next write to 3C0 is data
  uint8_t dac_index_ = 0;
  uint8_t dac_component_ = 0;
  bool dac_reads_ = false;
  std::array<uint8_t, 2> dac_begun_{};  // red and green of a colour that is being written
};

}  // namespace vireo
