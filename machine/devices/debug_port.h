// A debug console port as in Bochs and QEMU (0xe9, or 0x402 for firmware): each
// byte written is a character of output.
#pragma once

#include <cstdint>
#include <string>

#include "machine/base/byte_channel.h"
#include "machine/base/device.h"
#include "machine/devices/byte_ports.h"

namespace vireo {

class DebugPort : public Device {
 public:
  // Reads give this value, by which programs find out that the port is there.
  static constexpr uint8_t kReadback = 0xe9;

  // `channel` may be null and is not owned.
  DebugPort(std::string name, ByteChannel* channel);

  IoHandler& port() { return port_; }  // one byte

  std::string_view name() const override { return name_; }
  void reset() override {}
  void visit(Archive&) override {}

 private:
  uint8_t read_port(uint64_t offset);
  void write_port(uint64_t offset, uint8_t value);

  std::string name_;
  ByteChannel* channel_;
  BytePorts<DebugPort> port_;
};

}  // namespace vireo
