#include "pci/config_ports.h"

namespace vireo {

namespace {

// Bits 30:24 and 1:0 of the address register are read-only zero.
constexpr uint32_t kLatchBits = 0x80fffffc;

constexpr uint64_t all_ones(unsigned size) {
  return size >= 8 ? ~uint64_t{0} : (uint64_t{1} << (8 * size)) - 1;
}

constexpr PciAddress ecam_address(uint64_t offset) {
  return PciAddress{static_cast<uint8_t>(offset >> 20), static_cast<uint8_t>(offset >> 15 & 0x1f),
                    static_cast<uint8_t>(offset >> 12 & 7)};
}

// The widest naturally aligned piece, up to a dword, with which to start.
constexpr unsigned piece_size(uint64_t offset, unsigned size) {
  if (size >= 4 && offset % 4 == 0) return 4;
  if (size >= 2 && offset % 2 == 0) return 2;
  return 1;
}

}  // namespace

uint64_t ConfigAddressPort::read(uint64_t offset, unsigned size) {
  if (offset == 0 && size == 4) return latch_;
  if (offset == 1 && size == 1 && reset_control_ != nullptr) return reset_control_->read(0, 1);
  return all_ones(size);
}

void ConfigAddressPort::write(uint64_t offset, unsigned size, uint64_t value) {
  if (offset == 0 && size == 4) {
    latch_ = static_cast<uint32_t>(value) & kLatchBits;
  } else if (offset == 1 && size == 1 && reset_control_ != nullptr) {
    reset_control_->write(0, 1, value);
  }
}

PciAddress ConfigDataPort::target() const {
  const uint32_t latch = address_.latch();
  return PciAddress{static_cast<uint8_t>(latch >> 16), static_cast<uint8_t>(latch >> 11 & 0x1f),
                    static_cast<uint8_t>(latch >> 8 & 7)};
}

unsigned ConfigDataPort::lane(uint64_t offset) const {
  return (address_.latch() & 0xfc) + static_cast<unsigned>(offset & 3);
}

uint64_t ConfigDataPort::read(uint64_t offset, unsigned size) {
  if (!enabled() || size > 4) return all_ones(size);
  return bus_.config_read(target(), lane(offset), size);
}

void ConfigDataPort::write(uint64_t offset, unsigned size, uint64_t value) {
  if (!enabled() || size > 4) return;
  bus_.config_write(target(), lane(offset), size, static_cast<uint32_t>(value));
}

uint64_t EcamWindow::read(uint64_t offset, unsigned size) {
  uint64_t value = 0;
  for (unsigned done = 0; done < size;) {
    const uint64_t at = offset + done;
    const unsigned piece = piece_size(at, size - done);
    const uint64_t part = bus_.config_read(ecam_address(at), at & 0xfff, piece);
    value |= part << (8 * done);
    done += piece;
  }
  return value;
}

void EcamWindow::write(uint64_t offset, unsigned size, uint64_t value) {
  for (unsigned done = 0; done < size;) {
    const uint64_t at = offset + done;
    const unsigned piece = piece_size(at, size - done);
    const auto part = static_cast<uint32_t>(value >> (8 * done) & all_ones(piece));
    bus_.config_write(ecam_address(at), at & 0xfff, piece, part);
    done += piece;
  }
}

}  // namespace vireo
