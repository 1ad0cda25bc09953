#include "cpu/trace/insn_recorder.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cstring>
#include <utility>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include "cpu/cpu.h"
#include "cpu/trace/insn_trace.h"

namespace vireo {
namespace {

// Sites after which all code is forgotten: bounds what a guest that makes code can take.
constexpr size_t kMostSites = size_t{1} << 20;

// A bit for each of the 16 general registers that differ.
#if defined(__SSE2__)
// The equal halves of two registers at `i` and the next, as 32-bit lanes of ones.
inline __m128i equal_halves(const uint64_t* a, const uint64_t* b, unsigned i) {
  return _mm_cmpeq_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(a + i)),
                         _mm_loadu_si128(reinterpret_cast<const __m128i*>(b + i)));
}

// A bit for each unequal half of eight registers.
inline uint32_t unequal_halves(const uint64_t* a, const uint64_t* b) {
  const __m128i low = _mm_packs_epi32(equal_halves(a, b, 0), equal_halves(a, b, 2));
  const __m128i high = _mm_packs_epi32(equal_halves(a, b, 4), equal_halves(a, b, 6));
  return ~static_cast<uint32_t>(_mm_movemask_epi8(_mm_packs_epi16(low, high))) & 0xffff;
}

inline uint32_t changed_registers(const uint64_t* a, const uint64_t* b) {
  uint32_t halves = unequal_halves(a, b) | unequal_halves(a + 8, b + 8) << 16;
  halves = (halves | halves >> 1) & 0x55555555;
  halves = (halves | halves >> 1) & 0x33333333;
  halves = (halves | halves >> 2) & 0x0f0f0f0f;
  halves = (halves | halves >> 4) & 0x00ff00ff;
  return (halves | halves >> 8) & 0xffff;
}
#else
inline uint32_t changed_registers(const uint64_t* a, const uint64_t* b) {
  uint32_t changed = 0;
  for (unsigned i = 0; i < 16; ++i) changed |= uint32_t{a[i] != b[i]} << i;
  return changed;
}
#endif

}  // namespace

InsnRecorder::InsnRecorder(TraceEncoder& encoder, std::vector<Cpu*> processors)
    : encoder_(encoder), processors_(std::move(processors)) {}

InsnRecorder::~InsnRecorder() {
  if (InsnTrace::armed() && &InsnTrace::recorder() == this) InsnTrace::arm(nullptr);
}

// Blocks with the op and without it are not for each other: each processor forgets its own
// when it runs next.
void InsnRecorder::set_recording(bool on) {
  if (on == InsnTrace::recording()) return;
  InsnTrace::set_recording(on);
  ++epoch_;
}

void InsnRecorder::enter(Cpu& cpu) {
  if (InsnTrace::recording() && encoder_.sites() > kMostSites) {
    encoder_.forget_code();
    ++epoch_;
  }
  if (std::exchange(epochs_[&cpu], epoch_) != epoch_) cpu.blocks().clear(cpu);
  if (!InsnTrace::recording()) return;
  TraceRegisters registers;
  std::copy_n(cpu.regs, 16, registers.begin());
  gather_trace_registers(cpu, registers);
  const auto at = std::find(processors_.begin(), processors_.end(), &cpu);
  encoder_.processor(static_cast<unsigned>(at - processors_.begin()), registers);
  encoder_.position(cpu.clock().instructions());
  collect(cpu, kSystem | kVectors);
  if (!changes_.empty() || changed_registers(cpu.regs, encoder_.registers().data()) != 0) {
    changed_outside(cpu);
  }
}

void InsnRecorder::emit(const Insn& insn, const uint8_t* bytes, uint64_t rip, Op& op) {
  TraceCode code;
  code.rip = rip;
  code.mode = insn.mode;
  code.length = insn.len;
  std::copy_n(bytes, insn.len, code.bytes.begin());
  const bool string = insn.row->map == 0 && (insn.opcode & 0xf4) == 0xa4;
  code.base = string                                      ? uint8_t{kRdi}
              : !insn.memory()                            ? uint8_t{kRsp}
              : insn.base < kNoBase                       ? insn.base
                                                          : kNoBase;
  op.fn = &record_step;
  op.imm = encoder_.add_code(code);
  op.aux = touches_of(insn);
}

uint32_t InsnRecorder::site_at(uint32_t site, uint64_t rip) {
  TraceCode code = encoder_.code(site);
  code.rip = rip;
  return encoder_.add_code(code);
}

void InsnRecorder::step(Cpu& cpu, const Op* op) {
  if (pending_ != kNoSite) commit(cpu);
  ++begun_;
  auto site = static_cast<uint32_t>(op->imm);
  const uint64_t rip = cpu.rip_of(op);
  // The page may be mapped in several places.
  if (encoder_.code(site).rip != rip) site = site_at(site, rip);
  pending_ = site;
  touches_ = op->aux;
}

void InsnRecorder::end_turn(Cpu& cpu, uint64_t done, bool faulted) {
  const uint64_t begun = std::exchange(begun_, 0);
  assert(begun == done || begun == done + 1);
  if (pending_ != kNoSite && begun == done) {
    commit(cpu);
  } else if (!faulted) {
    forget_stores();  // it runs again, alone
  }
  pending_ = kNoSite;
}

void InsnRecorder::collect(const Cpu& cpu, uint8_t touches) {
  changes_.clear();
  TraceRegisters now;
  unsigned first = kTraceX87;
  if ((touches & kSystem) != 0) {
    gather_trace_registers(cpu, now);
    first = kTraceSystem;
  } else {
    gather_trace_vectors(cpu, now);
  }
  const TraceRegisters& before = encoder_.registers();
  for (unsigned i = first; i < kTraceRegisters; ++i) {
    if (now[i] != before[i]) changes_.push_back({static_cast<uint8_t>(i), now[i]});
  }
}

TraceEncoder::More InsnRecorder::more() const { return {changes_, more_stores_, bulk_, bytes_}; }

void InsnRecorder::commit(Cpu& cpu) {
  uint32_t shape = changed_registers(cpu.regs, encoder_.registers().data());
  const uint64_t flags = trace_flags(cpu);
  if (flags != encoder_.registers()[kTraceFlags]) shape |= 1u << kTraceFlags;
  if (stores_ != 0) {
    shape |= stores_ << kShapeStores;
    for (unsigned i = 0; i < stores_; ++i) {
      const auto power = static_cast<unsigned>(std::countr_zero(first_stores_[i].size));
      shape |= power << (kShapeSizes + 2 * i);
    }
  }
  const uint8_t touches = thorough_ ? uint8_t{kSystem | kVectors} : touches_;
  if (touches != 0) collect(cpu, touches);
  const bool others = !more_stores_.empty() || !bulk_.empty();
  if (others || (touches != 0 && !changes_.empty())) shape |= 1u << kShapeMore;
  if (touches == 0) changes_.clear();
  encoder_.instruction(pending_, shape, cpu.regs, flags, first_stores_, more());
  stores_ = 0;
  if (others) forget_stores();
}

void InsnRecorder::forget_stores() {
  stores_ = 0;
  more_stores_.clear();
  bulk_.clear();
  bytes_.clear();
}

void InsnRecorder::store(uint64_t address, uint64_t value, unsigned size) {
  if (!std::has_single_bit(size)) return store_bytes(address, &value, size);
  const TraceStore store{address, value & size_mask(size), static_cast<uint8_t>(size)};
  if (stores_ < kMostStores) first_stores_[stores_++] = store;
  else more_stores_.push_back(store);
}

void InsnRecorder::store_bytes(uint64_t address, const void* bytes, size_t size) {
  const auto* from = static_cast<const uint8_t*>(bytes);
  if (size <= 32) {
    while (size != 0) {
      const size_t piece = std::bit_floor(std::min<size_t>(size, 8));
      uint64_t value = 0;
      std::memcpy(&value, from, piece);
      store(address, value, static_cast<unsigned>(piece));
      address += piece;
      from += piece;
      size -= piece;
    }
    return;
  }
  while (size != 0) {
    const auto piece = static_cast<uint32_t>(std::min<size_t>(size, kMostBulk));
    bulk_.push_back({address, static_cast<uint32_t>(bytes_.size()), piece});
    bytes_.insert(bytes_.end(), from, from + piece);
    address += piece;
    from += piece;
    size -= piece;
  }
}

void InsnRecorder::delivered(Cpu& cpu, TraceKind kind, uint8_t vector, uint32_t error) {
  // INT n and the like are instructions, which end with the delivery.
  if (pending_ != kNoSite) return;
  collect(cpu, kSystem | kVectors);
  const uint32_t changed = changed_registers(cpu.regs, encoder_.registers().data());
  for (uint32_t set = changed; set != 0; set &= set - 1) {
    const auto i = static_cast<uint8_t>(std::countr_zero(set));
    changes_.push_back({i, cpu.regs[i]});
  }
  if (const uint64_t flags = trace_flags(cpu); flags != encoder_.registers()[kTraceFlags]) {
    changes_.push_back({kTraceFlags, flags});
  }
  for (unsigned i = stores_; i > 0; --i) {
    more_stores_.insert(more_stores_.begin(), first_stores_[i - 1]);
  }
  encoder_.event(kind, vector, error, more());
  changes_.clear();
  forget_stores();
}

VIREO_HANDLER record_step(Cpu& cpu, const Op* op) {
  InsnTrace::recorder().step(cpu, op);
  VIREO_NEXT();
}

}  // namespace vireo
