// FXSAVE and FXRSTOR: the image of x87, MXCSR and vector registers (SDM 2A
// tables 3-43 to 3-45). The fast form (FFXSR) is not offered.
#include "cpu/exec/fxsave_image.h"
#include "cpu/exec/sse.h"
#include "cpu/exec/sse_handler.h"
#include "cpu/exec/x87_environment.h"

namespace vireo {
namespace {

// What is written; the rest of the 512 bytes stays as it was.
unsigned written_bytes(const Cpu& cpu) { return FxsaveImage::kXmm + 16 * vector_count(cpu); }

// The address, after the gates which both instructions share.
Linear begin(Cpu& cpu, const Op* op) {
  if (!x87_begin_no_wait(cpu)) return {0, false};
  return checked_address(cpu, op, 16);
}

// Sixteen bytes at a time through the TLB: a context switch does this.
bool store_image(Cpu& cpu, const Op* op, uint64_t va, const FxsaveImage& image) {
  const unsigned size = written_bytes(cpu);
  if (!probe_write(cpu, op, va, size)) return false;
  for (unsigned i = 0; i < size; i += 16) {
    if (!store(cpu, op, va + i, image.get<Vec128>(i))) return false;
  }
  return true;
}

bool load_image(Cpu& cpu, const Op* op, uint64_t va, FxsaveImage& image) {
  for (unsigned i = 0; i < FxsaveImage::kBytes; i += 16) {
    const Loaded<Vec128> part = load<Vec128>(cpu, op, va + i);
    if (!part.ok) return false;
    image.put(i, part.value);
  }
  return true;
}

Status fxsave(Cpu& cpu, const Op* op) {
  const Linear at = begin(cpu, op);
  if (!at.ok) return Status::kFault;
  FxsaveImage image;
  image.put_x87(cpu, op->aux);
  image.put_mxcsr(cpu);
  image.put_xmm(cpu);
  return store_image(cpu, op, at.va, image) ? Status::kOk : Status::kFault;
}

Status fxrstor(Cpu& cpu, const Op* op) {
  const Linear at = begin(cpu, op);
  FxsaveImage image;
  if (!at.ok || !load_image(cpu, op, at.va, image)) return Status::kFault;
  if (!image.mxcsr_valid()) return cpu.raise(kVectorGp, 0);
  image.get_x87(cpu, op->aux);
  image.get_mxcsr(cpu);
  image.get_xmm(cpu);
  return Status::kOk;
}

}  // namespace

bool emit_fxsave(const Insn& insn, Op& op) {
  emit_memory(insn, op);
  op.aux = (insn.rex & 8) != 0;
  op.fn = insn.row->arg == kFxsave ? simple_handler<fxsave> : simple_handler<fxrstor>;
  return true;
}

}  // namespace vireo
