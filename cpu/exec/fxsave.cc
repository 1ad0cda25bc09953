// FXSAVE and FXRSTOR: the image of x87, MXCSR and vector registers (SDM 2A
// tables 3-43 to 3-45). The fast form (FFXSR) is not offered.
#include "cpu/exec/sse.h"
#include "cpu/exec/sse_handler.h"
#include "cpu/exec/x87_environment.h"

namespace vireo {
namespace {

constexpr unsigned kImageBytes = 512;
constexpr unsigned kSt = 32, kXmm = 160;  // offsets of the register arrays

struct alignas(16) Image {
  uint8_t bytes[kImageBytes] = {};

  template <typename T>
  void put(unsigned offset, T value) {
    std::memcpy(bytes + offset, &value, sizeof(T));
  }
  template <typename T>
  T get(unsigned offset) const {
    T value;
    std::memcpy(&value, bytes + offset, sizeof(T));
    return value;
  }
};

unsigned vector_count(const Cpu& cpu) { return cpu.code_mode == CodeMode::k64 ? 16 : 8; }
// What is written; the rest of the 512 bytes stays as it was.
unsigned written_bytes(const Cpu& cpu) { return kXmm + 16 * vector_count(cpu); }

void put_pointers(const X87State& x, bool wide, Image& image) {
  if (wide) {
    image.put(8, x.instruction_pointer);
    image.put(16, x.data_pointer);
    return;
  }
  image.put(8, static_cast<uint32_t>(x.instruction_pointer));
  image.put(12, x.instruction_selector);
  image.put(16, static_cast<uint32_t>(x.data_pointer));
  image.put(20, x.data_selector);
}

void get_pointers(X87State& x, bool wide, const Image& image) {
  x.instruction_selector = x.data_selector = 0;
  if (wide) {
    x.instruction_pointer = image.get<uint64_t>(8);
    x.data_pointer = image.get<uint64_t>(16);
    return;
  }
  x.instruction_pointer = image.get<uint32_t>(8);
  x.instruction_selector = image.get<uint16_t>(12);
  x.data_pointer = image.get<uint32_t>(16);
  x.data_selector = image.get<uint16_t>(20);
}

void put_state(Cpu& cpu, bool wide, Image& image) {
  const X87State& x = cpu.x87;
  image.put(0, x.control);
  image.put(2, x87_status_word(x));
  image.put(4, static_cast<uint8_t>(~x.empty));
  image.put(6, x.opcode);
  put_pointers(x, wide, image);
  collect_mxcsr(cpu);
  image.put(24, cpu.mxcsr);
  image.put(28, kMxcsrWritable);
  for (unsigned i = 0; i < 8; ++i) {
    image.put(kSt + 16 * i, x87_st(cpu, i).significand);
    image.put(kSt + 16 * i + 8, x87_st(cpu, i).sign_exponent);
  }
  for (unsigned i = 0; i < vector_count(cpu); ++i) {
    std::memcpy(image.bytes + kXmm + 16 * i, cpu.vec[i].u8, 16);
  }
}

void get_state(Cpu& cpu, bool wide, const Image& image) {
  X87State& x = cpu.x87;
  x87_set_control(x, image.get<uint16_t>(0));
  x87_set_status_word(x, image.get<uint16_t>(2));
  x.empty = static_cast<uint8_t>(~image.get<uint8_t>(4));
  x.opcode = image.get<uint16_t>(6) & 0x7ff;
  get_pointers(x, wide, image);
  load_mxcsr(cpu, image.get<uint32_t>(24));
  for (unsigned i = 0; i < 8; ++i) {
    X87Reg& r = x87_st(cpu, i);
    r.significand = image.get<uint64_t>(kSt + 16 * i);
    r.sign_exponent = image.get<uint16_t>(kSt + 16 * i + 8);
  }
  for (unsigned i = 0; i < vector_count(cpu); ++i) {
    std::memcpy(cpu.vec[i].u8, image.bytes + kXmm + 16 * i, 16);
  }
}

// The address, after the gates which both instructions share.
Linear begin(Cpu& cpu, const Op* op) {
  if (!x87_begin_no_wait(cpu)) return {0, false};
  return checked_address(cpu, op, true);
}

// Sixteen bytes at a time through the TLB: a context switch does this.
bool store_image(Cpu& cpu, const Op* op, uint64_t va, const Image& image) {
  const unsigned size = written_bytes(cpu);
  if (!probe_write(cpu, op, va, size)) return false;
  for (unsigned i = 0; i < size; i += 16) {
    if (!store(cpu, op, va + i, image.get<Vec128>(i))) return false;
  }
  return true;
}

bool load_image(Cpu& cpu, const Op* op, uint64_t va, Image& image) {
  for (unsigned i = 0; i < kImageBytes; i += 16) {
    const Loaded<Vec128> part = load<Vec128>(cpu, op, va + i);
    if (!part.ok) return false;
    image.put(i, part.value);
  }
  return true;
}

Status fxsave(Cpu& cpu, const Op* op) {
  const Linear at = begin(cpu, op);
  if (!at.ok) return Status::kFault;
  Image image;
  put_state(cpu, op->aux, image);
  return store_image(cpu, op, at.va, image) ? Status::kOk : Status::kFault;
}

Status fxrstor(Cpu& cpu, const Op* op) {
  const Linear at = begin(cpu, op);
  Image image;
  if (!at.ok || !load_image(cpu, op, at.va, image)) return Status::kFault;
  if (image.get<uint32_t>(24) & ~kMxcsrWritable) return cpu.raise(kVectorGp, 0);
  get_state(cpu, op->aux, image);
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
