// Interrupt wires between chips: levels, never counts.
#pragma once

#include <cstdint>

namespace vireo {

// Something with numbered interrupt inputs: a PIC, an I/O APIC, a router, a CPU.
class InterruptSink {
 public:
  virtual ~InterruptSink() = default;
  // The wire into input `pin` now has this level (true = asserted, whatever
  // the electrical polarity).
  virtual void set_input(unsigned pin, bool level) = 0;
};

// The output pin of a chip, connected to one input of a sink. Remembers its
// level and tells the sink of changes only. A default line is not connected.
class IrqLine {
 public:
  IrqLine() = default;
  IrqLine(InterruptSink& sink, unsigned pin) : sink_(&sink), pin_(pin) {}

  void set(bool level) {
    if (level == level_) return;
    level_ = level;
    if (sink_ != nullptr) sink_->set_input(pin_, level);
  }
  // High then low: an edge, for chips that give pulses (the PIT's channel 0).
  void pulse() {
    set(true);
    set(false);
  }
  bool level() const { return level_; }

  // Sets the remembered level without telling the sink: when a snapshot loads,
  // the sink restores its own view, and an edge would be a lie.
  void restore(bool level) { level_ = level; }

  // Saves the level, or restores it without an edge.
  template <typename Archive>
  void visit(Archive& archive) {
    uint8_t level = level_;
    archive.io(level);
    if (!archive.saving()) restore(level != 0);
  }

 private:
  InterruptSink* sink_ = nullptr;
  unsigned pin_ = 0;
  bool level_ = false;
};

}  // namespace vireo
