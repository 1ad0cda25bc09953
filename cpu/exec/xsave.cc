// XSAVE, XSAVEOPT and XSAVEC (SDM 1 13.7, 13.9, 13.10). Of the optimisations only
// that for initial configurations is used.
#include "cpu/exec/xsave.h"

#include <algorithm>

#include "cpu/exec/fxsave_image.h"
#include "cpu/exec/sse_handler.h"
#include "cpu/exec/x87_environment.h"
#include "cpu/xsave_layout.h"

namespace vireo {
namespace {

constexpr unsigned kXstateBv = 512;  // offset
constexpr uint64_t kCompacted = uint64_t{1} << 63;

bool x87_initial(Cpu& cpu) {
  const X87State& x = cpu.x87;
  const bool registers = std::all_of(x.st.begin(), x.st.end(), [](const X87Reg& r) {
    return r.significand == 0 && r.sign_exponent == 0;
  });
  return registers && x.control == kX87ControlInit && x87_status_word(x) == 0 && x.empty == 0xff &&
         x.opcode == 0 && (x.instruction_pointer | x.data_pointer) == 0 &&
         (x.instruction_selector | x.data_selector) == 0;
}

// Parts of the area that one instruction writes, gathered so that all of them
// can be tried before the first is written.
class AreaWriter {
 public:
  AreaWriter(Cpu& cpu, const Op* op, uint64_t va) : cpu_(cpu), op_(op), va_(va) {}

  void add(unsigned offset, const void* bytes, unsigned size) {
    parts_[count_++] = {offset, size, bytes};
  }

  bool write() const {
    for (unsigned i = 0; i < count_; ++i) {
      if (!probe_write(cpu_, op_, va_ + parts_[i].offset, parts_[i].size)) return false;
    }
    for (unsigned i = 0; i < count_; ++i) {
      if (!write_part(parts_[i])) return false;
    }
    return true;
  }

 private:
  struct Part {
    unsigned offset, size;
    const void* bytes;
  };
  bool write_part(const Part& part) const {
    const uint64_t va = va_ + part.offset;
    if (uint8_t* host = host_for_write(cpu_, va, part.size)) {
      std::memcpy(host, part.bytes, part.size);
      return true;
    }
    return slow_store_bytes(cpu_, op_, va, part.bytes, part.size);
  }

  Cpu& cpu_;
  const Op* op_;
  uint64_t va_;
  Part parts_[8] = {};
  unsigned count_ = 0;
};

// What is behind the header, as it goes to memory.
struct Extended {
  uint64_t high[16][2];  // upper halves of the YMM registers
  uint64_t pkru;
};

Extended extended_state(const Cpu& cpu) {
  Extended out{};
  for (unsigned i = 0; i < vector_count(cpu); ++i) {
    out.high[i][0] = cpu.vec[i].u64[2];
    out.high[i][1] = cpu.vec[i].u64[3];
  }
  out.pkru = cpu.pkru;
  return out;
}

struct Plan {
  uint64_t requested;  // RFBM
  uint64_t saved;
  bool mxcsr;
  uint64_t header[2];
  unsigned header_bytes;
  unsigned avx, pkru;  // offsets
};

Plan plan_compacted(Cpu& cpu, uint64_t requested, uint64_t in_use) {
  const auto offset = [&](unsigned i) {
    return xsave_compact_offset(cpu.model(), requested, i);
  };
  collect_mxcsr(cpu);
  // MXCSR belongs to the SSE state here.
  if (cpu.mxcsr != kMxcsrDefault) in_use |= kXsaveSse;
  const uint64_t saved = requested & in_use;
  return {requested, saved, (saved & kXsaveSse) != 0, {saved, requested | kCompacted}, 16,
          offset(2), offset(9)};
}

Plan plan_standard(Cpu& cpu, uint64_t requested, uint64_t in_use, uint64_t old_bv, bool optimised) {
  const uint64_t bv = (old_bv & ~requested) | (requested & in_use);
  return {requested, optimised ? requested & in_use : requested,
          (requested & (kXsaveSse | kXsaveAvx)) != 0, {bv, 0}, 8,
          xsave_component(cpu.model(), 2).offset, xsave_component(cpu.model(), 9).offset};
}

bool write_area(Cpu& cpu, const Op* op, uint64_t va, const Plan& plan) {
  using Image = FxsaveImage;
  Image image;
  const Extended extended = extended_state(cpu);
  const unsigned vectors = vector_count(cpu);
  AreaWriter area(cpu, op, va);
  if (plan.saved & kXsaveX87) {
    image.put_x87(cpu, op->aux);
    area.add(0, image.bytes, Image::kMxcsr);
    area.add(Image::kSt, image.bytes + Image::kSt, Image::kXmm - Image::kSt);
  }
  if (plan.mxcsr) {
    image.put_mxcsr(cpu);
    area.add(Image::kMxcsr, image.bytes + Image::kMxcsr, 8);
  }
  if (plan.saved & kXsaveSse) {
    image.put_xmm(cpu);
    area.add(Image::kXmm, image.bytes + Image::kXmm, 16 * vectors);
  }
  if (plan.saved & kXsaveAvx) area.add(plan.avx, extended.high, 16 * vectors);
  if (plan.saved & kXsavePkru) area.add(plan.pkru, &extended.pkru, sizeof(extended.pkru));
  area.add(kXstateBv, plan.header, plan.header_bytes);
  return area.write();
}

template <XsaveKind kind>
Status xsave(Cpu& cpu, const Op* op) {
  if (!xsave_begin(cpu)) return Status::kFault;
  const Linear at = checked_address(cpu, op, 64);
  if (!at.ok) return Status::kFault;
  const uint64_t requested = cpu.xcr0 & xsave_mask(cpu), in_use = xsave_in_use(cpu);
  if (kind == kXsavec) {
    const Plan plan = plan_compacted(cpu, requested, in_use);
    return write_area(cpu, op, at.va, plan) ? Status::kOk : Status::kFault;
  }
  const Loaded<uint64_t> old_bv = load<uint64_t>(cpu, op, at.va + kXstateBv);
  if (!old_bv.ok) return Status::kFault;
  const Plan plan = plan_standard(cpu, requested, in_use, old_bv.value, kind == kXsaveopt);
  return write_area(cpu, op, at.va, plan) ? Status::kOk : Status::kFault;
}

Handler xsave_handler(unsigned arg) {
  switch (arg) {
    case kXsave: return simple_handler<xsave<kXsave>>;
    case kXsaveopt: return simple_handler<xsave<kXsaveopt>>;
    case kXsavec: return simple_handler<xsave<kXsavec>>;
    case kXrstor: return simple_handler<sys::xrstor>;
    case kXgetbv: return simple_handler<sys::xgetbv>;
    default: return simple_handler<sys::xsetbv>;
  }
}

}  // namespace

uint64_t xsave_in_use(Cpu& cpu) {
  uint64_t low = 0, high = 0;
  for (unsigned i = 0; i < vector_count(cpu); ++i) {
    low |= cpu.vec[i].u64[0] | cpu.vec[i].u64[1];
    high |= cpu.vec[i].u64[2] | cpu.vec[i].u64[3];
  }
  return (x87_initial(cpu) ? 0 : kXsaveX87) | (low ? kXsaveSse : 0) | (high ? kXsaveAvx : 0) |
         (cpu.pkru ? kXsavePkru : 0);
}

bool xsave_begin(Cpu& cpu) {
  if (!(cpu.cr4 & kCr4Osxsave)) return cpu.raise(kVectorUd) == Status::kOk;
  if (cpu.cr0 & kCr0Ts) return cpu.raise(kVectorNm) == Status::kOk;
  return true;
}

uint64_t xsave_mask(const Cpu& cpu) {
  return cpu.regs[kRdx] << 32 | static_cast<uint32_t>(cpu.regs[kRax]);
}

bool emit_xsave(const Insn& insn, Op& op) {
  if (insn.memory()) emit_memory(insn, op);
  op.aux = (insn.rex & 8) != 0;
  op.fn = xsave_handler(insn.row->arg);
  return true;
}

}  // namespace vireo
