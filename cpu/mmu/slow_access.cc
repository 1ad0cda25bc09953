// The slow paths of guest memory access: TLB misses, page crossings, devices,
// and stores to pages that hold decoded code.
#include "cpu/exec/access.h"
#include "cpu/exec/segment_check.h"
#include "cpu/mmu/address_width.h"
#include "cpu/mmu/ram_span.h"
#include "cpu/trace/insn_recorder.h"
#include "cpu/trace/insn_trace.h"

namespace vireo {
namespace {

// The natural one, but 8 for 80-bit numbers, and never more than 16; the areas of
// FSAVE and the like want that of their words (SDM 3A table 6-7).
constexpr uint64_t required_alignment(unsigned size) {
  if (size == 10) return 8;
  const unsigned power = size & (0u - size);
  return power < 16 ? power : 16;
}

// False: #AC is pending. It comes before page faults, but not before the fault of
// a non-canonical address.
bool aligned(Cpu& cpu, uint64_t va, unsigned size) {
  if (cpu.tlb != cpu.mmu().checked_table()) return true;
  if ((va & (required_alignment(size) - 1)) == 0 || !is_canonical(cpu, va)) return true;
  return cpu.raise(kVectorAc, 0) == Status::kOk;
}

Mmu::Class class_in_force(Cpu& cpu) { return cpu.mmu().class_of(cpu.tlb); }

// #SS instead of #GP when the non-canonical address was a stack reference.
void fix_stack_fault(Cpu& cpu, const Op* op, uint64_t va) {
  if (op == nullptr || op->seg != kSs || !cpu.paging() || !cpu.long_mode_active()) return;
  if (!is_canonical(cpu, va)) cpu.raise(kVectorSs, 0);
}

bool translate_filling(Cpu& cpu, const Op* op, uint64_t va, Access access, Translation& out) {
  const Mmu::Class c = class_in_force(cpu);
  if (!cpu.mmu().translate(cpu, va, access, c, out)) {
    fix_stack_fault(cpu, op, va);
    return false;
  }
  cpu.mmu().fill(cpu, c, va, access, out);
  return true;
}

// Device access must stand alone (see Cpu::restart_alone); true when it may go on.
bool device_allowed(Cpu& cpu, const Op* op) {
  if (!cpu.stepping) {
    cpu.restart_alone();
    return false;
  }
  cpu.sync_clock(op);
  return true;
}

uint64_t read_host(const uint8_t* host, unsigned size) {
  uint64_t value = 0;
  std::memcpy(&value, host, size);
  return value;
}

Loaded<uint64_t> load_in_page(Cpu& cpu, const Op* op, uint64_t va, unsigned size, Access access) {
  Translation t;
  if (!translate_filling(cpu, op, va, access, t)) return {0, false};
  if (cpu.watches_data() && !cpu.data_accessed(va, size, access == Access::kWrite)) {
    return {0, false};
  }
  const HostPage page = cpu.memory().host_page(t.physical.page());
  if (page.bytes != nullptr) {
    const auto* host = reinterpret_cast<const uint8_t*>(page.bytes);
    return {read_host(host + t.physical.page_offset(), size), true};
  }
  if (!device_allowed(cpu, op)) return {0, false};
  const uint64_t value = cpu.read_device(t.physical.value, size);
  cpu.charge_device_read();
  return {value, true};
}

bool store_in_page(Cpu& cpu, const Op* op, uint64_t va, uint64_t value, unsigned size) {
  Translation t;
  if (!translate_filling(cpu, op, va, Access::kWrite, t)) return false;
  if (cpu.watches_data() && !cpu.data_accessed(va, size, true)) return false;
  const HostPage page = cpu.memory().host_page(t.physical.page());
  if (!page.writable) {
    if (!device_allowed(cpu, op)) return false;
    cpu.write_device(t.physical.value, size, value);
    return true;
  }
  if (*page.holds_code != 0 && cpu.memory().code_in(t.physical, size)) {
    // The block that runs may be the one that changes: do it alone.
    if (!cpu.stepping) {
      cpu.restart_alone();
      return false;
    }
    std::memcpy(page.bytes + t.physical.page_offset(), &value, size);
    cpu.memory().tell_code_written(t.physical, size);
    return true;
  }
  std::memcpy(page.bytes + t.physical.page_offset(), &value, size);
  return true;
}

unsigned bytes_left_in_page(uint64_t va) {
  return static_cast<unsigned>(kPageSize - (va & kPageMask));
}

// Outside 64-bit mode linear addresses wrap at 4 GiB.
uint64_t next_page(const Cpu& cpu, uint64_t va) {
  const uint64_t next = (va & ~kPageMask) + kPageSize;
  return cpu.code_mode == CodeMode::k64 ? next : next & 0xffffffff;
}

// Writes after the checks of both pages: no fault can come in between.
bool both_writable(Cpu& cpu, const Op* op, uint64_t va, uint64_t second) {
  Translation t;
  return translate_filling(cpu, op, va, Access::kWrite, t) &&
         translate_filling(cpu, op, second, Access::kWrite, t);
}

// Writable RAM without decoded code: a store there has no consequences. The
// page was translated for writing just before.
bool plain_ram(Cpu& cpu, uint64_t va) {
  const RamSpan span = ram_span(cpu, nullptr, va, Access::kWrite);
  return span.kind == RamSpan::Kind::kRam && !span.holds_code && !cpu.watches_page(va);
}

Loaded<uint64_t> load_any(Cpu& cpu, const Op* op, uint64_t va, unsigned size, Access access) {
  const unsigned first = bytes_left_in_page(va);
  if (size <= first) return load_in_page(cpu, op, va, size, access);
  const Loaded<uint64_t> low = load_in_page(cpu, op, va, first, access);
  if (!low.ok) return low;
  const Loaded<uint64_t> high =
      load_in_page(cpu, op, next_page(cpu, va), size - first, access);
  return {low.value | high.value << (8 * first), high.ok};
}

// The host byte of `va` where a store needs no look but the recorder's.
uint8_t* host_for_untraced_write(Cpu& cpu, uint64_t va, unsigned size) {
  const TlbEntry& entry = cpu.tlb[tlb_index(va)];
  return writable_untraced(entry, va, size) ? host_address(entry, va) : nullptr;
}

bool stored(uint64_t va, uint64_t value, unsigned size) {
  if (InsnTrace::recording()) InsnTrace::recorder().store(va, value, size);
  return true;
}

bool stored_bytes(uint64_t va, const void* bytes, unsigned size) {
  if (InsnTrace::recording()) InsnTrace::recorder().store_bytes(va, bytes, size);
  return true;
}

}  // namespace

Loaded<uint64_t> slow_load(Cpu& cpu, const Op* op, uint64_t va, unsigned size) {
  if (VIREO_UNLIKELY(unsettled(cpu, va))) {
    if (!settle_address(cpu, va, size, Access::kRead)) return {0, false};
    if (const uint8_t* host = host_for_read(cpu, va, size)) return {read_host(host, size), true};
  }
  if (!aligned(cpu, va, size)) return {0, false};
  return load_any(cpu, op, va, size, Access::kRead);
}

Loaded<uint64_t> slow_load_for_write(Cpu& cpu, const Op* op, uint64_t va, unsigned size) {
  if (uint8_t* host = host_for_untraced_write(cpu, va, size)) return {read_host(host, size), true};
  if (!settle(cpu, va, size, Access::kWrite)) return {0, false};
  if (!aligned(cpu, va, size)) return {0, false};
  const unsigned first = bytes_left_in_page(va);
  if (size > first && !both_writable(cpu, op, va, next_page(cpu, va))) return {0, false};
  // What the store would have to restart for, the load must restart for.
  if (!cpu.stepping) {
    const uint64_t last = size <= first ? va : next_page(cpu, va);
    for (const uint64_t at : {va, last}) {
      const RamSpan span = ram_span(cpu, op, at, Access::kWrite);
      if (span.kind == RamSpan::Kind::kFault) return {0, false};
      if (span.kind == RamSpan::Kind::kRam && (!span.holds_code || (at == last && size <= first &&
          !cpu.memory().code_in(span.physical, size)))) {
        continue;
      }
      cpu.restart_alone();
      return {0, false};
    }
  }
  return load_any(cpu, op, va, size, Access::kWrite);
}

bool slow_store(Cpu& cpu, const Op* op, uint64_t va, uint64_t value, unsigned size) {
  if (uint8_t* host = host_for_untraced_write(cpu, va, size)) {
    std::memcpy(host, &value, size);
    return stored(va, value, size);
  }
  if (VIREO_UNLIKELY(unsettled(cpu, va))) {
    if (!settle_address(cpu, va, size, Access::kWrite)) return false;
    if (uint8_t* host = host_for_untraced_write(cpu, va, size)) {
      std::memcpy(host, &value, size);
      return stored(va, value, size);
    }
  }
  if (!aligned(cpu, va, size)) return false;
  const unsigned first = bytes_left_in_page(va);
  if (size <= first) {
    return store_in_page(cpu, op, va, value, size) && stored(va, value, size);
  }
  const uint64_t second = next_page(cpu, va);
  if (!both_writable(cpu, op, va, second)) return false;
  // Either half might need to stand alone; decide before the first is written.
  if (!cpu.stepping && !(plain_ram(cpu, va) && plain_ram(cpu, second))) {
    cpu.restart_alone();
    return false;
  }
  const uint64_t low = value & ((uint64_t{1} << (8 * first)) - 1);
  return store_in_page(cpu, op, va, low, first) &&
         store_in_page(cpu, op, second, value >> (8 * first), size - first) &&
         stored(va, value, size);
}

bool slow_load_bytes(Cpu& cpu, const Op* op, uint64_t va, void* out, unsigned size) {
  if (!settle(cpu, va, size, Access::kRead)) return false;
  if (!aligned(cpu, va, size)) return false;
  auto* bytes = static_cast<uint8_t*>(out);
  while (size > 0) {
    const unsigned piece = size < 8 ? size : 8;
    const Loaded<uint64_t> v = load_any(cpu, op, va, piece, Access::kRead);
    if (!v.ok) return false;
    std::memcpy(bytes, &v.value, piece);
    bytes += piece;
    va += piece;
    size -= piece;
  }
  return true;
}

bool slow_store_bytes(Cpu& cpu, const Op* op, uint64_t va, const void* in, unsigned size) {
  if (uint8_t* host = host_for_untraced_write(cpu, va, size)) {
    std::memcpy(host, in, size);
    return stored_bytes(va, in, size);
  }
  if (!settle(cpu, va, size, Access::kWrite)) return false;
  if (!aligned(cpu, va, size)) return false;
  if (!probe_write(cpu, op, va, size)) return false;
  if (!cpu.stepping) {
    const bool crosses = size > bytes_left_in_page(va);
    if (!plain_ram(cpu, va) || (crosses && !plain_ram(cpu, next_page(cpu, va)))) {
      cpu.restart_alone();
      return false;
    }
  }
  const auto* bytes = static_cast<const uint8_t*>(in);
  const uint64_t start = va;
  const unsigned all = size;
  while (size > 0) {
    // A piece never crosses a page, so that it cannot ask to be restarted half way.
    unsigned piece = size < 8 ? size : 8;
    if (piece > bytes_left_in_page(va)) piece = bytes_left_in_page(va);
    uint64_t value = 0;
    std::memcpy(&value, bytes, piece);
    if (!store_in_page(cpu, op, va, value, piece)) return false;
    bytes += piece;
    va += piece;
    size -= piece;
  }
  return stored_bytes(start, in, all);
}

bool probe_write(Cpu& cpu, const Op* op, uint64_t va, unsigned size) {
  if (!settle(cpu, va, size, Access::kWrite)) return false;
  Translation t;
  if (!translate_filling(cpu, op, va, Access::kWrite, t)) return false;
  if (size <= bytes_left_in_page(va)) return true;
  return translate_filling(cpu, op, next_page(cpu, va), Access::kWrite, t);
}

RamSpan ram_span(Cpu& cpu, const Op* op, uint64_t va, Access access) {
  Translation t;
  if (!translate_filling(cpu, op, va, access, t)) return {};
  const HostPage page = cpu.memory().host_page(t.physical.page());
  // Nor is a page with a data breakpoint for bulk work; whether one with a debugger's watchpoint
  // is depends on the bytes (Cpu::span_allowed), as the parts of a string must stay the same.
  const bool direct = page.bytes != nullptr && (page.writable || access != Access::kWrite);
  if (!direct || cpu.breakpoints().watches_page(va)) {
    return {RamSpan::Kind::kDevice, nullptr, t.physical, false};
  }
  auto* host = reinterpret_cast<uint8_t*>(page.bytes) + t.physical.page_offset();
  return {RamSpan::Kind::kRam, host, t.physical, *page.holds_code != 0};
}

}  // namespace vireo
