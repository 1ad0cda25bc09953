// The 8042 keyboard controller of a PS/2 machine, with a keyboard on its first
// port and a mouse on its second.
#pragma once

#include <cstdint>
#include <functional>
#include <span>

#include "machine/base/device.h"
#include "machine/base/irq_line.h"
#include "machine/devices/byte_ports.h"
#include "machine/devices/ps2_keyboard.h"
#include "machine/devices/ps2_mouse.h"

namespace vireo {

// Devices answer at once: the serial transfer over the cable takes no time. The
// state after a reset is what PC firmware leaves: keyboard on with translation
// to set 1 and IRQ 1, mouse port off.
class I8042 : public Device {
 public:
  // `set_a20` hears each change of the controller's A20 output; `reset` is
  // called when the guest pulses the reset line.
  I8042(IrqLine irq1, IrqLine irq12, std::function<void(bool)> set_a20,
        std::function<void()> reset);

  IoHandler& data_port() { return data_port_; }        // 0x60, one byte
  IoHandler& command_port() { return command_port_; }  // 0x64, one byte

  // Input from the user.
  bool type(std::span<const uint8_t> scan_codes);
  void move_mouse(int dx, int dy, uint8_t buttons, int wheel = 0);
  uint8_t mouse_buttons() const { return mouse_.buttons(); }
  uint8_t leds() const { return keyboard_.leds(); }

  bool a20() const { return (output_port_ & 2) != 0; }

  std::string_view name() const override { return "i8042"; }
  void reset() override;
  void reset_outputs() override;
  void visit(Archive& archive) override;

 private:
  enum class Source : uint8_t { kController, kKeyboard, kMouse };

  uint8_t read_data(uint64_t offset);
  void write_data(uint64_t offset, uint8_t value);
  uint8_t read_status(uint64_t offset);
  void write_command(uint64_t offset, uint8_t value);
  void run_command(uint8_t command);
  void run_argument(uint8_t command, uint8_t value);
  void answer(uint8_t byte, Source source = Source::kController);
  void write_output_port(uint8_t value);
  void put(uint8_t byte, Source source);
  void fetch();
  void fetch_keyboard();
  void update();

  IrqLine irq1_;
  IrqLine irq12_;
  std::function<void(bool)> set_a20_;
  std::function<void()> reset_;
  BytePorts<I8042> data_port_;
  BytePorts<I8042> command_port_;
  Ps2Keyboard keyboard_;
  Ps2Mouse mouse_;

  uint8_t mode_ = 0;  // the command byte
  uint8_t output_port_ = 0;
  uint8_t waiting_for_ = 0;  // the command whose argument comes next, or 0
  bool last_was_command_ = false;
  bool full_ = false;  // the output buffer holds data_
  uint8_t data_ = 0;
  Source source_ = Source::kController;
  bool answer_waits_ = false;  // for the output buffer to be read
  uint8_t answer_ = 0;
  Source answer_source_ = Source::kController;
  bool break_code_ = false;  // translation has seen 0xf0
};

}  // namespace vireo
