#include "machine/devices/ioapic.h"

namespace vireo {
namespace {

// Window.
constexpr uint64_t kIndex = 0x00;
constexpr uint64_t kData = 0x10;
constexpr uint64_t kEoi = 0x40;

// Registers.
constexpr uint8_t kId = 0x00;
constexpr uint8_t kVersionRegister = 0x01;
constexpr uint8_t kArbitration = 0x02;
constexpr uint8_t kFirstEntry = 0x10;
constexpr uint32_t kIdMask = 0x0f000000;

// Redirection entry.
constexpr uint64_t kVectorMask = 0xff;
constexpr unsigned kDeliveryShift = 8;
constexpr uint64_t kLogical = 1u << 11;
constexpr uint64_t kDeliveryStatus = 1u << 12;
constexpr uint64_t kRemoteIrr = 1u << 14;
constexpr uint64_t kLevel = 1u << 15;
constexpr uint64_t kMasked = 1u << 16;
constexpr uint64_t kReadOnly = kDeliveryStatus | kRemoteIrr;
constexpr uint64_t kEntryBits = 0xff0000000001ffff;

// Message (SDM 3A 11.11).
constexpr uint64_t kMessageBase = 0xfee00000;
constexpr uint64_t kMessageRedirect = 1u << 3;
constexpr uint64_t kMessageLogical = 1u << 2;
constexpr uint32_t kMessageAssert = 1u << 14;
constexpr uint32_t kMessageLevel = 1u << 15;
constexpr unsigned kLowestPriority = 1;

}  // namespace

IoApic::IoApic(MsiSink& messages, uint8_t id) : messages_(messages), initial_id_(id) { reset(); }

void IoApic::reset() {
  index_ = 0;
  id_ = uint32_t{initial_id_} << 24 & kIdMask;
  entries_.fill(kMasked);
}

void IoApic::visit(Archive& archive) {
  archive.io(index_);
  archive.io(id_);
  archive.io(levels_);
  archive.io(entries_);
}

uint64_t IoApic::read(uint64_t offset, unsigned size) {
  if (offset == kIndex) return index_;
  // The data window is one register of 32 bits and answers to nothing narrower.
  return offset == kData && size >= 4 ? read_register(index_) : 0;
}

void IoApic::write(uint64_t offset, unsigned size, uint64_t value) {
  if (offset == kIndex) {
    index_ = static_cast<uint8_t>(value);
  } else if (offset == kData && size >= 4) {
    write_register(index_, static_cast<uint32_t>(value));
  } else if (offset == kEoi) {
    eoi(static_cast<uint8_t>(value));
  }
}

uint32_t IoApic::read_register(uint8_t index) const {
  if (index == kId || index == kArbitration) return id_;
  if (index == kVersionRegister) return (kPins - 1) << 16 | kVersion;
  if (index < kFirstEntry || index >= kFirstEntry + 2 * kPins) return 0;
  const uint64_t entry = entries_[(index - kFirstEntry) / 2];
  return static_cast<uint32_t>((index & 1) != 0 ? entry >> 32 : entry);
}

void IoApic::write_register(uint8_t index, uint32_t value) {
  if (index == kId) id_ = value & kIdMask;
  if (index < kFirstEntry || index >= kFirstEntry + 2 * kPins) return;
  const unsigned pin = (index - kFirstEntry) / 2;
  const uint64_t old = entries_[pin];
  if ((index & 1) != 0) {
    write_entry(pin, (old & 0xffffffff) | uint64_t{value} << 32);
  } else {
    write_entry(pin, (old & ~uint64_t{0xffffffff}) | value);
  }
}

void IoApic::write_entry(unsigned pin, uint64_t entry) {
  entry = (entry & kEntryBits & ~kReadOnly) | (entries_[pin] & kReadOnly);
  // Edge-triggered entries have no remote IRR; switching a pin to edge and back
  // is how software ends an interrupt without the EOI register.
  if ((entry & kLevel) == 0) entry &= ~kRemoteIrr;
  entries_[pin] = entry;
  service(pin);
}

void IoApic::set_input(unsigned pin, bool level) {
  if (pin >= kPins) return;
  const uint32_t bit = 1u << pin;
  const bool rising = level && (levels_ & bit) == 0;
  levels_ = level ? levels_ | bit : levels_ & ~bit;
  if ((entries_[pin] & kLevel) != 0) {
    service(pin);
  } else if (rising && (entries_[pin] & kMasked) == 0) {
    // An edge on a masked pin is lost, as the datasheet says.
    send(pin);
  }
}

void IoApic::eoi(uint8_t vector) {
  for (unsigned pin = 0; pin < kPins; ++pin) {
    const uint64_t entry = entries_[pin];
    if ((entry & kLevel) == 0 || (entry & kVectorMask) != vector) continue;
    entries_[pin] &= ~kRemoteIrr;
    service(pin);
  }
}

void IoApic::service(unsigned pin) {
  uint64_t& entry = entries_[pin];
  if ((entry & kLevel) == 0 || (entry & (kMasked | kRemoteIrr)) != 0) return;
  if ((levels_ >> pin & 1) == 0) return;
  entry |= kRemoteIrr;
  send(pin);
}

void IoApic::send(unsigned pin) {
  ++sent_[pin];
  const uint64_t entry = entries_[pin];
  const unsigned delivery = static_cast<unsigned>(entry >> kDeliveryShift) & 7;
  MsiMessage message;
  message.address = kMessageBase | (entry >> 56) << 12;
  if ((entry & kLogical) != 0) message.address |= kMessageLogical;
  if (delivery == kLowestPriority) message.address |= kMessageRedirect;
  message.data = static_cast<uint32_t>(entry & kVectorMask) | delivery << 8 | kMessageAssert;
  if ((entry & kLevel) != 0) message.data |= kMessageLevel;
  messages_.send(message);
}

}  // namespace vireo
