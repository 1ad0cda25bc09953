// An I/O APIC with 24 inputs (Intel 82093AA, version 0x20 with the EOI register
// of later chipsets).
#pragma once

#include <array>
#include <cstdint>

#include "machine/base/device.h"
#include "machine/base/io_space.h"
#include "machine/base/irq_line.h"
#include "machine/base/msi_message.h"

namespace vireo {

class IoApic : public Device, public IoHandler, public InterruptSink {
 public:
  static constexpr unsigned kPins = 24;
  static constexpr uint8_t kVersion = 0x20;

  // Interrupts leave as messages to 0xFEExxxxx. `id` is the initial APIC id.
  IoApic(MsiSink& messages, uint8_t id);

  // The register window: index at 0x00, data at 0x10, EOI at 0x40; map 4 KiB
  // (usually at 0xfec00000).
  uint64_t read(uint64_t offset, unsigned size) override;
  void write(uint64_t offset, unsigned size, uint64_t value) override;

  // Inputs 0-23; true = asserted, whatever polarity the guest programs.
  void set_input(unsigned pin, bool level) override;

  // The redirection entry of a pin, the level on it, and how many interrupts it has sent since the
  // machine was made; for those who show it.
  uint64_t entry(unsigned pin) const { return entries_[pin]; }
  bool level(unsigned pin) const { return (levels_ >> pin & 1) != 0; }
  uint64_t sent(unsigned pin) const { return sent_[pin]; }

  // A CPU ended the level-triggered interrupt `vector`.
  void eoi(uint8_t vector);

  std::string_view name() const override { return "ioapic"; }
  void reset() override;
  void visit(Archive& archive) override;

 private:
  uint32_t read_register(uint8_t index) const;
  void write_register(uint8_t index, uint32_t value);
  void write_entry(unsigned pin, uint64_t entry);
  // Sends the message of `pin` if it has a request that may go.
  void service(unsigned pin);
  void send(unsigned pin);

  MsiSink& messages_;
  uint8_t initial_id_;
  uint8_t index_ = 0;
  uint32_t id_ = 0;
  uint32_t levels_ = 0;  // the wires
  std::array<uint64_t, kPins> entries_{};
  std::array<uint64_t, kPins> sent_{};  // not part of the machine's state
};

}  // namespace vireo
