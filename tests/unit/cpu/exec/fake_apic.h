// An interrupt controller that has one interrupt when a test says so.
#pragma once

#include <utility>

#include "cpu/cpu.h"

namespace vireo {

struct FakeApic : InterruptController {
  int vector = -1;
  bool has_interrupt() const override { return vector >= 0; }
  int acknowledge() override { return std::exchange(vector, -1); }
  void set_cr8(uint8_t priority) override { task_priority = priority; }
  uint8_t cr8() const override { return task_priority; }
  bool read_msr(uint32_t, uint64_t&) override { return false; }
  bool write_msr(uint32_t, uint64_t) override { return false; }
  bool enabled() const override { return true; }
  uint32_t id() const override { return 0; }
  void woken_by_store() override { ++wakes; }
  uint8_t task_priority = 0;
  unsigned wakes = 0;  // that ended an MWAIT
};

}  // namespace vireo
