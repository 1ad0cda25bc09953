// The two cascaded 8259A of a PC, with the chipset's edge/level registers.
#pragma once

#include <cstdint>

#include "machine/base/device.h"
#include "machine/base/irq_line.h"
#include "machine/devices/byte_ports.h"
#include "machine/devices/i8259.h"

namespace vireo {

// Inputs 0-7 belong to the master, 8-15 to the slave, whose INT output is the
// master's input 2; a wire into input 2 itself is not connected.
class I8259Pair : public Device, public InterruptSink {
 public:
  // `intr` is the master's INT output: to the CPU by way of LINT0.
  explicit I8259Pair(IrqLine intr);

  IoHandler& master_ports() { return master_ports_; }  // 0x20-0x21
  IoHandler& slave_ports() { return slave_ports_; }    // 0xa0-0xa1
  IoHandler& elcr_ports() { return elcr_ports_; }      // 0x4d0-0x4d1

  void set_input(unsigned pin, bool level) override;

  // The CPU's interrupt acknowledge cycle: the vector to take. When the request
  // has gone in the meantime that is a spurious IRQ 7 or 15, whose service bit
  // is not set.
  int acknowledge();

  const I8259& master() const { return master_; }
  const I8259& slave() const { return slave_; }

  std::string_view name() const override { return "i8259"; }
  void reset() override;
  void reset_outputs() override { update(); }
  void visit(Archive& archive) override;

 private:
  uint8_t read_master(uint64_t offset);
  void write_master(uint64_t offset, uint8_t value);
  uint8_t read_slave(uint64_t offset);
  void write_slave(uint64_t offset, uint8_t value);
  uint8_t read_elcr(uint64_t offset);
  void write_elcr(uint64_t offset, uint8_t value);
  void update();

  I8259 master_;
  I8259 slave_;
  IrqLine intr_;
  BytePorts<I8259Pair> master_ports_;
  BytePorts<I8259Pair> slave_ports_;
  BytePorts<I8259Pair> elcr_ports_;
};

}  // namespace vireo
