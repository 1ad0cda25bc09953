// x87 loads and stores in all formats: real, integer, packed decimal.
#include "cpu/exec/x87_host.h"

namespace vireo {
namespace {

// What memory holds, as loads and stores see it.
template <typename T>
bool read_operand(Cpu& cpu, const Op* op, T& value) {
  const Linear at = linear<Form::kFull>(cpu, op);
  if (!at.ok) return false;
  const Loaded<T> loaded = load<T>(cpu, op, at.va);
  value = loaded.value;
  return loaded.ok;
}
template <typename T>
bool write_operand(Cpu& cpu, const Op* op, const T& value) {
  const Linear at = linear<Form::kFull>(cpu, op);
  return at.ok && store<T>(cpu, op, at.va, value);
}

template <auto f, typename T>
Status load_converted(Cpu& cpu, const Op* op) {
  if (!x87_begin(cpu)) return Status::kFault;
  T source;
  if (!read_operand(cpu, op, source)) return Status::kFault;
  if (VIREO_UNLIKELY(!x87_empty(cpu, 7))) return x87_push_checked(cpu, op, kX87Indefinite);
  X87Reg& next = x87_st(cpu, 7);
  const uint16_t status = host::run(
      cpu.x87.control, &next, [&] { return f(next, source); }, kX87Ie);
  // A denormal is loaded even if the exception that it makes pending is unmasked.
  x87_merge(cpu, op, status);
  if (!(status & ~cpu.x87.control & kX87Ie)) x87_push_written(cpu);
  return Status::kOk;
}

X87Reg from_bytes(const host::Bcd& in) {
  X87Reg r;
  std::memcpy(&r.significand, in.bytes, 8);
  std::memcpy(&r.sign_exponent, in.bytes + 8, 2);
  return r;
}
host::Bcd to_bytes(const X87Reg& r) {
  host::Bcd out;
  std::memcpy(out.bytes, &r.significand, 8);
  std::memcpy(out.bytes + 8, &r.sign_exponent, 2);
  return out;
}

// 80 bits travel as they are, signalling NaNs included.
Status load_extended(Cpu& cpu, const Op* op) {
  if (!x87_begin(cpu)) return Status::kFault;
  host::Bcd source;
  if (!read_operand(cpu, op, source)) return Status::kFault;
  return x87_push_checked(cpu, op, from_bytes(source));
}

// The answer to a masked invalid store.
template <typename T>
T indefinite();
template <>
[[maybe_unused]] uint16_t indefinite() { return 0x8000; }
template <>
uint32_t indefinite() { return 0x80000000; }
template <>
uint64_t indefinite() { return 0x8000000000000000; }
template <>
host::Bcd indefinite() { return {{0, 0, 0, 0, 0, 0, 0, 0xc0, 0xff, 0xff}}; }

enum class Kind : uint8_t { kReal, kInteger, kTruncating };

template <typename T, Kind kind>
T store_indefinite() {
  if constexpr (kind == Kind::kReal && sizeof(T) == 4) return 0xffc00000;
  else if constexpr (kind == Kind::kReal && sizeof(T) == 8) return 0xfff8000000000000;
  else return indefinite<T>();
}

// An empty ST(0) goes to memory as the indefinite.
template <typename T>
Status store_empty(Cpu& cpu, const Op* op, const T& value, bool pop) {
  const bool masked = cpu.x87.control & kX87Ie;
  if (masked && !write_operand(cpu, op, value)) return Status::kFault;
  if (x87_stack_fault(cpu, op, false)) x87_pop(cpu, pop);
  return Status::kOk;
}

// The store comes before any change of state, since it may fault.
template <auto f, typename T, Kind kind, bool pop>
Status store_converted(Cpu& cpu, const Op* op) {
  if (!x87_begin(cpu)) return Status::kFault;
  T value = store_indefinite<T, kind>();
  if (VIREO_UNLIKELY(x87_empty(cpu, 0))) return store_empty(cpu, op, value, pop);
  uint16_t control = cpu.x87.control;
  if (kind == Kind::kTruncating) control |= 0x0c00;
  const uint16_t status =
      host::run(control, nullptr, [&] { return f(value, x87_st(cpu, 0)); });
  const bool allowed = x87_store_allowed(cpu, status);
  if (allowed && !write_operand(cpu, op, value)) return Status::kFault;
  x87_merge(cpu, op, status);
  if (allowed) x87_pop(cpu, pop);
  return Status::kOk;
}

Status store_extended(Cpu& cpu, const Op* op) {
  if (!x87_begin(cpu)) return Status::kFault;
  if (x87_empty(cpu, 0)) return store_empty(cpu, op, to_bytes(kX87Indefinite), true);
  if (!write_operand(cpu, op, to_bytes(x87_st(cpu, 0)))) return Status::kFault;
  x87_merge(cpu, op, 0);
  x87_pop(cpu);
  return Status::kOk;
}

constexpr Kind kReal = Kind::kReal, kInteger = Kind::kInteger, kTruncating = Kind::kTruncating;

}  // namespace

Handler x87_load_handler(unsigned arg) {
  switch (arg) {
    case kLoadSingle87: return simple_handler<load_converted<host::load_m32, uint32_t>>;
    case kLoadDouble87: return simple_handler<load_converted<host::load_m64, uint64_t>>;
    case kLoadExtended: return simple_handler<load_extended>;
    case kLoadInt16: return simple_handler<load_converted<host::load_i16, uint16_t>>;
    case kLoadInt32: return simple_handler<load_converted<host::load_i32, uint32_t>>;
    case kLoadInt64: return simple_handler<load_converted<host::load_i64, uint64_t>>;
    case kLoadBcd: return simple_handler<load_converted<host::load_bcd, host::Bcd>>;
    default: return nullptr;
  }
}

Handler x87_store_handler(unsigned arg) {
  using host::store_bcd, host::store_i16, host::store_i32, host::store_i64, host::store_m32,
      host::store_m64, host::Bcd;
  switch (arg) {
    case kStoreSingle87: return simple_handler<store_converted<store_m32, uint32_t, kReal, false>>;
    case kStoreDouble87: return simple_handler<store_converted<store_m64, uint64_t, kReal, false>>;
    case kStoreInt16: return simple_handler<store_converted<store_i16, uint16_t, kInteger, false>>;
    case kStoreInt32: return simple_handler<store_converted<store_i32, uint32_t, kInteger, false>>;
    case kStorePopSingle87:
      return simple_handler<store_converted<store_m32, uint32_t, kReal, true>>;
    case kStorePopDouble87:
      return simple_handler<store_converted<store_m64, uint64_t, kReal, true>>;
    case kStorePopExtended: return simple_handler<store_extended>;
    case kStorePopInt16:
      return simple_handler<store_converted<store_i16, uint16_t, kInteger, true>>;
    case kStorePopInt32:
      return simple_handler<store_converted<store_i32, uint32_t, kInteger, true>>;
    case kStorePopInt64:
      return simple_handler<store_converted<store_i64, uint64_t, kInteger, true>>;
    case kStorePopBcd: return simple_handler<store_converted<store_bcd, Bcd, kInteger, true>>;
    case kTruncateInt16:
      return simple_handler<store_converted<store_i16, uint16_t, kTruncating, true>>;
    case kTruncateInt32:
      return simple_handler<store_converted<store_i32, uint32_t, kTruncating, true>>;
    case kTruncateInt64:
      return simple_handler<store_converted<store_i64, uint64_t, kTruncating, true>>;
    default: return nullptr;
  }
}

}  // namespace vireo
