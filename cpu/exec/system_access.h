// Memory accesses that system instructions and event delivery make with a
// privilege of their own: descriptor tables, task state segments, and stacks of
// another privilege level (SDM 3A 4.6.1 "implicit supervisor-mode accesses").
#pragma once

#include <cstdint>

#include "cpu/cpu.h"
#include "cpu/mmu/address_width.h"

namespace vireo {

// The TLB class of explicit accesses at privilege level `cpl` with the current
// CR4.SMAP and RFLAGS.AC.
Mmu::Class privilege_class(const Cpu& cpu, unsigned cpl);

// Moves `size` bytes (at most 16) at linear address `va`. False: a fault is
// pending. A write that would fault in its second page writes nothing.
bool read_linear(Cpu& cpu, Mmu::Class c, uint64_t va, void* out, unsigned size);
bool write_linear(Cpu& cpu, Mmu::Class c, uint64_t va, const void* in, unsigned size);

// Descriptor tables and task state segments: always supervisor accesses, which
// RFLAGS.AC does not let into user pages.
template <typename T>
bool read_system(Cpu& cpu, uint64_t va, T& value) {
  return read_linear(cpu, Mmu::kSupervisor, va, &value, sizeof(T));
}
template <typename T>
bool write_system(Cpu& cpu, uint64_t va, const T& value) {
  return write_linear(cpu, Mmu::kSupervisor, va, &value, sizeof(T));
}

// Whether [offset, offset + size) lies inside the segment (SDM 3A 5.3).
bool segment_contains(const Segment& segment, uint64_t offset, unsigned size);

// A stack that grows or shrinks without the guest seeing it until commit(), so
// that an instruction can fault half way. Faults on it are #SS(fault_code) or
// page faults at privilege level `cpl`.
class StackCursor {
 public:
  enum class Width : uint8_t { k16, k32, k64 };

  // The current stack at the current privilege level.
  explicit StackCursor(Cpu& cpu, uint32_t fault_code = 0);
  StackCursor(Cpu& cpu, const Segment& ss, uint64_t sp, Width width, unsigned cpl,
              uint32_t fault_code);

  // `size` is 2, 4 or 8 bytes.
  bool push(uint64_t value, unsigned size);
  bool pop(uint64_t& value, unsigned size);
  // Drops `bytes` without reading them.
  void release(uint64_t bytes) { sp_ = wrap(sp_ + bytes); }
  uint64_t sp() const { return sp_; }
  // Makes this position the guest's (R/E)SP.
  void commit();

  static Width width_of(CodeMode mode, const Segment& ss);

 private:
  bool address(uint64_t sp, unsigned size, uint64_t& va);
  uint64_t wrap(uint64_t sp) const;

  Cpu& cpu_;
  uint64_t base_ = 0;
  uint64_t sp_;
  Segment ss_;
  Width width_;
  Mmu::Class class_;
  uint32_t fault_code_;
};

}  // namespace vireo
