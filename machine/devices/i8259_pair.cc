#include "machine/devices/i8259_pair.h"

namespace vireo {
namespace {

constexpr unsigned kCascade = 2;
constexpr unsigned kSpurious = 7;
// ELCR bits that exist: IRQ 0, 1, 2, 8 and 13 are always edge-triggered.
constexpr uint8_t kElcrMaster = 0xf8;
constexpr uint8_t kElcrSlave = 0xde;

}  // namespace

I8259Pair::I8259Pair(IrqLine intr)
    : intr_(intr),
      master_ports_(*this, &I8259Pair::read_master, &I8259Pair::write_master),
      slave_ports_(*this, &I8259Pair::read_slave, &I8259Pair::write_slave),
      elcr_ports_(*this, &I8259Pair::read_elcr, &I8259Pair::write_elcr) {
  master_.set_cascade_pin(kCascade);
}

void I8259Pair::reset() {
  master_.reset();
  slave_.reset();
}

void I8259Pair::visit(Archive& archive) {
  master_.visit(archive);
  slave_.visit(archive);
  intr_.visit(archive);
}

void I8259Pair::set_input(unsigned pin, bool level) {
  if (pin > 15 || pin == kCascade) return;
  (pin < 8 ? master_ : slave_).set_input(pin & 7, level);
  update();
}

void I8259Pair::update() {
  master_.set_input(kCascade, slave_.pending() >= 0);
  intr_.set(master_.pending() >= 0);
}

int I8259Pair::acknowledge() {
  const int pin = master_.pending();
  if (pin < 0) return master_.vector(kSpurious);
  master_.acknowledge(static_cast<unsigned>(pin));
  int vector = master_.vector(static_cast<unsigned>(pin));
  if (pin == kCascade) {
    const int slave_pin = slave_.pending();
    if (slave_pin >= 0) slave_.acknowledge(static_cast<unsigned>(slave_pin));
    // INT falls with the acknowledge; a further request gives a new edge.
    master_.set_input(kCascade, false);
    vector = slave_.vector(slave_pin >= 0 ? static_cast<unsigned>(slave_pin) : kSpurious);
  }
  update();
  return vector;
}

uint8_t I8259Pair::read_master(uint64_t offset) {
  const uint8_t value = master_.read(static_cast<unsigned>(offset));
  update();
  return value;
}

void I8259Pair::write_master(uint64_t offset, uint8_t value) {
  master_.write(static_cast<unsigned>(offset), value);
  update();
}

uint8_t I8259Pair::read_slave(uint64_t offset) {
  const uint8_t value = slave_.read(static_cast<unsigned>(offset));
  update();
  return value;
}

void I8259Pair::write_slave(uint64_t offset, uint8_t value) {
  slave_.write(static_cast<unsigned>(offset), value);
  update();
}

uint8_t I8259Pair::read_elcr(uint64_t offset) {
  return (offset & 1) != 0 ? slave_.level_mask() : master_.level_mask();
}

void I8259Pair::write_elcr(uint64_t offset, uint8_t value) {
  if ((offset & 1) != 0) {
    slave_.set_level_mask(value & kElcrSlave);
  } else {
    master_.set_level_mask(value & kElcrMaster);
  }
  update();
}

}  // namespace vireo
