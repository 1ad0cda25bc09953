// How handlers reach guest memory and registers. The fast path is a TLB compare
// and one host access; everything else is one call.
#pragma once

#include <cstdint>
#include <cstring>
#include <type_traits>

#include "cpu/block/op.h"
#include "cpu/cpu.h"

namespace vireo {

#define VIREO_LIKELY(x) __builtin_expect(!!(x), 1)
#define VIREO_UNLIKELY(x) __builtin_expect(!!(x), 0)

struct Vec128 {
  uint64_t lo, hi;
};

// A value read from guest memory; `ok` is false when a fault is pending.
template <typename T>
struct Loaded {
  T value;
  bool ok;
};

// --- slow paths (cpu/mmu/slow_access.cc) ---
Loaded<uint64_t> slow_load(Cpu& cpu, const Op* op, uint64_t va, unsigned size);
bool slow_store(Cpu& cpu, const Op* op, uint64_t va, uint64_t value, unsigned size);
// Reads for a read-modify-write: faults as a write does.
Loaded<uint64_t> slow_load_for_write(Cpu& cpu, const Op* op, uint64_t va, unsigned size);
bool slow_load_bytes(Cpu& cpu, const Op* op, uint64_t va, void* out, unsigned size);
bool slow_store_bytes(Cpu& cpu, const Op* op, uint64_t va, const void* in, unsigned size);
// Whether all bytes may be written, without writing (pushes of several words).
bool probe_write(Cpu& cpu, const Op* op, uint64_t va, unsigned size);

inline bool readable(const TlbEntry& entry, uint64_t va, unsigned size) {
  return entry.read_tag == tlb_tag(va, size);
}
inline bool writable(const TlbEntry& entry, uint64_t va, unsigned size) {
  return entry.write_tag == tlb_tag(va, size);
}
inline uint8_t* host_address(const TlbEntry& entry, uint64_t va) {
  return reinterpret_cast<uint8_t*>(entry.addend + va);
}

// The host byte of `va` when all `size` bytes may be read (written) at once;
// otherwise null, and the access has to take its slow path.
inline uint8_t* host_for_read(Cpu& cpu, uint64_t va, unsigned size) {
  const TlbEntry& entry = cpu.tlb[tlb_index(va)];
  return VIREO_LIKELY(readable(entry, va, size)) ? host_address(entry, va) : nullptr;
}
inline uint8_t* host_for_write(Cpu& cpu, uint64_t va, unsigned size) {
  const TlbEntry& entry = cpu.tlb[tlb_index(va)];
  return VIREO_LIKELY(writable(entry, va, size)) ? host_address(entry, va) : nullptr;
}

template <typename T>
inline Loaded<T> load(Cpu& cpu, const Op* op, uint64_t va) {
  T value;
  const TlbEntry& entry = cpu.tlb[tlb_index(va)];
  if (VIREO_LIKELY(readable(entry, va, sizeof(T)))) {
    std::memcpy(&value, host_address(entry, va), sizeof(T));
    return {value, true};
  }
  if constexpr (sizeof(T) <= 8 && std::is_integral_v<T>) {
    const Loaded<uint64_t> slow = slow_load(cpu, op, va, sizeof(T));
    return {static_cast<T>(slow.value), slow.ok};
  } else {
    std::memset(&value, 0, sizeof(T));
    const bool ok = slow_load_bytes(cpu, op, va, &value, sizeof(T));
    return {value, ok};
  }
}

template <typename T>
inline bool store(Cpu& cpu, const Op* op, uint64_t va, T value) {
  const TlbEntry& entry = cpu.tlb[tlb_index(va)];
  if (VIREO_LIKELY(writable(entry, va, sizeof(T)))) {
    std::memcpy(host_address(entry, va), &value, sizeof(T));
    return true;
  }
  if constexpr (sizeof(T) <= 8 && std::is_integral_v<T>) {
    return slow_store(cpu, op, va, value, sizeof(T));
  } else {
    return slow_store_bytes(cpu, op, va, &value, sizeof(T));
  }
}

// memory = change(memory); false when a fault is pending, and then nothing was
// written. `change` must not touch CPU state that a fault would have to undo
// unless it is called only once: it is called exactly once, before the write,
// and the write is known to succeed.
template <typename T, typename Change>
inline bool modify(Cpu& cpu, const Op* op, uint64_t va, Change&& change) {
  const TlbEntry& entry = cpu.tlb[tlb_index(va)];
  if (VIREO_LIKELY(writable(entry, va, sizeof(T)))) {
    uint8_t* host = host_address(entry, va);
    T value;
    std::memcpy(&value, host, sizeof(T));
    value = change(value);
    std::memcpy(host, &value, sizeof(T));
    return true;
  }
  const Loaded<uint64_t> old = slow_load_for_write(cpu, op, va, sizeof(T));
  if (!old.ok) return false;
  return slow_store(cpu, op, va, change(static_cast<T>(old.value)), sizeof(T));
}

// --- registers by byte offset ---
template <typename T>
inline T reg(const Cpu& cpu, unsigned offset) {
  T value;
  std::memcpy(&value, reinterpret_cast<const char*>(cpu.regs) + offset, sizeof(T));
  return value;
}
// 32-bit writes clear the upper half (SDM 1, 3.4.1.1).
template <typename T>
inline void set_reg(Cpu& cpu, unsigned offset, T value) {
  char* at = reinterpret_cast<char*>(cpu.regs) + offset;
  if constexpr (sizeof(T) == 4) {
    const uint64_t wide = static_cast<uint32_t>(value);
    std::memcpy(at, &wide, 8);
  } else {
    std::memcpy(at, &value, sizeof(T));
  }
}

// --- addresses ---
// Forms of memory operands, chosen at decode time.
enum class Form : uint8_t {
  kBase,  // 64-bit: base + disp (also RIP-relative, absolute)
  kSib,   // 64-bit: base + index * scale + disp
  kFlat32,  // flat 32-bit code (CpuState::flat32), DS or SS: as kSib, modulo 4 GiB
  kFlat32Base,  // the same without an index; only some handlers tell it from kFlat32
  kFull,  // segment base, 16/32-bit address size, legacy-mode limit checks
};

struct Linear {
  uint64_t va;
  bool ok;
};
// kFull in legacy modes. What the segment allows is checked now or, where that
// depends on the access, then (cpu/exec/segment_check.h).
Linear legacy_linear(Cpu& cpu, const Op* op, uint64_t offset);
inline uint64_t effective_offset(const Cpu& cpu, const Op* op) {
  const uint64_t offset = reg<uint64_t>(cpu, op->base) +
                          (reg<uint64_t>(cpu, op->index) << op->scale) +
                          static_cast<int64_t>(op->disp);
  if (op->addr_size == 8) return offset;
  return op->addr_size == 4 ? static_cast<uint32_t>(offset) : static_cast<uint16_t>(offset);
}

template <Form form>
inline Linear linear(Cpu& cpu, const Op* op) {
  if constexpr (form == Form::kBase) {
    return {reg<uint64_t>(cpu, op->base) + static_cast<int64_t>(op->disp), true};
  } else if constexpr (form == Form::kSib) {
    return {reg<uint64_t>(cpu, op->base) + (reg<uint64_t>(cpu, op->index) << op->scale) +
                static_cast<int64_t>(op->disp),
            true};
  } else if constexpr (form == Form::kFlat32Base) {
    return {static_cast<uint32_t>(reg<uint64_t>(cpu, op->base) + static_cast<uint64_t>(op->disp)),
            true};
  } else if constexpr (form == Form::kFlat32) {
    return {static_cast<uint32_t>(reg<uint64_t>(cpu, op->base) +
                                  (reg<uint64_t>(cpu, op->index) << op->scale) +
                                  static_cast<uint64_t>(op->disp)),
            true};
  } else {
    const uint64_t offset = effective_offset(cpu, op);
    if (VIREO_LIKELY(cpu.code_mode == CodeMode::k64)) {
      return {offset + cpu.seg_base[op->seg], true};
    }
    if (VIREO_LIKELY(offset < cpu.seg_plain[op->seg])) {
      return {static_cast<uint32_t>(offset + cpu.seg_base[op->seg]), true};
    }
    return legacy_linear(cpu, op, offset);
  }
}

// --- helpers for emitters ---
struct Insn;
// Byte offset into regs of general register `number` at `size` bytes, minding
// AH..BH (without REX, numbers 4-7 at size 1).
uint8_t reg_offset(unsigned number, unsigned size, bool rex);
// Copies the memory operand into `op` and says which form it has.
Form emit_memory(const Insn& insn, Op& op);

// A handler for a semantic function `Status f(Cpu&, const Op*)`: goes on with
// the next op, or leaves on a fault.
template <Status (*f)(Cpu&, const Op*)>
VIREO_HANDLER simple_handler(Cpu& cpu, const Op* op) {
  if (VIREO_UNLIKELY(f(cpu, op) != Status::kOk)) VIREO_FAULT();
  VIREO_NEXT();
}
// The same, returning to the run loop afterwards (mode changes, device access).
template <Status (*f)(Cpu&, const Op*)>
VIREO_HANDLER leaving_handler(Cpu& cpu, const Op* op) {
  if (VIREO_UNLIKELY(f(cpu, op) != Status::kOk)) VIREO_FAULT();
  VIREO_TAIL(leave_after);
}
// The same for functions which set cpu.rip themselves (far transfers).
VIREO_HANDLER leave_as_is(Cpu& cpu, const Op* op);
template <Status (*f)(Cpu&, const Op*)>
VIREO_HANDLER transfer_handler(Cpu& cpu, const Op* op) {
  if (VIREO_UNLIKELY(f(cpu, op) != Status::kOk)) VIREO_FAULT();
  VIREO_TAIL(leave_as_is);
}

}  // namespace vireo
