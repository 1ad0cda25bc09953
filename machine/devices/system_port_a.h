// Port 0x92 of a PC ("port A"): fast A20 gate and fast CPU reset.
#pragma once

#include <cstdint>
#include <functional>

#include "machine/base/device.h"
#include "machine/devices/byte_ports.h"

namespace vireo {

class SystemPortA : public Device {
 public:
  // `set_a20` hears each change of this port's A20 output; the line itself is
  // the OR with the keyboard controller's. `reset` is called when bit 0 rises.
  SystemPortA(std::function<void(bool)> set_a20, std::function<void()> reset);

  IoHandler& port() { return port_; }  // 0x92, one byte
  bool a20() const { return (value_ & 2) != 0; }

  std::string_view name() const override { return "port92"; }
  // A20 is open after a reset, as PC firmware leaves it.
  void reset() override { value_ = 2; }
  void reset_outputs() override;
  void visit(Archive& archive) override { archive.io(value_); }

 private:
  uint8_t read_port(uint64_t offset);
  void write_port(uint64_t offset, uint8_t value);

  std::function<void(bool)> set_a20_;
  std::function<void()> reset_;
  BytePorts<SystemPortA> port_;
  uint8_t value_ = 2;
};

}  // namespace vireo
