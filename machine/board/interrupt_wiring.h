// The interrupt wires of the board: who is connected to which input of the
// 8259s and of the I/O APIC, with several devices on one input.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "machine/base/device.h"
#include "machine/base/irq_line.h"

namespace vireo {

// Inputs of one chip on which several devices sit: each input is high while any
// of them drives it.
class WiredOr {
 public:
  explicit WiredOr(InterruptSink& target) : target_(target) {}
  WiredOr(const WiredOr&) = delete;
  WiredOr& operator=(const WiredOr&) = delete;

  // A set of wires of one driver; at most 32 inputs.
  InterruptSink& add_driver();
  void visit(Archive& archive);

 private:
  struct Driver : InterruptSink {
    explicit Driver(WiredOr& owner_in) : owner(owner_in) {}
    void set_input(unsigned pin, bool level) override;
    WiredOr& owner;
    uint32_t levels = 0;
  };
  uint32_t levels() const;

  InterruptSink& target_;
  std::vector<std::unique_ptr<Driver>> drivers_;
};

// Inputs of a chip that is built later than what drives them.
class LateSink : public InterruptSink {
 public:
  void connect(InterruptSink& target) { target_ = &target; }
  void set_input(unsigned pin, bool level) override {
    if (target_ != nullptr) target_->set_input(pin, level);
  }

 private:
  InterruptSink* target_ = nullptr;
};

class InterruptWiring : public Device {
 public:
  InterruptWiring(InterruptSink& pic, InterruptSink& ioapic);

  // ISA interrupts 0-15: to the 8259s and to the I/O APIC.
  InterruptSink& isa() { return isa_; }
  // The PCI interrupt router's outputs: inputs of the 8259s and of the I/O APIC.
  InterruptSink& lpc_pic() { return lpc_pic_; }
  InterruptSink& lpc_ioapic() { return lpc_ioapic_; }
  // The HPET's own routes: inputs of the I/O APIC.
  InterruptSink& hpet_ioapic() { return hpet_ioapic_; }

  std::string_view name() const override { return "interrupt-wiring"; }
  // Wires have no memory: they fall when their drivers are reset.
  void reset() override {}
  void visit(Archive& archive) override;

 private:
  struct IsaSplit : InterruptSink {
    IsaSplit(InterruptSink& pic_in, InterruptSink& ioapic_in) : pic(pic_in), ioapic(ioapic_in) {}
    void set_input(unsigned irq, bool level) override;
    InterruptSink& pic;
    InterruptSink& ioapic;
  };

  WiredOr pic_;
  WiredOr ioapic_;
  IsaSplit isa_;
  InterruptSink& lpc_pic_;
  InterruptSink& lpc_ioapic_;
  InterruptSink& hpet_ioapic_;
};

}  // namespace vireo
