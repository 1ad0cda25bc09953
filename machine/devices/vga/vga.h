// A VGA with the display interface of Bochs and a linear frame buffer, as QEMU's "standard VGA".
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>

#include "machine/base/archive.h"
#include "machine/base/edid.h"
#include "machine/base/io_space.h"
#include "machine/base/virtual_clock.h"
#include "machine/devices/byte_ports.h"
#include "machine/devices/vga/bochs_display.h"
#include "machine/devices/vga/vga_memory.h"
#include "machine/devices/vga/vga_registers.h"

namespace vireo {

// The chip without its bus: whoever owns it maps its handlers and keeps its memory.
class Vga {
 public:
  // Bytes [offset, offset + length) of the memory were written other than by the processor's
  // own stores to the frame buffer.
  using Written = std::function<void(uint64_t offset, uint64_t length)>;

  // `memory` is a multiple of 64 KiB, at least 256 KiB.
  Vga(std::span<std::byte> memory, const VirtualClock& clock);
  void set_on_written(Written written) { written_ = std::move(written); }

  IoHandler& ports() { return ports_; }          // 3B0 to 3DF
  IoHandler& bochs_ports() { return bochs_; }    // 1CE to 1D1
  IoHandler& window() { return window_ports_; }  // A0000 to BFFFF
  IoHandler& registers() { return mmio_; }       // 4 KiB: EDID, and the ports' registers
  IoHandler& frame_buffer() { return linear_; }  // the memory

  void reset();
  void visit(Archive& archive);  // without the memory

  std::span<const std::byte> memory() const { return memory_; }
  const VgaState& state() const { return registers_.state(); }
  // Nothing: the VGA's own registers tell what is shown.
  std::optional<LinearMode> linear_mode() const;

 private:
  // Ports 1CE to 1D1: the index, and data at 1CF (words) and 1D0.
  struct BochsPorts : IoHandler {
    explicit BochsPorts(Vga& owner) : vga(owner) {}
    uint64_t read(uint64_t offset, unsigned size) override;
    void write(uint64_t offset, unsigned size, uint64_t value) override;
    Vga& vga;
  };
  // The second BAR, in QEMU's layout.
  struct Mmio : IoHandler {
    explicit Mmio(Vga& owner) : vga(owner) {}
    uint64_t read(uint64_t offset, unsigned size) override;
    void write(uint64_t offset, unsigned size, uint64_t value) override;
    Vga& vga;
  };
  // The frame buffer where it is no memory of the machine.
  struct Linear : IoHandler {
    explicit Linear(Vga& owner) : vga(owner) {}
    uint64_t read(uint64_t offset, unsigned size) override;
    void write(uint64_t offset, unsigned size, uint64_t value) override;
    Vga& vga;
  };

  uint8_t read_port(uint64_t offset);
  void write_port(uint64_t offset, uint8_t value);
  uint8_t read_window(uint64_t offset);
  void write_window(uint64_t offset, uint8_t value);
  std::optional<uint64_t> banked(uint64_t offset) const;
  void write_bochs(unsigned index, uint16_t value);
  void tell(uint64_t offset, uint64_t length);

  std::span<std::byte> memory_;
  const VirtualClock& clock_;
  Written written_;
  VgaRegisters registers_;
  VgaMemory planes_;
  BochsDisplay display_;
  Edid edid_;
  BytePorts<Vga> ports_;
  BytePorts<Vga> window_ports_;
  BochsPorts bochs_;
  Mmio mmio_;
  Linear linear_;
};

}  // namespace vireo
