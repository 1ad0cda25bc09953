// Port 0x61 of a PC ("port B", ICH9 NMI_SC): speaker gate, counter 2 output,
// refresh toggle, NMI sources.
#pragma once

#include <cstdint>

#include "machine/base/device.h"
#include "machine/base/event_queue.h"
#include "machine/devices/byte_ports.h"
#include "machine/devices/i8254.h"

namespace vireo {

// Bit 4 changes every 15.085 us of virtual time, as if counter 1 refreshed
// memory. There are no NMI sources: bits 7:6 read as zero.
class SystemPortB : public Device {
 public:
  SystemPortB(EventQueue& events, I8254& pit);

  IoHandler& port() { return port_; }  // 0x61, one byte

  std::string_view name() const override { return "port61"; }
  void reset() override { control_ = 0; }
  void reset_outputs() override { pit_.set_gate2(false); }
  void visit(Archive& archive) override;

 private:
  uint8_t read_port(uint64_t offset);
  void write_port(uint64_t offset, uint8_t value);

  EventQueue& events_;
  I8254& pit_;
  BytePorts<SystemPortB> port_;
  uint8_t control_ = 0;  // bits 3:0
};

}  // namespace vireo
