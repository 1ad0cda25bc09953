// Element by element: VMASKMOVPS and relatives, and the gathers.
// Elements that the mask leaves out are not touched and do not fault.
#include "cpu/exec/avx_handler.h"

namespace vireo {
namespace {

template <typename T>
T element(const VecReg& r, unsigned i) {
  T value;
  std::memcpy(&value, r.u8 + i * sizeof(T), sizeof(T));
  return value;
}
template <typename T>
void set_element(VecReg& r, unsigned i, T value) {
  std::memcpy(r.u8 + i * sizeof(T), &value, sizeof(T));
}
template <typename T>
bool chosen(const VecReg& mask, unsigned i) {
  return element<T>(mask, i) >> (8 * sizeof(T) - 1);
}

// Zero for elements left out; nothing is written when one faults.
template <typename T, unsigned bytes>
Status masked_load(Cpu& cpu, const Op* op) {
  if (!avx_ready(cpu)) return raise_avx_unavailable(cpu);
  const Linear at = linear<Form::kFull>(cpu, op);
  if (!at.ok) return Status::kFault;
  VecReg out{};
  for (unsigned i = 0; i < bytes / sizeof(T); ++i) {
    if (!chosen<T>(cpu.vec[op->aux], i)) continue;
    const Loaded<T> value = load<T>(cpu, op, at.va + i * sizeof(T));
    if (!value.ok) return Status::kFault;
    set_element(out, i, value.value);
  }
  cpu.vec[op->dst] = out;
  return Status::kOk;
}

// All elements are known to be writable before the first is written.
template <typename T, unsigned bytes>
Status masked_store(Cpu& cpu, const Op* op) {
  if (!avx_ready(cpu)) return raise_avx_unavailable(cpu);
  const Linear at = linear<Form::kFull>(cpu, op);
  if (!at.ok) return Status::kFault;
  const VecReg mask = cpu.vec[op->aux];
  for (unsigned i = 0; i < bytes / sizeof(T); ++i) {
    if (chosen<T>(mask, i) && !probe_write(cpu, op, at.va + i * sizeof(T), sizeof(T))) {
      return Status::kFault;
    }
  }
  for (unsigned i = 0; i < bytes / sizeof(T); ++i) {
    if (!chosen<T>(mask, i)) continue;
    if (!store(cpu, op, at.va + i * sizeof(T), element<T>(cpu.vec[op->dst], i))) {
      return Status::kFault;
    }
  }
  return Status::kOk;
}

template <typename T>
Handler masked_handler(bool is_store, bool wide) {
  if (is_store) {
    return wide ? simple_handler<masked_store<T, 32>> : simple_handler<masked_store<T, 16>>;
  }
  return wide ? simple_handler<masked_load<T, 32>> : simple_handler<masked_load<T, 16>>;
}

// The address of element i: base + index[i] * scale + displacement, at the
// address size, with the checks of legacy segments. op->index is the number of
// the vector of indices.
template <typename Index>
Linear element_address(Cpu& cpu, const Op* op, unsigned i) {
  const auto index = static_cast<std::make_signed_t<Index>>(element<Index>(cpu.vec[op->index], i));
  uint64_t offset = reg<uint64_t>(cpu, op->base) +
                    (static_cast<uint64_t>(int64_t{index}) << op->scale) +
                    static_cast<uint64_t>(int64_t{op->disp});
  if (op->addr_size == 4) offset = static_cast<uint32_t>(offset);
  if (cpu.code_mode != CodeMode::k64) return legacy_linear(cpu, op, offset);
  return {offset + cpu.seg_base[op->seg], true};
}

// SDM 2C "VPGATHERDD": elements done so far, and their mask bits cleared, stay
// when one faults, so that the instruction can go on from there.
template <typename T, typename Index, unsigned count>
Status gather(Cpu& cpu, const Op* op) {
  if (!avx_ready(cpu)) return raise_avx_unavailable(cpu);
  VecReg& mask = cpu.vec[op->aux];
  for (unsigned i = 0; i < count; ++i) {
    set_element<T>(mask, i, chosen<T>(mask, i) ? static_cast<T>(~T{0}) : T{0});
  }
  for (unsigned i = 0; i < count; ++i) {
    if (!chosen<T>(mask, i)) continue;
    const Linear at = element_address<Index>(cpu, op, i);
    if (!at.ok) return Status::kFault;
    const Loaded<T> value = load<T>(cpu, op, at.va);
    if (!value.ok) return Status::kFault;
    set_element<T>(cpu.vec[op->dst], i, value.value);
    set_element<T>(mask, i, T{0});
  }
  mask = VecReg{};
  for (unsigned i = count; i < 32 / sizeof(T); ++i) set_element<T>(cpu.vec[op->dst], i, T{0});
  return Status::kOk;
}

template <typename T, typename Index>
Handler gather_handler(bool wide) {
  constexpr unsigned kWidest = sizeof(T) > sizeof(Index) ? sizeof(T) : sizeof(Index);
  return wide ? simple_handler<gather<T, Index, 32 / kWidest>>
              : simple_handler<gather<T, Index, 16 / kWidest>>;
}

}  // namespace

bool emit_avx_masked(const Insn& insn, Op& op) {
  const unsigned arg = insn.row->arg;
  emit_memory(insn, op);
  op.dst = insn.reg;
  op.aux = insn.vvvv;
  const bool is_store = arg == kMaskStored || arg == kMaskStoreq;
  const bool quads = arg == kMaskLoadq || arg == kMaskStoreq;
  op.fn = quads ? masked_handler<uint64_t>(is_store, insn.vex256)
                : masked_handler<uint32_t>(is_store, insn.vex256);
  return true;
}

// #UD when destination, indices and mask are not three registers.
bool emit_avx_gather(const Insn& insn, Op& op) {
  emit_memory(insn, op);
  op.dst = insn.reg;
  op.aux = insn.vvvv;
  op.index = insn.index;
  if (op.dst == op.aux || op.dst == op.index || op.aux == op.index) return false;
  switch (insn.row->arg) {
    case kGatherdd: op.fn = gather_handler<uint32_t, uint32_t>(insn.vex256); return true;
    case kGatherdq: op.fn = gather_handler<uint64_t, uint32_t>(insn.vex256); return true;
    case kGatherqd: op.fn = gather_handler<uint32_t, uint64_t>(insn.vex256); return true;
    case kGatherqq: op.fn = gather_handler<uint64_t, uint64_t>(insn.vex256); return true;
    default: return false;
  }
}

}  // namespace vireo
