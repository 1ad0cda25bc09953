// The local APIC timer: one-shot, periodic and TSC-deadline (SDM 3A 11.5.4).
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "cpu/apic/apic_cpu.h"
#include "machine/base/archive.h"
#include "machine/base/event_queue.h"

namespace vireo {

// Ticks of the undivided timer clock per second of virtual time: one per
// nanosecond. CPUID leaf 0x15 reports it as the core crystal clock.
inline constexpr uint64_t kApicTimerHz = 1'000'000'000;

class ApicTimer {
 public:
  // The mode field of the timer's LVT entry, bits 18:17.
  enum class Mode : uint8_t { kOneShot = 0, kPeriodic = 1, kTscDeadline = 2, kReserved = 3 };

  // `expired` is called at each expiry while the LVT entry is not masked.
  ApicTimer(EventQueue& events, const TscSource& tsc, std::string name,
            std::function<void()> expired);

  void reset();
  void visit(Archive& archive);

  // The LVT entry was written. A change to or from TSC-deadline disarms.
  void configure(Mode mode, bool masked);

  uint32_t initial_count() const { return initial_count_; }
  void set_initial_count(uint32_t count);
  uint32_t current_count() const;

  // The divide configuration register, bits 3, 1 and 0.
  uint32_t divide_configuration() const { return divide_; }
  void set_divide_configuration(uint32_t value);

  // IA32_TSC_DEADLINE: zero when disarmed, and always so in the other modes.
  uint64_t deadline_tsc() const { return deadline_tsc_; }
  void set_deadline_tsc(uint64_t tsc);

  // The TSC was written: the deadline lies at another virtual time now.
  void tsc_changed();

 private:
  unsigned divide_shift() const;
  uint64_t period_ns() const { return uint64_t{initial_count_} << divide_shift(); }
  void fire();
  void rearm();
  void arm_deadline();

  EventQueue& events_;
  const TscSource& tsc_;
  std::function<void()> expired_;
  Event event_;
  Mode mode_ = Mode::kOneShot;
  bool masked_ = true;
  uint32_t initial_count_ = 0;
  uint32_t divide_ = 0;
  uint64_t start_ns_ = 0;  // when the current count was loaded
  uint64_t deadline_tsc_ = 0;
};

}  // namespace vireo
