// The q35 memory controller hub at 00:00.0: the doors to configuration space
// and the registers that switch memory areas (Intel 82Q35 datasheet, chapter 5).
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <utility>

#include "pci/config_ports.h"
#include "pci/function.h"

namespace vireo {

// What the guest reaches in one of the 13 areas from 0xC0000 to 0xFFFFF.
struct PamArea {
  uint32_t base = 0;
  uint32_t size = 0;
  bool read_ram = false;   // reads go to RAM, else to PCI / ROM
  bool write_ram = false;  // writes go to RAM, else to PCI / ROM
};
inline constexpr unsigned kPamAreas = 13;

// System management RAM, as programmed.
struct SmramState {
  bool enabled = false;    // G_SMRAME
  bool open = false;       // D_OPEN: visible outside SMM
  bool closed = false;     // D_CLS: data accesses go to PCI even in SMM
  bool locked = false;     // D_LCK
  bool high = false;       // H_SMRAME: the area is seen at 0xfeda0000 instead
  bool tseg = false;       // T_EN
  uint32_t tseg_size = 0;  // bytes: 1, 2 or 8 MiB; 0 for the reserved code

  bool operator==(const SmramState&) const = default;
};

// Where configuration space is memory-mapped.
struct PciExpressWindow {
  uint64_t base = 0;
  uint64_t size = 0;  // 64, 128 or 256 MiB: one per bus
};

// Wiring: map address_port() at 0xCF8 and data_port() at 0xCFC, 4 ports each,
// give the 0xCF9 chip to address_port().set_reset_control(), attach at 00:00.0.
// The ECAM window maps itself with kBoard priority as PCIEXBAR says.
class Q35HostBridge : public PciFunction {
 public:
  static constexpr uint64_t kDefaultExpressBase = 0xb0000000;
  static constexpr uint64_t kDefaultExpressSize = 0x10000000;

  explicit Q35HostBridge(PciBus& bus);

  void reset() override;
  void reset_outputs() override;
  void visit(Archive& archive) override;

  ConfigAddressPort& address_port() { return address_port_; }
  ConfigDataPort& data_port() { return data_port_; }
  EcamWindow& ecam() { return ecam_; }

  // Called after each write or reset (in its second phase) that may have changed
  // PAM or SMRAM. After a load the board reads both by itself.
  void set_memory_callback(std::function<void()> callback) {
    memory_callback_ = std::move(callback);
  }
  PamArea pam_area(unsigned index) const;  // 0 to kPamAreas - 1, ascending addresses
  SmramState smram() const;

  // What PCIEXBAR asks for; nothing when it is disabled or its size is reserved.
  std::optional<PciExpressWindow> express_window() const;

  // What firmware does before it enters an operating system; a board that
  // boots a kernel without firmware calls it after reset_outputs(). `window` must
  // have one of the three sizes and be aligned to it, below 64 GiB.
  void program_express_window(const PciExpressWindow& window);
  // Every PAM area readable and writable RAM.
  void open_all_pam();

 protected:
  void after_config_write(unsigned offset, unsigned size) override;
  void update_windows() override;

 private:
  void define_registers();
  void apply_smram_lock();
  void memory_changed();

  ConfigAddressPort address_port_;
  ConfigDataPort data_port_;
  EcamWindow ecam_;
  DecodeWindow ecam_window_;
  std::function<void()> memory_callback_;
};

}  // namespace vireo
