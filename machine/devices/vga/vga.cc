#include "machine/devices/vga/vga.h"

#include <algorithm>

namespace vireo {
namespace {

// Within the second BAR.
constexpr uint64_t kPorts = 0x400, kPortsEnd = 0x420;      // 3C0 to 3DF
constexpr uint64_t kDisplay = 0x500, kDisplayEnd = 0x516;  // two bytes for each register
constexpr uint64_t kExtension = 0x600;                     // its size, then the byte order
constexpr uint64_t kExtensionBytes = 8, kLittleEndian = 0x1e1e1e1e;
constexpr uint64_t kPortsOffset = 0x3c0 - VgaRegisters::kFirstPort;

constexpr uint64_t kBank = 0x10000;

}  // namespace

Vga::Vga(std::span<std::byte> memory, const VirtualClock& clock)
    : memory_(memory),
      clock_(clock),
      planes_(memory),
      display_(memory.size()),
      edid_(make_edid({1280, 800})),
      ports_(*this, &Vga::read_port, &Vga::write_port),
      window_ports_(*this, &Vga::read_window, &Vga::write_window),
      bochs_(*this),
      mmio_(*this),
      linear_(*this) {
  reset();
}

void Vga::reset() {
  registers_.reset();
  planes_.reset();
  display_.reset();
}

void Vga::visit(Archive& archive) {
  registers_.visit(archive);
  planes_.visit(archive);
  display_.visit(archive);
}

std::optional<LinearMode> Vga::linear_mode() const {
  if (!display_.on()) return std::nullopt;
  return display_.mode();
}

void Vga::tell(uint64_t offset, uint64_t length) {
  if (written_) written_(offset, length);
}

uint8_t Vga::read_port(uint64_t offset) {
  return registers_.read(static_cast<uint16_t>(VgaRegisters::kFirstPort + offset),
                         clock_.now_ns());
}

void Vga::write_port(uint64_t offset, uint8_t value) {
  registers_.write(static_cast<uint16_t>(VgaRegisters::kFirstPort + offset), value);
}

// Where in a picture of rows a 64 KiB window leads; nothing: the planes answer.
std::optional<uint64_t> Vga::banked(uint64_t offset) const {
  if (!display_.on() || display_.mode().depth == 4) return std::nullopt;
  return display_.bank_offset() + offset % kBank;
}

uint8_t Vga::read_window(uint64_t offset) {
  if (const auto at = banked(offset)) {
    return offset < kBank ? std::to_integer<uint8_t>(memory_[*at]) : 0xff;
  }
  return planes_.read(state(), offset);
}

void Vga::write_window(uint64_t offset, uint8_t value) {
  if (const auto at = banked(offset)) {
    if (offset >= kBank) return;
    memory_[*at] = std::byte{value};
    return tell(*at, 1);
  }
  if (const auto at = planes_.write(state(), offset, value)) tell(*at, 4);
}

void Vga::write_bochs(unsigned index, uint16_t value) {
  const uint64_t cleared = display_.write(index, value);
  registers_.set_wide_dac(display_.wide_dac());
  if (cleared == 0) return;
  const auto old = memory_.first(std::min<uint64_t>(cleared, memory_.size()));
  std::fill(old.begin(), old.end(), std::byte{0});
  tell(0, old.size());
}

uint64_t Vga::BochsPorts::read(uint64_t offset, unsigned size) {
  if (size == 1) return 0xff;
  return offset == 0 ? vga.display_.index() : vga.display_.read(vga.display_.index());
}

void Vga::BochsPorts::write(uint64_t offset, unsigned size, uint64_t value) {
  if (size == 1) return;
  if (offset == 0) {
    vga.display_.set_index(static_cast<uint16_t>(value));
    if (size == 2) return;
    value >>= 16;
  }
  vga.write_bochs(vga.display_.index(), static_cast<uint16_t>(value));
}

uint64_t Vga::Mmio::read(uint64_t offset, unsigned size) {
  if (offset >= kPorts && offset + size <= kPortsEnd) {
    return vga.ports_.read(offset - kPorts + kPortsOffset, size);
  }
  if (offset >= kDisplay && offset + size <= kDisplayEnd) {
    const unsigned at = static_cast<unsigned>(offset - kDisplay);
    const uint32_t low = vga.display_.read(at / 2);
    const uint32_t pair = low | uint32_t{vga.display_.read(at / 2 + 1)} << 16;
    return pair >> 8 * (at & 1);
  }
  if (offset >= kExtension && offset < kExtension + kExtensionBytes) {
    return (kExtensionBytes | kLittleEndian << 32) >> 8 * (offset - kExtension);
  }
  uint64_t value = 0;
  for (unsigned i = 0; i < size && offset + i < vga.edid_.size(); ++i) {
    value |= uint64_t{vga.edid_[offset + i]} << 8 * i;
  }
  return value;
}

void Vga::Mmio::write(uint64_t offset, unsigned size, uint64_t value) {
  if (offset >= kPorts && offset + size <= kPortsEnd) {
    vga.ports_.write(offset - kPorts + kPortsOffset, size, value);
  } else if (offset >= kDisplay && offset + size <= kDisplayEnd && offset % 2 == 0 && size >= 2) {
    for (unsigned i = 0; i < size / 2; ++i) {
      vga.write_bochs(static_cast<unsigned>(offset - kDisplay) / 2 + i,
                      static_cast<uint16_t>(value >> 16 * i));
    }
  }
}

uint64_t Vga::Linear::read(uint64_t offset, unsigned size) {
  uint64_t value = 0;
  for (unsigned i = 0; i < size && offset + i < vga.memory_.size(); ++i) {
    value |= std::to_integer<uint64_t>(vga.memory_[offset + i]) << 8 * i;
  }
  return value;
}

void Vga::Linear::write(uint64_t offset, unsigned size, uint64_t value) {
  for (unsigned i = 0; i < size && offset + i < vga.memory_.size(); ++i) {
    vga.memory_[offset + i] = static_cast<std::byte>(value >> 8 * i);
  }
  vga.tell(offset, size);
}

}  // namespace vireo
