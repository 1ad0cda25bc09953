#include "cpu/exec/fxsave_image.h"

#include "cpu/exec/x87_environment.h"

namespace vireo {
namespace {

void put_pointers(const X87State& x, bool wide, FxsaveImage& image) {
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

void get_pointers(X87State& x, bool wide, const FxsaveImage& image) {
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

}  // namespace

void FxsaveImage::put_x87(Cpu& cpu, bool wide) {
  const X87State& x = cpu.x87;
  put(0, x.control);
  put(2, x87_status_word(x));
  put(4, static_cast<uint8_t>(~x.empty));
  put(6, x.opcode);
  put_pointers(x, wide, *this);
  for (unsigned i = 0; i < 8; ++i) {
    put(kSt + 16 * i, x87_st(cpu, i).significand);
    put(kSt + 16 * i + 8, x87_st(cpu, i).sign_exponent);
  }
}

void FxsaveImage::get_x87(Cpu& cpu, bool wide) const {
  X87State& x = cpu.x87;
  x87_set_control(x, get<uint16_t>(0));
  x87_set_status_word(x, get<uint16_t>(2));
  x.empty = static_cast<uint8_t>(~get<uint8_t>(4));
  x.opcode = get<uint16_t>(6) & 0x7ff;
  get_pointers(x, wide, *this);
  for (unsigned i = 0; i < 8; ++i) {
    X87Reg& r = x87_st(cpu, i);
    r.significand = get<uint64_t>(kSt + 16 * i);
    r.sign_exponent = get<uint16_t>(kSt + 16 * i + 8);
  }
}

void FxsaveImage::put_mxcsr(Cpu& cpu) {
  collect_mxcsr(cpu);
  put(kMxcsr, cpu.mxcsr);
  put(kMxcsr + 4, kMxcsrWritable);
}
bool FxsaveImage::mxcsr_valid() const { return !(get<uint32_t>(kMxcsr) & ~kMxcsrWritable); }
void FxsaveImage::get_mxcsr(Cpu& cpu) const { load_mxcsr(cpu, get<uint32_t>(kMxcsr)); }

void FxsaveImage::put_xmm(const Cpu& cpu) {
  for (unsigned i = 0; i < vector_count(cpu); ++i) {
    std::memcpy(bytes + kXmm + 16 * i, cpu.vec[i].u8, 16);
  }
}
void FxsaveImage::get_xmm(Cpu& cpu) const {
  for (unsigned i = 0; i < vector_count(cpu); ++i) {
    std::memcpy(cpu.vec[i].u8, bytes + kXmm + 16 * i, 16);
  }
}

}  // namespace vireo
