// VZEROUPPER and VZEROALL (SDM 2C): the registers that the mode has.
#include "cpu/exec/avx.h"
#include "cpu/exec/sse_handler.h"

namespace vireo {
namespace {

template <bool all>
Status zero_registers(Cpu& cpu, const Op*) {
  if (!avx_ready(cpu)) return raise_avx_unavailable(cpu);
  const unsigned count = cpu.code_mode == CodeMode::k64 ? 16 : 8;
  for (unsigned i = 0; i < count; ++i) {
    VecReg& r = cpu.vec[i];
    r.u64[2] = r.u64[3] = 0;
    if (all) r.u64[0] = r.u64[1] = 0;
  }
  return Status::kOk;
}

}  // namespace

bool emit_avx_zero(const Insn& insn, Op& op) {
  op.fn = insn.row->arg == kVzeroall ? simple_handler<zero_registers<true>>
                                     : simple_handler<zero_registers<false>>;
  return true;
}

}  // namespace vireo
