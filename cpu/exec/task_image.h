// The dynamic fields of a 16- or 32-bit task state segment (SDM 3A 7.2.1, 7.6).
#pragma once

#include <array>
#include <cstdint>

#include "cpu/cpu.h"

namespace vireo {

struct TaskImage {
  uint32_t cr3 = 0, eip = 0, eflags = 2;
  std::array<uint32_t, 8> registers{};  // in the order of their numbers
  std::array<uint16_t, 6> selectors{};  // in the order of SegIndex
  uint16_t ldt = 0;
  bool trap = false;
};

// The limit that a TSS must have at least.
constexpr uint32_t least_tss_limit(bool wide) { return wide ? 0x67 : 0x2b; }

// False: a page fault is pending.
bool read_task_image(Cpu& cpu, uint64_t base, bool wide, TaskImage& out);
// What a switch saves: all but CR3, LDT and T.
bool save_task_image(Cpu& cpu, uint64_t base, bool wide, const TaskImage& image);

}  // namespace vireo
