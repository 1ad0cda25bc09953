// A PCI function: identity, command and status, BARs, INTx
// and MSI-X (PCI 3.0 chapter 6). Chips and virtio devices derive from it.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "machine/base/device.h"
#include "machine/base/io_space.h"
#include "pci/bar.h"
#include "pci/config_registers.h"
#include "pci/config_space.h"
#include "pci/decode_window.h"
#include "pci/expansion_rom.h"
#include "pci/express_capability.h"
#include "pci/msix.h"
#include "pci/upstream.h"

namespace vireo {

struct PciIdentity {
  uint16_t vendor_id = 0;
  uint16_t device_id = 0;
  uint32_t class_code = 0;  // 24 bits: base class, subclass, interface
  uint8_t revision = 0;
  uint16_t subsystem_vendor_id = 0;
  uint16_t subsystem_id = 0;
};

// Pins as the interrupt pin register counts them.
enum class PciPin : uint8_t { kNone = 0, kA = 1, kB = 2, kC = 3, kD = 4 };

// What follows the first registers of the configuration space.
enum class HeaderType : uint8_t { kDevice = 0, kBridge = 1 };

class PciBus;

// How to use it: derive; in the constructor call add_bar, add_msix,
// set_interrupt_pin and config().add_capability; the board attaches the
// finished function to a PciBus. At run time call set_interrupt() and
// msix()->notify(), and do no DMA unless bus_master().
//
// Registers with side effects: override before_config_read / after_config_write.
// A derived reset(), reset_outputs() or visit() calls the one here first.
class PciFunction : public Device {
 public:
  // `name` identifies the snapshot section. `config_size` is 4096 for a PCI
  // Express function, 256 for a conventional one (which answers all ones above).
  PciFunction(std::string name, const PciIdentity& identity,
              unsigned config_size = kPciConventionalConfig,
              HeaderType header = HeaderType::kDevice);
  PciFunction(const PciFunction&) = delete;
  PciFunction& operator=(const PciFunction&) = delete;

  std::string_view name() const override { return name_; }
  // Phase one: registers to reset values, nothing pending, interrupt cause gone.
  void reset() override;
  // Phase two: BARs unmapped (their decode bits are off), INTx wire low.
  void reset_outputs() override;
  // Loading also maps the BARs where the loaded registers want them.
  void visit(Archive& archive) override;

  // --- building (before the function is attached) ---
  ConfigSpace& config() { return config_; }
  const ConfigSpace& config() const { return config_; }
  // BAR `index` (0-5; a 64-bit one needs index + 1 free as well) is answered by
  // `handler`, with offsets from the BAR's start.
  void add_bar(unsigned index, const BarDescription& description, IoHandler& handler);
  // MSI-X with a 32-bit memory BAR of its own at `bar`; `vectors` 1 to 2048.
  void add_msix(unsigned bar, unsigned vectors);
  // Not for bridges; `image` is at most ExpansionRom::kMaxBytes long.
  void add_rom(std::vector<std::byte> image);
  void set_interrupt_pin(PciPin pin);
  // The express capability of an endpoint behind a port, with function level reset;
  // the configuration space must have 4096 bytes.
  void add_express_endpoint();
  // Power states D0 and D3hot, in which the function keeps its state but only its
  // configuration space works (PCI Power Management 1.2 section 3.2).
  void add_power_management();

  // --- configuration cycles, by the bus; size 1, 2 or 4, any offset ---
  uint32_t config_read(unsigned offset, unsigned size);
  void config_write(unsigned offset, unsigned size, uint32_t value);

  // --- run time ---
  uint16_t command() const { return config_.get<uint16_t>(pci_reg::kCommand); }
  // Whether the function may read and write guest memory and send messages: it is a
  // bus master, and so is every bridge above it. One that is on no bus may not.
  bool bus_master() const;
  // Null without add_msix.
  Msix* msix() { return msix_.get(); }
  bool msix_enabled() const { return msix_ != nullptr && msix_->enabled(); }
  // The BAR that starts at register `index`, or null.
  Bar* bar(unsigned index) { return index < kPciBars ? bars_[index].get() : nullptr; }

  // The INTx cause, a level. Status bit 3 shows it always; the wire carries it
  // unless the command register's bit 10 or MSI-X is set (PCI 3.0 6.2.3).
  void set_interrupt(bool cause);
  bool interrupt_cause() const;
  PciPin interrupt_pin() const { return pin_; }
  // The level this function drives on `pin` (0 = INTA# .. 3 = INTD#).
  virtual bool intx_level(unsigned pin) const;

  // --- for the bus ---
  void attach(PciUpstream& upstream, uint8_t devfn);
  void detach();
  bool attached() const { return upstream_ != nullptr; }
  PciUpstream* upstream() { return upstream_; }
  const PciUpstream* upstream() const { return upstream_; }
  // A bridge above forwards other addresses or does or does not forward DMA.
  virtual void upstream_changed();
  uint8_t devfn() const { return devfn_; }
  // Header type bit 7 of function 0.
  void set_multifunction(bool multifunction);
  // The bus behind it, for bridges, and whether that is the way to bus number `bus`.
  virtual PciBus* secondary_bus() { return nullptr; }
  virtual const PciBus* secondary_bus() const { return nullptr; }
  virtual bool forwards_config(uint8_t /*bus*/) const { return false; }

 protected:
  // Called with offset and size already clipped to the configuration space.
  // Before: bring registers that are computed up to date, or act on a read.
  virtual void before_config_read(unsigned /*offset*/, unsigned /*size*/) {}
  // After: the registers hold the guest's value; act on it.
  virtual void after_config_write(unsigned /*offset*/, unsigned /*size*/) {}
  // bus_master() changed.
  virtual void on_bus_master_changed() {}
  // MSI-X enable or the function mask changed by a configuration write.
  virtual void on_msix_changed() {}
  // Called whenever decode may have changed (configuration write, reset, load),
  // before mapping: a function with windows of its own states what it wants.
  virtual void update_windows() {}

  // Registers a window besides the BARs; it must live as long as the function.
  void add_window(DecodeWindow& window) { windows_.push_back(&window); }
  // Maps anew what changed.
  void sync_decode();

 private:
  uint8_t power_state() const;
  void set_power_state(uint8_t state);
  bool asleep() const { return power_state() != 0; }
  void function_level_reset();
  void define_header(const PciIdentity& identity, HeaderType header);
  void place_windows();
  void sync_master();
  void sync_intx();
  struct Watched;  // the bits whose change runs a hook
  Watched watched() const;
  void run_hooks(const Watched& before);

  std::string name_;
  ConfigSpace config_;
  std::array<std::unique_ptr<Bar>, kPciBars> bars_;
  std::unique_ptr<Msix> msix_;
  std::unique_ptr<ExpansionRom> rom_;
  std::unique_ptr<ExpressCapability> endpoint_;
  unsigned power_ = 0;  // offset of the power management capability, 0 for none
  std::vector<DecodeWindow*> windows_;
  PciUpstream* upstream_ = nullptr;
  uint8_t devfn_ = 0;
  PciPin pin_ = PciPin::kNone;
  bool wire_ = false;  // level driven on the interrupt pin
  bool was_master_ = false;
};

}  // namespace vireo
