#include "cpu/exec/x87_environment.h"

namespace vireo {
namespace {

// The seven fields of an environment image, 16 or 32 bits each.
enum Field : unsigned { kControl, kStatus, kTags, kIp, kIpHigh, kDp, kDpHigh, kFields };

constexpr unsigned kRegistersBytes = 80;
constexpr unsigned kMaxImage = kFields * 4 + kRegistersBytes;

struct Image {
  uint32_t field[kFields];
};

bool real_format(const Cpu& cpu) { return !cpu.protected_mode() || cpu.v86(); }

Image environment(const Cpu& cpu, unsigned width) {
  const X87State& x = cpu.x87;
  const auto ip = static_cast<uint32_t>(x.instruction_pointer);
  const auto dp = static_cast<uint32_t>(x.data_pointer);
  // Unused upper halves read as ones, except those of real mode's pointers.
  constexpr uint32_t kOnes = 0xffff0000;
  Image image{{x.control | kOnes, x87_status_word(x) | kOnes, x87_tag_word(x) | kOnes}};
  if (!real_format(cpu)) {
    image.field[kIp] = ip;
    image.field[kIpHigh] = x.instruction_selector | (width == 4 ? x.opcode << 16 : 0u);
    image.field[kDp] = dp;
    image.field[kDpHigh] = x.data_selector | kOnes;
  } else {
    image.field[kIp] = ip & 0xffff;
    image.field[kIpHigh] = (ip >> 16) << 12 | x.opcode;
    image.field[kDp] = dp & 0xffff;
    image.field[kDpHigh] = (dp >> 16) << 12;
  }
  return image;
}

void put_fields(const Image& image, unsigned width, uint8_t* out) {
  for (unsigned i = 0; i < kFields; ++i) std::memcpy(out + i * width, &image.field[i], width);
}

Image get_fields(const uint8_t* in, unsigned width) {
  Image image{};
  for (unsigned i = 0; i < kFields; ++i) std::memcpy(&image.field[i], in + i * width, width);
  return image;
}

void set_tags(X87State& x, unsigned tags) {
  x.empty = 0;
  for (unsigned i = 0; i < 8; ++i) {
    if ((tags >> (2 * i) & 3) == 3) x.empty |= static_cast<uint8_t>(1u << i);
  }
}

void set_pointers(Cpu& cpu, const Image& image, unsigned width) {
  X87State& x = cpu.x87;
  x.instruction_selector = x.data_selector = 0;
  if (!real_format(cpu)) {
    x.instruction_pointer = image.field[kIp];
    x.data_pointer = image.field[kDp];
    x.instruction_selector = static_cast<uint16_t>(image.field[kIpHigh]);
    x.data_selector = static_cast<uint16_t>(image.field[kDpHigh]);
    if (width == 4) x.opcode = image.field[kIpHigh] >> 16 & 0x7ff;
  } else {
    x.instruction_pointer = (image.field[kIp] & 0xffff) | image.field[kIpHigh] >> 12 << 16;
    x.data_pointer = (image.field[kDp] & 0xffff) | image.field[kDpHigh] >> 12 << 16;
    x.opcode = image.field[kIpHigh] & 0x7ff;
  }
}

void set_environment(Cpu& cpu, const Image& image, unsigned width) {
  x87_set_control(cpu.x87, static_cast<uint16_t>(image.field[kControl]));
  x87_set_status_word(cpu.x87, static_cast<uint16_t>(image.field[kStatus]));
  set_tags(cpu.x87, image.field[kTags]);
  set_pointers(cpu, image, width);
}

Status store_environment(Cpu& cpu, const Op* op) {
  if (!x87_begin_no_wait(cpu)) return Status::kFault;
  const Linear at = linear<Form::kFull>(cpu, op);
  if (!at.ok) return Status::kFault;
  uint8_t bytes[kMaxImage];
  put_fields(environment(cpu, op->aux), op->aux, bytes);
  if (!slow_store_bytes(cpu, op, at.va, bytes, kFields * op->aux)) return Status::kFault;
  cpu.x87.control |= kX87Exceptions;
  x87_update_summary(cpu.x87);
  return Status::kOk;
}

Status load_environment(Cpu& cpu, const Op* op) {
  if (!x87_begin(cpu)) return Status::kFault;
  const Linear at = linear<Form::kFull>(cpu, op);
  uint8_t bytes[kMaxImage];
  if (!at.ok || !slow_load_bytes(cpu, op, at.va, bytes, kFields * op->aux)) return Status::kFault;
  set_environment(cpu, get_fields(bytes, op->aux), op->aux);
  return Status::kOk;
}

// FNSAVE: environment, ST(0) to ST(7), then FNINIT.
Status save(Cpu& cpu, const Op* op) {
  if (!x87_begin_no_wait(cpu)) return Status::kFault;
  const Linear at = linear<Form::kFull>(cpu, op);
  if (!at.ok) return Status::kFault;
  uint8_t bytes[kMaxImage];
  put_fields(environment(cpu, op->aux), op->aux, bytes);
  uint8_t* out = bytes + kFields * op->aux;
  for (unsigned i = 0; i < 8; ++i, out += 10) {
    const X87Reg& r = x87_st(cpu, i);
    std::memcpy(out, &r.significand, 8);
    std::memcpy(out + 8, &r.sign_exponent, 2);
  }
  const unsigned size = kFields * op->aux + kRegistersBytes;
  if (!slow_store_bytes(cpu, op, at.va, bytes, size)) return Status::kFault;
  x87_initialise(cpu.x87);
  return Status::kOk;
}

Status restore(Cpu& cpu, const Op* op) {
  if (!x87_begin(cpu)) return Status::kFault;
  const Linear at = linear<Form::kFull>(cpu, op);
  uint8_t bytes[kMaxImage];
  const unsigned size = kFields * op->aux + kRegistersBytes;
  if (!at.ok || !slow_load_bytes(cpu, op, at.va, bytes, size)) return Status::kFault;
  set_environment(cpu, get_fields(bytes, op->aux), op->aux);
  const uint8_t* in = bytes + kFields * op->aux;
  for (unsigned i = 0; i < 8; ++i, in += 10) {
    X87Reg& r = x87_st(cpu, i);
    std::memcpy(&r.significand, in, 8);
    std::memcpy(&r.sign_exponent, in + 8, 2);
  }
  return Status::kOk;
}

}  // namespace

void x87_initialise(X87State& x) {
  x.control = kX87ControlInit;
  x.status = 0;
  host::clear_flags();
  x.top = 0;
  x.empty = 0xff;
  x.opcode = 0;
  x.instruction_pointer = x.data_pointer = 0;
  x.instruction_selector = x.data_selector = 0;
}

uint16_t x87_tag_word(const X87State& x) {
  unsigned tags = 0;
  for (unsigned i = 0; i < 8; ++i) {
    const X87Reg& r = x.st[i];
    const unsigned exponent = r.sign_exponent & 0x7fff;
    unsigned tag = 0;
    if (x.empty >> i & 1) tag = 3;
    else if (exponent == 0 && r.significand == 0) tag = 1;
    else if (exponent == 0 || exponent == 0x7fff || !(r.significand >> 63)) tag = 2;
    tags |= tag << (2 * i);
  }
  return static_cast<uint16_t>(tags);
}

Handler x87_environment_handler(unsigned arg) {
  switch (arg) {
    case kFnstenv: return simple_handler<store_environment>;
    case kFldenv: return simple_handler<load_environment>;
    case kFnsave: return simple_handler<save>;
    case kFrstor: return simple_handler<restore>;
    default: return nullptr;
  }
}

}  // namespace vireo
