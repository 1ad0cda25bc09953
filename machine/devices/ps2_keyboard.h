// An MF2 keyboard on a PS/2 port: scan code sets 1 to 3, LEDs, typematic settings.
#pragma once

#include <cstdint>
#include <span>

#include "machine/devices/ps2_device.h"

namespace vireo {

class Ps2Keyboard : public Ps2Device {
 public:
  void write(uint8_t byte) override;
  void reset() override;
  void visit(Archive& archive) override;

  // Make and break codes of keys, given in set 2 and told in the set that the guest has chosen.
  // False when scanning is off or the buffer is full: the key is lost, as on a real keyboard.
  bool type(std::span<const uint8_t> scan_codes);

  // Bit 0 scroll lock, 1 num lock, 2 caps lock.
  uint8_t leds() const { return leds_; }

 private:
  void command(uint8_t byte);
  void argument(uint8_t command, uint8_t byte);
  void set_defaults();

  uint8_t waiting_for_ = 0;  // the command whose argument comes next, or 0
  uint8_t leds_ = 0;
  uint8_t typematic_ = 0x2b;
  uint8_t scan_set_ = 2;
  bool scanning_ = true;
  bool breaks_ = false;  // in set 3 every key tells its release
};

}  // namespace vireo
