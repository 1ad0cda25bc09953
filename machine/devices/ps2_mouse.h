// A PS/2 mouse with three buttons, and a wheel for drivers that know of it.
#pragma once

#include <cstdint>

#include "machine/devices/ps2_device.h"

namespace vireo {

class Ps2Mouse : public Ps2Device {
 public:
  void write(uint8_t byte) override;
  void reset() override;
  void visit(Archive& archive) override;

  // Movement since the last call (right and up positive), the buttons (bit 0
  // left, 1 right, 2 middle) and the wheel's notches (towards the user positive).
  // Reported at once in stream mode if enabled and there is room; kept for the
  // next report otherwise.
  void move(int dx, int dy, uint8_t buttons, int wheel = 0);
  uint8_t buttons() const { return buttons_; }

 private:
  void command(uint8_t byte);
  void argument(uint8_t command, uint8_t byte);
  void set_defaults();
  void report();
  void report_status();
  void set_sample_rate(uint8_t rate);

  uint8_t waiting_for_ = 0;
  uint8_t sample_rate_ = 100;
  uint8_t resolution_ = 2;
  bool scaling_ = false;  // 2:1
  bool reporting_ = false;
  bool remote_ = false;
  bool wrap_ = false;
  uint8_t buttons_ = 0;
  int32_t dx_ = 0;
  int32_t dy_ = 0;
  // Sample rates 200, 100 and 80 in a row turn the wheel on (Microsoft IntelliMouse).
  bool wheel_on_ = false;
  uint8_t knocks_ = 0;  // of the three, that were heard
  int32_t dz_ = 0;
};

}  // namespace vireo
