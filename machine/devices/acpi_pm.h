// The ACPI fixed hardware of an ICH9 (ACPI 6.2 section 4.8; ICH9 datasheet 13.8):
// PM1 event and control, PM timer, GPE0, and the SMI command port.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "machine/base/device.h"
#include "machine/base/event_queue.h"
#include "machine/base/io_space.h"
#include "machine/base/irq_line.h"
#include "machine/devices/byte_ports.h"
#include "machine/devices/tick_rate.h"

namespace vireo {

// A write to the SMI command port is an SMI when SMI_EN asks for it. Until then
// there is no firmware in system management mode, and what it would do (switch
// SCI_EN) is done by the chip.
class AcpiPm : public Device, public IoHandler {
 public:
  static constexpr uint64_t kBlockSize = 128;
  static constexpr uint64_t kTimerHz = 3579545;

  // Offsets in the block and constants, for the FADT and DSDT.
  static constexpr unsigned kPm1Event = 0x00;
  static constexpr unsigned kPm1Control = 0x04;
  static constexpr unsigned kPmTimer = 0x08;
  static constexpr unsigned kGpe0 = 0x20;
  static constexpr unsigned kGpe0Size = 16;
  static constexpr uint8_t kAcpiEnable = 0x02;  // to SMI_CMD
  static constexpr uint8_t kAcpiDisable = 0x03;
  // SLP_TYP of S5. Zero as in QEMU, so that programs which end with a plain
  // outw(0x604, 0x2000) find what they expect.
  static constexpr unsigned kSleepTypeSoftOff = 0;

  enum class Reg : uint8_t;  // the registers of the block, in acpi_pm.cc

  // `sci` is level-triggered. `power_off` is called when the guest enters S5.
  AcpiPm(EventQueue& events, IrqLine sci, std::function<void()> power_off);

  // The PM block; LPC maps it where PMBASE says.
  uint64_t read(uint64_t offset, unsigned size) override;
  void write(uint64_t offset, unsigned size, uint64_t value) override;

  IoHandler& smi_command_ports() { return smi_ports_; }  // 0xb2-0xb3

  // What an SMI does, and the LPC bridge's SMI_LOCK, which protects SMI_EN's
  // global enable.
  void set_smi(std::function<void()> smi) { smi_ = std::move(smi); }
  void set_smi_locked(bool locked) { smi_locked_ = locked; }

  // Called when the timer is read, for what waiting for it costs. Firmware waits by reading it
  // again and again.
  void set_timer_read(std::function<void()> read) { timer_read_ = std::move(read); }

  // The user pressed the power button (monitor: system_powerdown).
  void press_power_button();
  // A general-purpose event 0-63 (hot-plug and the like).
  void raise_gpe(unsigned number);

  std::string_view name() const override { return "acpi-pm"; }
  void reset() override;
  void reset_outputs() override { update_sci(); }
  void visit(Archive& archive) override;

 private:
  uint64_t get(Reg reg);
  uint64_t peek(Reg reg) const;
  void set(Reg reg, uint64_t value);
  void write_pm1_control(uint16_t value);
  void write_smi_enable(uint32_t value);
  uint8_t read_smi_port(uint64_t offset);
  void write_smi_port(uint64_t offset, uint8_t value);
  uint64_t ticks() const;
  void catch_up_timer();
  void update_sci();

  EventQueue& events_;
  IrqLine sci_;
  std::function<void()> power_off_;
  std::function<void()> smi_;
  std::function<void()> timer_read_;
  BytePorts<AcpiPm> smi_ports_;
  Event overflow_;

  uint16_t pm1_status_ = 0;
  uint16_t pm1_enable_ = 0;
  uint16_t pm1_control_ = 0;
  uint64_t gpe0_status_ = 0;
  uint64_t gpe0_enable_ = 0;
  uint32_t smi_enable_ = 0;
  uint32_t smi_status_ = 0;
  bool smi_locked_ = false;
  uint8_t smi_command_ = 0;
  uint8_t smi_data_ = 0;
  uint64_t timer_half_ = 0;  // ticks / 2^23 up to which TMROF_STS is right
};

}  // namespace vireo
