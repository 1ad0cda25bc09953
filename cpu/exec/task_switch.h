// Hardware task switches through 16- and 32-bit task state segments (SDM 3A
// chapter 7). Long mode has none.
#pragma once

#include <cstdint>

#include "cpu/cpu.h"
#include "cpu/exec/segment.h"

namespace vireo {

// What asks for a switch; it decides over busy bits, back link and NT
// (SDM 3A table 7-2).
enum class TaskEntry : uint8_t { kJump, kCall, kReturn, kEvent };

struct TaskSwitch {
  TaskEntry entry;
  uint16_t selector;    // of the new TSS
  Descriptor tss;       // checked by one of the functions below
  uint64_t return_rip;  // what the old task goes on with
  uint64_t return_flags;
  uint32_t ext = 0;        // the EXT bit of error codes
  bool has_error = false;  // an event's error code goes on the new task's stack
  uint32_t error_code = 0;
};

enum class TaskOutcome : uint8_t {
  kRefused,  // a fault is pending in the old task, whose registers are as before
  kDone,
  kFaulted,  // the new task runs, and its first act is the fault that is pending
};
TaskOutcome switch_task(Cpu& cpu, const TaskSwitch& how);

// The TSS that a task gate names, or the back link for IRET (`entry` kReturn).
// False: #GP or #NP is pending (#TS for a back link).
bool fetch_task(Cpu& cpu, uint16_t selector, TaskEntry entry, uint32_t ext, Descriptor& out);

// Far JMP and CALL to a TSS or a task gate that this privilege level may see.
Status transfer_to_task(Cpu& cpu, uint16_t selector, const Descriptor& target, TaskEntry entry,
                        uint64_t return_rip);
// IRET with RFLAGS.NT.
Status return_to_task(Cpu& cpu, uint64_t return_rip);

constexpr bool is_available_tss(unsigned type) { return type == kTypeTss16 || type == kTypeTss; }

}  // namespace vireo
