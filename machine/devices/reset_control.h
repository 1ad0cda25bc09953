// The reset control register at port 0xcf9 (ICH9 datasheet 13.7.5).
#pragma once

#include <cstdint>
#include <functional>

#include "machine/base/device.h"
#include "machine/devices/byte_ports.h"

namespace vireo {

class ResetControl : public Device {
 public:
  // `reset` is called for a write with RST_CPU (bit 2) set; it should note the
  // request and let the run loop reset the machine between two instructions.
  explicit ResetControl(std::function<void()> reset);

  // One byte at 0xcf9. It lies inside the doubleword of CONFIG_ADDRESS, whose
  // 32-bit accesses belong to the PCI host bridge and must not be routed here.
  IoHandler& port() { return port_; }

  std::string_view name() const override { return "reset-control"; }
  void reset() override { value_ = 0; }
  void visit(Archive& archive) override { archive.io(value_); }

 private:
  uint8_t read_port(uint64_t offset);
  void write_port(uint64_t offset, uint8_t value);

  std::function<void()> reset_;
  BytePorts<ResetControl> port_;
  uint8_t value_ = 0;  // SYS_RST (bit 1) and FULL_RST (bit 3)
};

}  // namespace vireo
