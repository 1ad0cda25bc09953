// Segment descriptors and the loading of segment registers with all their
// checks (SDM 3A chapters 3 and 5).
#pragma once

#include <cstdint>

#include "cpu/cpu.h"

namespace vireo {

// The raw words of a descriptor; `base_high` is bits 63:32 of the base of a
// 16-byte system descriptor in long mode, else 0.
struct Descriptor {
  uint32_t low = 0;
  uint32_t high = 0;
  uint32_t base_high = 0;
  uint32_t extension = 0;  // the last word of a 16-byte descriptor

  unsigned type() const { return high >> 8 & 15; }
  bool code_or_data() const { return high & 1u << 12; }
  bool is_code() const { return code_or_data() && (high & 1u << 11); }
  bool is_data() const { return code_or_data() && !(high & 1u << 11); }
  bool conforming() const { return is_code() && (high & 1u << 10); }
  bool readable() const { return is_data() || (high & 1u << 9); }
  bool writable() const { return is_data() && (high & 1u << 9); }
  unsigned dpl() const { return high >> 13 & 3; }
  bool present() const { return high & 1u << 15; }
  bool long_mode() const { return high & 1u << 21; }
  bool big() const { return high & 1u << 22; }
  uint64_t base() const;
  uint32_t limit() const;  // in bytes
  Segment segment(uint16_t selector) const;

  // Gates (SDM 3A figure 5-8).
  uint16_t gate_selector() const { return static_cast<uint16_t>(low >> 16); }
  uint64_t gate_offset() const {
    return uint64_t{base_high} << 32 | (high & 0xffff0000) | (low & 0xffff);
  }
};

// System descriptor types (SDM 3A table 3-2).
enum SystemType : unsigned {
  kTypeTss16 = 1,
  kTypeLdt = 2,
  kTypeTss16Busy = 3,
  kTypeCallGate16 = 4,
  kTypeTaskGate = 5,
  kTypeInterruptGate16 = 6,
  kTypeTrapGate16 = 7,
  kTypeTss = 9,
  kTypeTssBusy = 11,
  kTypeCallGate = 12,
  kTypeInterruptGate = 14,
  kTypeTrapGate = 15,
};

constexpr bool null_selector(uint16_t selector) { return (selector & 0xfffc) == 0; }
constexpr unsigned rpl_of(uint16_t selector) { return selector & 3; }

// Where the descriptor of `selector` lies. False when it is null or not wholly
// inside its table; nothing is raised.
bool descriptor_address(const Cpu& cpu, uint16_t selector, unsigned size, uint64_t& va);

// Reads the 8-byte descriptor of a selector that is not null. Outside the
// table: raise(vector, selector | ext). False: a fault is pending.
bool fetch_descriptor(Cpu& cpu, uint16_t selector, Vector vector, uint32_t ext, Descriptor& out);
// For system descriptors: in long mode the upper half is read as well.
bool fetch_system_descriptor(Cpu& cpu, uint16_t selector, Vector vector, uint32_t ext,
                             Descriptor& out);
// Sets bits in the type field, as the processor does for "accessed" and "busy".
bool set_descriptor_type(Cpu& cpu, uint16_t selector, Descriptor& descriptor, unsigned bits);
// Sets the accessed bit if it is clear.
bool mark_accessed(Cpu& cpu, uint16_t selector, Descriptor& descriptor);

// raise() with a selector's error code: RPL cleared, `ext` set.
Status raise_selector(Cpu& cpu, Vector vector, uint16_t selector, uint32_t ext = 0);

// Whether a data segment register may hold the descriptor at this CPL: readable,
// and privileged enough unless conforming.
bool may_hold(const Cpu& cpu, const Descriptor& descriptor, uint16_t selector);

// Loads ES, SS, DS, FS or GS as MOV and POP do; checks in protected mode, plain
// shift in real mode. Calls mode_changed() as needed.
Status load_segment(Cpu& cpu, SegIndex index, uint16_t selector);

// What real and virtual-8086 mode put into a segment register; limit and
// attributes stay ("unreal" mode works).
void load_real_segment(Cpu& cpu, SegIndex index, uint16_t selector);

// The SS descriptor for a return or call to level `cpl`: checks of SDM 3A 5.8.
// Null selectors are the caller's business. Bad ones raise `vector`.
bool fetch_stack_segment(Cpu& cpu, uint16_t selector, unsigned cpl, Vector vector, uint32_t ext,
                         Segment& out);

// Puts a flat segment as SYSCALL and its kin make them.
Segment flat_code_segment(uint16_t selector, unsigned dpl, bool long_mode);
Segment flat_stack_segment(uint16_t selector, unsigned dpl);

// Data segments that level `cpl` may not keep become null (on returns outwards).
void drop_inner_data_segments(Cpu& cpu, unsigned cpl);

// Recomputes the TLB table and jump tag in force from CPL, CR4.SMAP, RFLAGS.AC.
void privilege_changed(Cpu& cpu);
// After a TLB flush: cached jump targets may lie elsewhere now.
void mappings_changed(Cpu& cpu);
// CR3 was loaded: drops what is not global, or only takes up the context that it
// names with what is there of it, when `keep` is set (MOV to CR3 with bit 63).
void address_space_changed(Cpu& cpu, bool keep = false);
// The process-context identifier in CR3; 0 while CR4.PCIDE is clear.
uint16_t current_pcid(const Cpu& cpu);
// INVLPG of `va`: drops its page.
void page_mapping_changed(Cpu& cpu, uint64_t va);

}  // namespace vireo
