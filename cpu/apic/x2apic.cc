// The x2APIC door to the local APIC: MSRs 0x800-0x8ff with their faults (SDM 3A
// 11.12.1, table 11-6).
#include "cpu/apic/apic_registers.h"
#include "cpu/apic/local_apic.h"

namespace vireo {
namespace {

constexpr uint32_t kFirstMsr = 0x800;
// Interrupt command bits that must be zero; the destination is the upper half.
constexpr uint64_t kCommandReserved = 0xfff32000;

bool is_lvt(unsigned index) { return index >= apic::kLvtFirst && index <= apic::kLvtLast; }

bool readable(unsigned index) {
  if (index >= apic::kInService && index <= apic::kErrorStatus) return true;
  if (is_lvt(index)) return true;
  switch (index) {
    case apic::kId:
    case apic::kVersion:
    case apic::kTaskPriority:
    case apic::kProcessorPriority:
    case apic::kLogicalDestination:
    case apic::kSpurious:
    case apic::kCommand:
    case apic::kInitialCount:
    case apic::kCurrentCount:
    case apic::kDivide:
      return true;
    default:
      return false;
  }
}

// The bits that may be set in a write; nothing when the register is read-only or
// does not exist.
std::optional<uint64_t> writable_bits(unsigned index) {
  if (is_lvt(index)) {
    return apic::kLvtWritable[index - apic::kLvtFirst] | apic::kDeliveryStatus | apic::kRemoteIrr;
  }
  switch (index) {
    case apic::kTaskPriority:
    case apic::kSelfIpi:
      return 0xff;
    case apic::kEoi:
    case apic::kErrorStatus:
      return 0;
    case apic::kSpurious:
      return 0x1ff;
    case apic::kCommand:
      return ~kCommandReserved;
    case apic::kInitialCount:
      return 0xffffffff;
    case apic::kDivide:
      return 0x0b;
    default:
      return std::nullopt;
  }
}

}  // namespace

bool LocalApic::read_msr(uint32_t msr, uint64_t& value) {
  const unsigned index = msr - kFirstMsr;
  if (!x2apic() || !readable(index)) return false;
  value = read_register(index);
  if (index == apic::kCommand) value |= uint64_t{command_destination_} << 32;
  return true;
}

bool LocalApic::write_msr(uint32_t msr, uint64_t value) {
  const unsigned index = msr - kFirstMsr;
  if (!x2apic()) return false;
  const auto allowed = writable_bits(index);
  if (!allowed || (value & ~*allowed) != 0) return false;
  if (index == apic::kSelfIpi) {
    self_ipi(static_cast<uint8_t>(value));
  } else if (index == apic::kCommand) {
    command_ = static_cast<uint32_t>(value) & ~apic::kDeliveryStatus;
    command_destination_ = static_cast<uint32_t>(value >> 32);
    send_command(command_destination_);
  } else {
    write_register(index, static_cast<uint32_t>(value));
  }
  return true;
}

void LocalApic::self_ipi(uint8_t vector) {
  ApicMessage message;
  message.vector = vector;
  accept(message);
}

}  // namespace vireo
