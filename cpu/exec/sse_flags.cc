// Vector instructions that set RFLAGS: COMISx, UCOMISx and PTEST. All six
// arithmetic flags are defined.
#include "cpu/exec/sse.h"
#include "cpu/exec/sse_flags_ops.h"
#include "cpu/exec/sse_handler.h"

namespace vireo {
namespace {

template <auto f, VecSource source>
constexpr VecHandlers compare() {
  return vec_handlers<UnderMxcsr<VecToFlags<f, source>>>();
}

}  // namespace

bool emit_sse_flags(const Insn& insn, Op& op) {
  switch (insn.row->arg) {
    case kUcomiss: return emit_vec(insn, op, compare<host::ucomiss, VecSource::k32>());
    case kUcomisd: return emit_vec(insn, op, compare<host::ucomisd, VecSource::k64>());
    case kComiss: return emit_vec(insn, op, compare<host::comiss, VecSource::k32>());
    case kComisd: return emit_vec(insn, op, compare<host::comisd, VecSource::k64>());
    case kPtest: return emit_vec(insn, op, vec_handlers<VecToFlags<ptest>>());
    default: return false;
  }
}

}  // namespace vireo
