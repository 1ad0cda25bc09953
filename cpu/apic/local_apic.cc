#include "cpu/apic/local_apic.h"

#include <initializer_list>

#include "cpu/apic/apic_registers.h"

namespace vireo {
namespace {

constexpr unsigned kFlatModel = 0xf;  // DFR bits 31:28

ApicDelivery delivery_of(uint32_t lvt_or_command) {
  return static_cast<ApicDelivery>(lvt_or_command >> apic::kDeliveryShift & 7);
}

// Interrupts compare by class, the upper half of vector or priority.
unsigned priority_class(unsigned value) { return value >> 4; }

}  // namespace

LocalApic::LocalApic(LocalApicConfig config, EventQueue& events, ApicBus& bus, ApicCpu& cpu,
                     const TscSource& tsc)
    : config_(std::move(config)),
      name_("apic" + std::to_string(config_.id)),
      bus_(bus),
      cpu_(cpu),
      timer_(events, tsc, name_ + " timer", [this] { deliver_local(kLvtTimer); }) {
  reset();
}

void LocalApic::reset() {
  base_ = apic::kDefaultBase | apic::kBaseEnable;
  reset_registers();
  if (config_.id != 0) return;
  base_ |= apic::kBaseBoot;
  spurious_ |= kSpuriousEnable;
  lvt_[kLvtLint0] = static_cast<uint32_t>(ApicDelivery::kExtInt) << apic::kDeliveryShift;
  lvt_[kLvtLint1] = static_cast<uint32_t>(ApicDelivery::kNmi) << apic::kDeliveryShift;
}

void LocalApic::init() {
  reset_registers();
  cpu_.interrupt_changed();
}

void LocalApic::reset_registers() {
  tpr_ = 0;
  logical_destination_ = 0;
  destination_format_ = 0xffffffff;
  spurious_ = 0xff;
  error_status_ = pending_errors_ = 0;
  command_ = command_destination_ = 0;
  lvt_.fill(apic::kMasked);
  requests_ = in_service_ = trigger_ = InterruptBitmap();
  external_message_ = false;
  timer_.reset();
}

void LocalApic::visit(Archive& archive) {
  archive.io(base_);
  archive.io(tpr_);
  archive.io(logical_destination_);
  archive.io(destination_format_);
  archive.io(spurious_);
  archive.io(error_status_);
  archive.io(pending_errors_);
  archive.io(command_);
  archive.io(command_destination_);
  archive.io(lvt_);
  archive.io(requests_);
  archive.io(in_service_);
  archive.io(trigger_);
  archive.io(external_message_);
  for (bool& level : lint_) archive.io(level);
  timer_.visit(archive);
}

// --- Interrupts for the CPU -------------------------------------------------

uint8_t LocalApic::processor_priority() const {
  const int service = in_service_.highest();
  const unsigned in_service = service < 0 ? 0 : static_cast<unsigned>(service);
  if (priority_class(tpr_) >= priority_class(in_service)) return tpr_;
  return in_service & 0xf0;
}

// The vector that the processor may take now, or -1.
int LocalApic::deliverable() const {
  if (!enabled()) return -1;
  const int vector = requests_.highest();
  if (vector < 0) return -1;
  const bool wins =
      priority_class(static_cast<unsigned>(vector)) > priority_class(processor_priority());
  return wins ? vector : -1;
}

// Without an APIC the LINT0 pin is the INTR pin.
bool LocalApic::external_pending() const {
  if (!enabled()) return lint_[kLint0];
  const uint32_t lvt = lvt_[kLvtLint0];
  const bool wire =
      lint_[kLint0] && (lvt & apic::kMasked) == 0 && delivery_of(lvt) == ApicDelivery::kExtInt;
  return wire || external_message_;
}

bool LocalApic::has_interrupt() const { return deliverable() >= 0 || external_pending(); }

int LocalApic::acknowledge() {
  if (const int vector = deliverable(); vector >= 0) {
    requests_.clear(static_cast<uint8_t>(vector));
    in_service_.set(static_cast<uint8_t>(vector));
    cpu_.interrupt_changed();
    return vector;
  }
  if (!external_pending()) return -1;
  external_message_ = false;
  return config_.acknowledge_external ? config_.acknowledge_external() : -1;
}

void LocalApic::set_cr8(uint64_t value) {
  set_task_priority(static_cast<uint8_t>((value & 0xf) << 4));
}

void LocalApic::set_task_priority(uint8_t value) {
  tpr_ = value;
  cpu_.interrupt_changed();
}

void LocalApic::end_of_interrupt() {
  const int highest = in_service_.highest();
  if (highest < 0) return;
  const uint8_t vector = static_cast<uint8_t>(highest);
  in_service_.clear(vector);
  if (trigger_.test(vector)) {
    release_lint(vector);
    bus_.broadcast_eoi(vector);
  }
  cpu_.interrupt_changed();
}

// --- Sources ------------------------------------------------------------------

void LocalApic::raise(uint8_t vector, bool level) {
  if (vector < apic::kFirstLegalVector) return error(apic::kReceiveIllegalVector);
  requests_.set(vector);
  level ? trigger_.set(vector) : trigger_.clear(vector);
  cpu_.interrupt_changed();
}

void LocalApic::accept(const ApicMessage& message) {
  if (!enabled()) return;
  switch (message.delivery) {
    case ApicDelivery::kFixed:
    case ApicDelivery::kLowestPriority:
      if (software_enabled()) raise(message.vector, message.level_triggered);
      break;
    case ApicDelivery::kSmi:
      cpu_.smi();
      break;
    case ApicDelivery::kNmi:
      cpu_.nmi();
      break;
    case ApicDelivery::kInit:
      if (message.asserted) cpu_.init();
      break;
    case ApicDelivery::kStartUp:
      cpu_.start_up(message.vector);
      break;
    case ApicDelivery::kExtInt:
      external_message_ = true;
      cpu_.interrupt_changed();
      break;
    case ApicDelivery::kReserved:
      break;
  }
}

// An interrupt of the APIC's own, as its LVT entry says.
void LocalApic::deliver_local(LvtIndex entry) {
  const uint32_t lvt = lvt_[entry];
  if ((lvt & apic::kMasked) != 0) return;
  // A performance interrupt masks itself.
  if (entry == kLvtPerformance) lvt_[entry] |= apic::kMasked;
  switch (delivery_of(lvt)) {
    case ApicDelivery::kFixed:
      raise(static_cast<uint8_t>(lvt), false);
      break;
    case ApicDelivery::kSmi:
      cpu_.smi();
      break;
    case ApicDelivery::kNmi:
      cpu_.nmi();
      break;
    case ApicDelivery::kInit:
      cpu_.init();
      break;
    default:
      break;
  }
}

void LocalApic::error(uint32_t bit) {
  pending_errors_ |= bit;
  // An error entry with an illegal vector must not report itself for ever.
  if (static_cast<uint8_t>(lvt_[kLvtError]) >= apic::kFirstLegalVector) {
    deliver_local(kLvtError);
  }
}

void LocalApic::set_input(unsigned pin, bool level) {
  if (pin > kLint1) return;
  const bool rising = level && !lint_[pin];
  lint_[pin] = level;
  if (!enabled()) {
    if (pin == kLint1 && rising) cpu_.nmi();
    if (pin == kLint0) cpu_.interrupt_changed();
    return;
  }
  service_lint(pin, rising);
}

void LocalApic::service_lint(unsigned pin, bool rising) {
  const LvtIndex entry = pin == kLint0 ? kLvtLint0 : kLvtLint1;
  uint32_t& lvt = lvt_[entry];
  const ApicDelivery delivery = delivery_of(lvt);
  const bool level = delivery == ApicDelivery::kFixed && (lvt & apic::kLevelTrigger) != 0;
  if (delivery == ApicDelivery::kExtInt) {
    cpu_.interrupt_changed();
  } else if (level && lint_[pin] && (lvt & (apic::kMasked | apic::kRemoteIrr)) == 0) {
    lvt |= apic::kRemoteIrr;
    raise(static_cast<uint8_t>(lvt), true);
  } else if (!level && rising) {
    deliver_local(entry);
  }
}

// A level-triggered LINT interrupt ended; it comes again while the wire is high.
void LocalApic::release_lint(uint8_t vector) {
  for (const unsigned pin : {kLint0, kLint1}) {
    uint32_t& lvt = lvt_[pin == kLint0 ? kLvtLint0 : kLvtLint1];
    if ((lvt & apic::kRemoteIrr) == 0 || static_cast<uint8_t>(lvt) != vector) continue;
    lvt &= ~apic::kRemoteIrr;
    service_lint(pin, false);
  }
}

// --- Destinations ---------------------------------------------------------------

// Derived from the id in x2APIC mode: cluster in the upper half, one bit below.
uint32_t LocalApic::logical_id() const {
  if (!x2apic()) return logical_destination_;
  return config_.id >> 4 << 16 | 1u << (config_.id & 15);
}

bool LocalApic::in_logical_set(uint32_t destination, bool wide) const {
  if (x2apic()) {
    const uint32_t own = logical_id();
    if (wide && destination == 0xffffffff) return true;
    return destination >> 16 == own >> 16 && (destination & own & 0xffff) != 0;
  }
  const uint32_t own = logical_destination_ >> 24;
  destination &= 0xff;
  if (destination_format_ >> 28 == kFlatModel) return (destination & own) != 0;
  // Cluster model: four bits of cluster, four of members; 0xff is everybody.
  if (destination == 0xff) return true;
  return destination >> 4 == own >> 4 && (destination & own & 0xf) != 0;
}

bool LocalApic::is_destination(const ApicMessage& message) const {
  if (!enabled()) return false;
  if (message.logical) return in_logical_set(message.destination, message.wide);
  const uint32_t everybody = message.wide ? 0xffffffff : 0xff;
  return message.destination == everybody || message.destination == config_.id;
}

void LocalApic::send_command(uint32_t destination) {
  ApicMessage message;
  message.destination = destination;
  message.wide = x2apic();
  message.logical = (command_ & apic::kLogicalMode) != 0;
  message.delivery = delivery_of(command_);
  message.vector = static_cast<uint8_t>(command_);
  // Only the INIT de-assert, which does nothing, uses the level bits.
  message.asserted = (command_ & apic::kAssert) != 0 || (command_ & apic::kLevelTrigger) == 0;

  const bool vectored =
      message.delivery == ApicDelivery::kFixed || message.delivery == ApicDelivery::kLowestPriority;
  if (vectored && message.vector < apic::kFirstLegalVector) {
    return error(apic::kSendIllegalVector);
  }
  if (message.delivery == ApicDelivery::kExtInt) return;  // cannot be sent by software
  switch (command_ >> apic::kShorthandShift & 3) {
    case apic::kSelf:
      return accept(message);
    case apic::kAll:
      return bus_.deliver_to_all(message, nullptr);
    case apic::kOthers:
      return bus_.deliver_to_all(message, this);
    default:
      return bus_.deliver(message);
  }
}

}  // namespace vireo
