#include "machine/devices/i8259.h"

#include <bit>

namespace vireo {
namespace {

constexpr uint8_t bit(unsigned pin) { return static_cast<uint8_t>(1u << pin); }

// ICW1.
constexpr uint8_t kIcw1 = 0x10;
constexpr uint8_t kLevelMode = 0x08;
constexpr uint8_t kSingle = 0x02;
constexpr uint8_t kNeedsIcw4 = 0x01;

// ICW4.
constexpr uint8_t kSpecialNested = 0x10;
constexpr uint8_t kAutoEoi = 0x02;

constexpr uint8_t kOcw3 = 0x08;

}  // namespace

void I8259::reset() {
  const int cascade = cascade_pin_;
  const uint8_t inputs = inputs_;
  *this = I8259();
  cascade_pin_ = cascade;
  inputs_ = inputs;  // the wires are not ours
}

void I8259::visit(Archive& archive) {
  archive.io(inputs_);
  archive.io(requests_);
  archive.io(in_service_);
  archive.io(mask_);
  archive.io(level_mask_);
  archive.io(vector_base_);
  archive.io(lowest_);
  archive.io(expect_);
  archive.io(single_);
  archive.io(needs_icw4_);
  archive.io(all_level_);
  archive.io(auto_eoi_);
  archive.io(rotate_on_auto_eoi_);
  archive.io(special_mask_);
  archive.io(special_nested_);
  archive.io(read_in_service_);
  archive.io(poll_);
  if (lowest_ > 7 || expect_ > Expect::kIcw4) {
    archive.fail();
    reset();
  }
}

bool I8259::level_triggered(unsigned pin) const {
  return all_level_ || (level_mask_ & bit(pin)) != 0;
}

// An edge stays latched although its input falls again before the acknowledge
// (the chip would turn it into a spurious IRQ 7): sources that give short pulses
// then lose nothing.
void I8259::set_input(unsigned pin, bool level) {
  const bool before = (inputs_ & bit(pin)) != 0;
  if (level) {
    inputs_ |= bit(pin);
    if (!before || level_triggered(pin)) requests_ |= bit(pin);
  } else {
    inputs_ &= static_cast<uint8_t>(~bit(pin));
    if (level_triggered(pin)) requests_ &= static_cast<uint8_t>(~bit(pin));
  }
}

void I8259::set_level_mask(uint8_t mask) {
  level_mask_ = mask;
  // A level-triggered request is its wire.
  requests_ = static_cast<uint8_t>((requests_ & ~mask) | (inputs_ & mask));
}

// The pin of highest priority among `bits`, or -1.
int I8259::highest(uint8_t bits) const {
  if (bits == 0) return -1;
  const unsigned first = (lowest_ + 1u) & 7;
  return static_cast<int>((first + std::countr_zero(std::rotr(bits, static_cast<int>(first)))) & 7);
}

int I8259::pending() const {
  const int request = highest(static_cast<uint8_t>(requests_ & ~mask_));
  if (request < 0) return -1;
  uint8_t blocking = in_service_;
  // Special mask: a masked interrupt in service lets lower ones pass.
  if (special_mask_) blocking &= static_cast<uint8_t>(~mask_);
  // Special fully nested: the slave may interrupt itself with a higher request.
  if (special_nested_ && cascade_pin_ >= 0) {
    blocking &= static_cast<uint8_t>(~bit(static_cast<unsigned>(cascade_pin_)));
  }
  const int service = highest(blocking);
  if (service < 0) return request;
  const auto rank = [this](int pin) { return (static_cast<unsigned>(pin) + 7u - lowest_) & 7; };
  return rank(request) < rank(service) ? request : -1;
}

void I8259::acknowledge(unsigned pin) {
  if (!level_triggered(pin)) requests_ &= static_cast<uint8_t>(~bit(pin));
  if (!auto_eoi_) {
    in_service_ |= bit(pin);
  } else if (rotate_on_auto_eoi_) {
    lowest_ = static_cast<uint8_t>(pin);
  }
}

// The read after a poll command is the acknowledge.
uint8_t I8259::poll() {
  poll_ = false;
  const int pin = pending();
  if (pin < 0) return 0;
  acknowledge(static_cast<unsigned>(pin));
  return static_cast<uint8_t>(0x80 | pin);
}

uint8_t I8259::read(unsigned offset) {
  if (poll_) return poll();
  if ((offset & 1) != 0) return mask_;
  return read_in_service_ ? in_service_ : requests_;
}

void I8259::write(unsigned offset, uint8_t value) {
  if ((offset & 1) != 0) return write_data(value);
  if ((value & kIcw1) != 0) return initialise(value);
  if ((value & kOcw3) != 0) return write_ocw3(value);
  write_ocw2(value);
}

// The edge detectors are cleared: an input that is high must fall and rise again.
void I8259::initialise(uint8_t icw1) {
  I8259 fresh;
  fresh.cascade_pin_ = cascade_pin_;
  fresh.inputs_ = inputs_;
  fresh.level_mask_ = level_mask_;
  fresh.vector_base_ = vector_base_;
  fresh.single_ = (icw1 & kSingle) != 0;
  fresh.needs_icw4_ = (icw1 & kNeedsIcw4) != 0;
  fresh.all_level_ = (icw1 & kLevelMode) != 0;
  fresh.expect_ = Expect::kIcw2;
  *this = fresh;
  requests_ = all_level_ ? inputs_ : static_cast<uint8_t>(inputs_ & level_mask_);
}

void I8259::write_data(uint8_t value) {
  switch (expect_) {
    case Expect::kMask:
      mask_ = value;
      break;
    case Expect::kIcw2:
      vector_base_ = value & 0xf8;
      expect_ = !single_ ? Expect::kIcw3 : needs_icw4_ ? Expect::kIcw4 : Expect::kMask;
      break;
    case Expect::kIcw3:  // the cascade is wired, not programmed
      expect_ = needs_icw4_ ? Expect::kIcw4 : Expect::kMask;
      break;
    case Expect::kIcw4:
      special_nested_ = (value & kSpecialNested) != 0;
      auto_eoi_ = (value & kAutoEoi) != 0;
      expect_ = Expect::kMask;
      break;
  }
}

void I8259::write_ocw2(uint8_t value) {
  const bool rotate = (value & 0x80) != 0;
  const bool specific = (value & 0x40) != 0;
  const bool eoi = (value & 0x20) != 0;
  if (!eoi && !specific) {
    rotate_on_auto_eoi_ = rotate;
    return;
  }
  int pin = value & 7;
  if (!specific) {
    // Special mask mode hides masked levels from a non-specific EOI.
    const uint8_t hidden = special_mask_ ? mask_ : 0;
    pin = highest(static_cast<uint8_t>(in_service_ & ~hidden));
  }
  if (pin < 0) return;
  if (eoi) end_of_interrupt(static_cast<unsigned>(pin));
  if (rotate) lowest_ = static_cast<uint8_t>(pin);
}

void I8259::write_ocw3(uint8_t value) {
  if ((value & 0x40) != 0) special_mask_ = (value & 0x20) != 0;
  if ((value & 0x02) != 0) read_in_service_ = (value & 0x01) != 0;
  poll_ = (value & 0x04) != 0;
}

}  // namespace vireo
