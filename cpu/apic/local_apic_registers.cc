// The registers of the local APIC: IA32_APIC_BASE and the xAPIC window (SDM 3A
// 11.4.1, 11.4.4).
#include "cpu/apic/apic_registers.h"
#include "cpu/apic/local_apic.h"

namespace vireo {
namespace {

constexpr uint32_t kSpuriousWritable = 0x1ff;
constexpr uint32_t kReadOnlyLvt = apic::kDeliveryStatus | apic::kRemoteIrr;
constexpr uint64_t kPageBits = 0xfff;

}  // namespace

bool LocalApic::write_apic_base(uint64_t value) {
  const uint64_t address_bits = ((uint64_t{1} << config_.physical_bits) - 1) & ~kPageBits;
  uint64_t allowed = address_bits | apic::kBaseBoot | apic::kBaseEnable;
  if (config_.x2apic) allowed |= apic::kBaseX2apic;
  if ((value & ~allowed) != 0) return false;

  // SDM 3A figure 11-27: x2APIC mode is entered from xAPIC mode only and left
  // only by disabling; "extended but not enabled" does not exist.
  constexpr uint64_t kMode = apic::kBaseEnable | apic::kBaseX2apic;
  const uint64_t from = base_ & kMode;
  const uint64_t to = value & kMode;
  const bool illegal = to == apic::kBaseX2apic || (from == 0 && to == kMode) ||
                       (from == kMode && to == apic::kBaseEnable);
  if (illegal) return false;

  base_ = value;
  if (from != 0 && to == 0) reset_registers();
  cpu_.interrupt_changed();
  return true;
}

std::optional<GuestAddr> LocalApic::window() const {
  if (!enabled() || x2apic()) return std::nullopt;
  const uint64_t address_bits = ((uint64_t{1} << config_.physical_bits) - 1) & ~kPageBits;
  return GuestAddr{base_ & address_bits};
}

// Registers are 32 bits wide at multiples of 16; anything else the SDM leaves
// undefined. Here such reads give the bytes asked for and such writes do nothing.
uint64_t LocalApic::read(uint64_t offset, unsigned) {
  const unsigned byte = offset & 15;
  if (byte >= 4) return 0;
  return read_register(static_cast<unsigned>(offset >> 4) & 0xff) >> (8 * byte);
}

void LocalApic::write(uint64_t offset, unsigned size, uint64_t value) {
  if ((offset & 15) != 0 || size < 4) return;
  write_register(static_cast<unsigned>(offset >> 4) & 0xff, static_cast<uint32_t>(value));
}

uint32_t LocalApic::read_register(unsigned index) {
  if (index >= apic::kInService && index < apic::kTriggerMode) return in_service_.word(index);
  if (index >= apic::kTriggerMode && index < apic::kRequest) return trigger_.word(index);
  if (index >= apic::kRequest && index < apic::kErrorStatus) return requests_.word(index);
  if (index >= apic::kLvtFirst && index <= apic::kLvtLast) return lvt_[index - apic::kLvtFirst];
  switch (index) {
    case apic::kId:
      return x2apic() ? config_.id : config_.id << 24;
    case apic::kVersion:
      return apic::kVersionValue;
    case apic::kTaskPriority:
      return tpr_;
    case apic::kProcessorPriority:
      return processor_priority();
    case apic::kArbitrationPriority:
    case apic::kRemoteRead:
    case apic::kEoi:
      return 0;
    case apic::kLogicalDestination:
      return logical_id();
    case apic::kDestinationFormat:
      return destination_format_;
    case apic::kSpurious:
      return spurious_;
    case apic::kErrorStatus:
      return error_status_;
    case apic::kCommand:
      return command_;
    case apic::kCommandHigh:
      return command_destination_;
    case apic::kInitialCount:
      return timer_.initial_count();
    case apic::kCurrentCount:
      return timer_.current_count();
    case apic::kDivide:
      return timer_.divide_configuration();
    default:
      error(apic::kIllegalRegister);
      return 0;
  }
}

void LocalApic::write_register(unsigned index, uint32_t value) {
  if (index >= apic::kLvtFirst && index <= apic::kLvtLast) {
    return write_lvt(index - apic::kLvtFirst, value);
  }
  // Registers that can only be read.
  if (index == apic::kId || index == apic::kVersion || index == apic::kCurrentCount ||
      (index >= apic::kInService && index < apic::kErrorStatus)) {
    return;
  }
  switch (index) {
    case apic::kTaskPriority:
      return set_task_priority(static_cast<uint8_t>(value));
    case apic::kArbitrationPriority:
    case apic::kProcessorPriority:
    case apic::kRemoteRead:
      return;
    case apic::kEoi:
      return end_of_interrupt();
    case apic::kLogicalDestination:
      logical_destination_ = value & 0xff000000;
      return;
    case apic::kDestinationFormat:
      destination_format_ = value | 0x0fffffff;
      return;
    case apic::kSpurious:
      return write_spurious(value);
    case apic::kErrorStatus:
      return write_error_status();
    case apic::kCommand:
      command_ = value & ~apic::kDeliveryStatus;
      return send_command(command_destination_ >> 24);
    case apic::kCommandHigh:
      command_destination_ = value & 0xff000000;
      return;
    case apic::kInitialCount:
      return timer_.set_initial_count(value);
    case apic::kDivide:
      return timer_.set_divide_configuration(value);
    default:
      return error(apic::kIllegalRegister);
  }
}

void LocalApic::write_spurious(uint32_t value) {
  spurious_ = value & kSpuriousWritable;
  if ((spurious_ & kSpuriousEnable) == 0) {
    for (uint32_t& lvt : lvt_) lvt |= apic::kMasked;
    configure_timer();
  }
  cpu_.interrupt_changed();
}

// A write makes the errors since the last one readable.
void LocalApic::write_error_status() {
  error_status_ = pending_errors_;
  pending_errors_ = 0;
}

void LocalApic::write_lvt(unsigned entry, uint32_t value) {
  value = (value & apic::kLvtWritable[entry]) | (lvt_[entry] & kReadOnlyLvt);
  // While software-disabled the mask bits stay set.
  if ((spurious_ & kSpuriousEnable) == 0) value |= apic::kMasked;
  // Only level-triggered fixed interrupts have a remote IRR.
  if ((value & apic::kLevelTrigger) == 0) value &= ~apic::kRemoteIrr;
  lvt_[entry] = value;
  if (entry == kLvtTimer) configure_timer();
  if (entry == kLvtLint0 || entry == kLvtLint1) {
    service_lint(entry == kLvtLint0 ? kLint0 : kLint1, false);
    cpu_.interrupt_changed();
  }
}

void LocalApic::configure_timer() {
  const uint32_t lvt = lvt_[kLvtTimer];
  timer_.configure(static_cast<ApicTimer::Mode>(lvt >> apic::kTimerModeShift & 3),
                   (lvt & apic::kMasked) != 0);
}

}  // namespace vireo
