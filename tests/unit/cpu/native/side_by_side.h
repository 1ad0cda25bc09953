// The same code, registers and memory on the host's processor and on ours, and
// what differs afterwards.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tests/unit/cpu/exec/system_guest.h"
#include "tests/unit/cpu/native/native_cpu.h"
#include "tests/unit/cpu/native/random.h"

namespace vireo {

struct Trial {
  struct Patch {
    uint64_t address = 0;  // in the stack or the data area
    std::vector<uint8_t> bytes;
  };
  std::vector<uint8_t> code;
  NativeRegs in;
  uint64_t at = NativeCpu::kCode;
  NativeCpu::Width width = NativeCpu::Width::k64;
  uint64_t ignored_flags = 0;
  std::vector<Patch> patches;
};

class SideBySide {
 public:
  // Where the guest keeps what the host has not: at other addresses than the
  // areas of NativeCpu.
  explicit SideBySide(uint64_t seed);

  // New random contents for the memory of both.
  void new_memory(Random& random);

  // Runs both from the same memory. What differs, with the trial; empty when
  // nothing does.
  std::string run(const Trial& trial);

  // How the last trial ended on the host.
  const NativeEnd& end() const { return end_; }

 private:
  void set_memory(const Trial& trial);
  void run_guest(const Trial& trial);
  std::string compare(const Trial& trial, const NativeRegs& native);
  std::string compare_memory();

  NativeCpu native_;
  SystemGuest guest_;
  std::vector<uint8_t> stack_, data_;  // contents before a trial
  NativeEnd end_;
  NativeRegs guest_regs_;
  NativeEnd guest_end_;
};

}  // namespace vireo
