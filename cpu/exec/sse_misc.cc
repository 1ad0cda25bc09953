// CRC32, LDMXCSR, STMXCSR, and the hints which an in-order memory makes nothing
// of: fences and prefetches.
#include "cpu/exec/select.h"
#include "cpu/exec/sse.h"
#include "cpu/exec/sse_handler.h"

namespace vireo {
namespace {

// The Castagnoli polynomial, bits reversed (SDM 2A "CRC32").
constexpr uint32_t kPolynomial = 0x82f63b78;

constexpr std::array<uint32_t, 256> crc_table() {
  std::array<uint32_t, 256> table{};
  for (uint32_t i = 0; i < 256; ++i) {
    uint32_t crc = i;
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ (crc & 1 ? kPolynomial : 0);
    table[i] = crc;
  }
  return table;
}
constexpr std::array<uint32_t, 256> kCrcTable = crc_table();

template <typename T>
uint32_t crc32(uint32_t crc, T value) {
  for (unsigned i = 0; i < sizeof(T); ++i) {
    crc = crc >> 8 ^ kCrcTable[(crc ^ value >> (8 * i)) & 0xff];
  }
  return crc;
}

template <typename T>
Status crc32_register(Cpu& cpu, const Op* op) {
  set_reg<uint32_t>(cpu, op->dst, crc32<T>(reg<uint32_t>(cpu, op->dst), reg<T>(cpu, op->src)));
  return Status::kOk;
}
template <typename T>
Status crc32_memory(Cpu& cpu, const Op* op) {
  const Linear at = linear<Form::kFull>(cpu, op);
  if (!at.ok) return Status::kFault;
  const Loaded<T> source = load<T>(cpu, op, at.va);
  if (!source.ok) return Status::kFault;
  set_reg<uint32_t>(cpu, op->dst, crc32<T>(reg<uint32_t>(cpu, op->dst), source.value));
  return Status::kOk;
}

// Bits outside MXCSR_MASK are reserved: #GP(0).
template <class Gate>
Status ldmxcsr(Cpu& cpu, const Op* op) {
  if (!gate_open<Gate>(cpu)) return Status::kFault;
  const Linear at = linear<Form::kFull>(cpu, op);
  if (!at.ok) return Status::kFault;
  const Loaded<uint32_t> value = load<uint32_t>(cpu, op, at.va);
  if (!value.ok) return Status::kFault;
  if (value.value & ~kMxcsrWritable) return cpu.raise(kVectorGp, 0);
  load_mxcsr(cpu, value.value);
  return Status::kOk;
}

template <class Gate>
Status stmxcsr(Cpu& cpu, const Op* op) {
  if (!gate_open<Gate>(cpu)) return Status::kFault;
  const Linear at = linear<Form::kFull>(cpu, op);
  if (!at.ok) return Status::kFault;
  collect_mxcsr(cpu);
  return store(cpu, op, at.va, cpu.mxcsr) ? Status::kOk : Status::kFault;
}

VIREO_HANDLER no_operation([[maybe_unused]] Cpu& cpu, const Op* op) { VIREO_NEXT(); }

}  // namespace

bool emit_crc32(const Insn& insn, Op& op) {
  // 66 beside the mandatory F2 is an operand size.
  const unsigned size = insn.row->arg == 1 ? 1 : insn.rex & 8 ? 8 : insn.op_size == 2 ? 2 : 4;
  op.dst = static_cast<uint8_t>(insn.reg * 8);
  if (insn.memory()) {
    emit_memory(insn, op);
    op.fn = by_size(size, [](auto t) -> Handler {
      return simple_handler<crc32_memory<decltype(t)>>;
    });
  } else {
    op.src = reg_offset(insn.rm, size, insn.rex != 0);
    op.fn = by_size(size, [](auto t) -> Handler {
      return simple_handler<crc32_register<decltype(t)>>;
    });
  }
  return true;
}

bool emit_mxcsr(const Insn& insn, Op& op) {
  emit_memory(insn, op);
  const bool load = insn.row->arg == kLdmxcsr;
  if (insn.vex) op.fn = load ? simple_handler<ldmxcsr<AvxGate>> : simple_handler<stmxcsr<AvxGate>>;
  else op.fn = load ? simple_handler<ldmxcsr<SseGate>> : simple_handler<stmxcsr<SseGate>>;
  return true;
}

bool emit_sse_hint(const Insn&, Op& op) {
  op.fn = no_operation;
  return true;
}

}  // namespace vireo
