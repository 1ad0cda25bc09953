// The one instruction table: rows by family, in files of rows.
#include "cpu/decode/insn.h"
#include "cpu/exec/avx.h"
#include "cpu/exec/crypto.h"
#include "cpu/exec/fma.h"
#include "cpu/exec/integer.h"
#include "cpu/exec/integer_ext.h"
#include "cpu/exec/system.h"
#include "cpu/exec/sse.h"
#include "cpu/exec/mmx.h"
#include "cpu/exec/x87.h"
#include "cpu/exec/xsave.h"

namespace vireo {
namespace {

const OpcodeRow kRows[] = {
#include "cpu/decode/x86_integer.def"
#include "cpu/decode/x86_integer_ext.def"
#include "cpu/decode/x86_system.def"
#include "cpu/decode/x86_sse.def"
#include "cpu/decode/x86_avx.def"
#include "cpu/decode/x86_crypto.def"
#include "cpu/decode/x86_fma.def"
#include "cpu/decode/x86_xsave.def"
#include "cpu/decode/x86_mmx.def"
#include "cpu/decode/x86_x87.def"
};

}  // namespace

std::span<const OpcodeRow> opcode_rows() { return kRows; }

}  // namespace vireo
