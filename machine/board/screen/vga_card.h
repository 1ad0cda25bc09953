// The standard VGA as a PCI card: the chip, its memory, and where processors find them.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "machine/base/picture.h"
#include "machine/board/core.h"
#include "machine/devices/vga/vga.h"
#include "machine/devices/vga/vga_picture.h"
#include "machine/host/host_ram.h"
#include "machine/host/host_services.h"
#include "pci/function.h"

namespace vireo {

// PCI 1234:1111, as QEMU's: BAR 0 is the frame buffer of 16 MiB, BAR 2 the registers. Where no
// other memory is in the way the frame buffer is memory of the machine like its RAM, and as fast.
// The addresses of old, ports and window, answer while the command register lets them.
class VgaCard : public PciFunction, public Screen {
 public:
  static constexpr uint64_t kMemoryBytes = uint64_t{16} << 20;
  // Of the package seabios.
  static constexpr std::string_view kRomPath = "/usr/share/seabios/vgabios-stdvga.bin";

  // With an expansion ROM, unless `rom_path` is empty. The error is one of the file or of memory.
  static Result<std::unique_ptr<VgaCard>> create(MachineCore& core, HostServices& host,
                                                 const std::string& rom_path);
  ~VgaCard() override;

  void reset() override;
  void visit(Archive& archive) override;

  Picture picture() override;
  bool changed() override;
  std::optional<std::string> text() override;

 private:
  // A picture's inputs, for telling whether the next one differs.
  struct Looked {
    VgaState state;
    std::optional<LinearMode> linear;
    bool cursor_on = false, blink_on = false;
    std::vector<std::byte> bytes;
  };

  VgaCard(MachineCore& core, HostRam memory, std::vector<std::byte> rom);
  void update_windows() override;
  void show_memory(std::optional<uint64_t> base);
  bool free_for_memory(uint64_t base) const;
  void visit_memory(Archive& archive);
  void written(uint64_t offset, uint64_t length);
  VgaView view() const;

  MachineCore& core_;
  HostRam memory_;
  Vga chip_;
  DecodeWindow mono_ports_, colour_ports_, bochs_ports_, window_;
  // The ports of each range, as they count from its start.
  struct Shifted : IoHandler {
    Shifted(IoHandler& of, uint64_t offset) : handler(of), skipped(offset) {}
    uint64_t read(uint64_t offset, unsigned size) override {
      return handler.read(offset + skipped, size);
    }
    void write(uint64_t offset, unsigned size, uint64_t value) override {
      handler.write(offset + skipped, size, value);
    }
    IoHandler& handler;
    uint64_t skipped;
  };
  Shifted colour_;
  std::optional<uint64_t> shown_at_;  // where the frame buffer is memory
  std::optional<Looked> looked_;
};

}  // namespace vireo
