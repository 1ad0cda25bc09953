// One Intel 8259A programmable interrupt controller.
#pragma once

#include <cstdint>

#include "machine/base/archive.h"

namespace vireo {

// The state machine alone: eight inputs, an INT output that is asked for, no
// wiring (see i8259_pair.h). Commands are ICW1-4 and OCW1-3 of the datasheet.
class I8259 {
 public:
  // Power-on state: nothing pending, no vector base, masks clear. ELCR, which
  // belongs to the chipset, is left alone by an ICW1 and cleared here.
  void reset();
  void visit(Archive& archive);

  void set_input(unsigned pin, bool level);
  // The request that wins over all in service, or -1; the INT output is the
  // same as pending() >= 0.
  int pending() const;
  // The two INTA cycles for `pin`, which pending() gave.
  void acknowledge(unsigned pin);
  uint8_t vector(unsigned pin) const { return static_cast<uint8_t>(vector_base_ + pin); }

  // Port offset 0 (commands and status) and 1 (mask).
  uint8_t read(unsigned offset);
  void write(unsigned offset, uint8_t value);

  // Edge/level control: a set bit makes that input level-triggered.
  uint8_t level_mask() const { return level_mask_; }
  void set_level_mask(uint8_t mask);

  // For those who show it, without the effects of a read.
  uint8_t inputs() const { return inputs_; }
  uint8_t requests() const { return requests_; }
  uint8_t in_service() const { return in_service_; }
  uint8_t mask() const { return mask_; }

  // Which input carries a slave; it takes part in special fully nested mode.
  void set_cascade_pin(int pin) { cascade_pin_ = pin; }

 private:
  uint8_t poll();
  void initialise(uint8_t icw1);
  void write_data(uint8_t value);
  void write_ocw2(uint8_t value);
  void write_ocw3(uint8_t value);
  void end_of_interrupt(unsigned pin) { in_service_ &= static_cast<uint8_t>(~(1u << pin)); }
  int highest(uint8_t bits) const;
  bool level_triggered(unsigned pin) const;

  enum class Expect : uint8_t { kMask, kIcw2, kIcw3, kIcw4 };

  int cascade_pin_ = -1;
  uint8_t inputs_ = 0;
  uint8_t requests_ = 0;    // IRR
  uint8_t in_service_ = 0;  // ISR
  uint8_t mask_ = 0;        // IMR
  uint8_t level_mask_ = 0;
  uint8_t vector_base_ = 0;
  uint8_t lowest_ = 7;  // the input with the lowest priority
  Expect expect_ = Expect::kMask;
  bool single_ = false;
  bool needs_icw4_ = false;
  bool all_level_ = false;  // ICW1 LTIM
  bool auto_eoi_ = false;
  bool rotate_on_auto_eoi_ = false;
  bool special_mask_ = false;
  bool special_nested_ = false;
  bool read_in_service_ = false;
  bool poll_ = false;
};

}  // namespace vireo
