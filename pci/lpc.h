// The ICH9 LPC bridge at 00:1f.0: ACPI block, PCI interrupt routing and the
// root complex block (Intel ICH9 datasheet, chapters 10 and 13).
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <utility>

#include "machine/base/irq_line.h"
#include "pci/function.h"
#include "pci/root_bus.h"
#include "pci/root_complex_block.h"

namespace vireo {

inline constexpr unsigned kPirqs = 8;  // PIRQA to PIRQH
inline constexpr unsigned kIoApicPirqBase = 16;
inline constexpr uint64_t kPmBlockSize = 128;

// What the LPC bridge drives. The sinks see levels; PIC inputs are 0-15, I/O
// APIC inputs 0-23. Other chips may share an input: the board ORs them.
struct LpcWiring {
  IoHandler& pm;          // 128 ports of ACPI power management, mapped at PMBASE
  InterruptSink& pic;     // PIRQs as routed by their registers, and the SCI
  InterruptSink& ioapic;  // PIRQ n on 16 + n always, and the SCI
};

// Wiring: attach at 00:1f.0, bus.set_intx_router(&lpc), and connect the power
// management chip's SCI output to input 0 of sci_input().
class Ich9Lpc : public PciFunction, public PciIntxRouter {
 public:
  explicit Ich9Lpc(const LpcWiring& wiring);

  void reset() override;
  void reset_outputs() override;
  void visit(Archive& archive) override;

  // PciIntxRouter.
  void set_intx(unsigned device, unsigned pin, bool level) override;

  // The PIRQ (0 = A) of a slot's pin (0 = INTA#); board tables (_PRT) follow it.
  unsigned pirq_of(unsigned device, unsigned pin) const;
  // The 8259 input to which a PIRQ is routed, if it is.
  std::optional<unsigned> pic_input_of(unsigned pirq) const;

  // Level input for the system control interrupt (pin 0).
  InterruptSink& sci_input() { return sci_; }
  // The interrupt that ACPI_CNTL selects: 9, 10, 11, 20, 21; nothing if reserved.
  std::optional<unsigned> sci_irq() const;
  // Where the ACPI block decodes, if it does.
  std::optional<uint16_t> pm_base() const;
  // Called after a write or reset (in its second phase) that may have changed
  // SMI_LOCK. The power management chip saves its own copy.
  void set_smi_lock_callback(std::function<void(bool locked)> callback) {
    smi_lock_changed_ = std::move(callback);
  }
  bool smi_locked() const;

  // What firmware does before it enters an operating system; a board that
  // boots a kernel without firmware calls these after reset_outputs().
  void program_pm_base(uint16_t base, bool enable = true);  // base is a multiple of 128
  void program_pirq(unsigned pirq, std::optional<unsigned> pic_input);
  void program_rcba(uint32_t base);  // a multiple of 16 KiB; 0 disables

 protected:
  void after_config_write(unsigned offset, unsigned size) override;
  void update_windows() override;

 private:
  struct SciInput : InterruptSink {
    explicit SciInput(Ich9Lpc& owner) : lpc(owner) {}
    void set_input(unsigned pin, bool level) override;
    Ich9Lpc& lpc;
  };
  // One bit for each input that this chip drives high.
  struct Levels {
    uint32_t pic = 0;
    uint32_t ioapic = 0;
  };
  void define_registers();
  uint8_t pirq_levels() const;
  Levels output_levels() const;
  void drive_lines();
  void restore_lines();
  void apply_smi_lock();

  RootComplexBlock root_complex_;
  DecodeWindow pm_window_;
  DecodeWindow rcba_window_;
  SciInput sci_;
  bool sci_level_ = false;
  std::array<uint32_t, 4> pins_{};  // bit n of [p]: slot n asserts pin p
  std::array<IrqLine, 16> pic_lines_;
  std::array<IrqLine, 24> ioapic_lines_;
  std::function<void(bool)> smi_lock_changed_;
};

}  // namespace vireo
