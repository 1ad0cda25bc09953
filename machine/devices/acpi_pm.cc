#include "machine/devices/acpi_pm.h"

#include "machine/base/register_map.h"

namespace vireo {

enum class AcpiPm::Reg : uint8_t {
  kPm1Status,
  kPm1Enable,
  kPm1Control,
  kPmTimer,
  kGpe0Status,
  kGpe0Enable,
  kSmiEnable,
  kSmiStatus,
};

namespace {

using Reg = AcpiPm::Reg;

constexpr RegisterMap<Reg, 8> kMap{{{
    {Reg::kPm1Status, AcpiPm::kPm1Event, 2},
    {Reg::kPm1Enable, AcpiPm::kPm1Event + 2, 2},
    {Reg::kPm1Control, AcpiPm::kPm1Control, 4},
    {Reg::kPmTimer, AcpiPm::kPmTimer, 4},
    {Reg::kGpe0Status, AcpiPm::kGpe0, 8},
    {Reg::kGpe0Enable, AcpiPm::kGpe0 + AcpiPm::kGpe0Size / 2, 8},
    {Reg::kSmiEnable, 0x30, 4},
    {Reg::kSmiStatus, 0x34, 4},
}}};
static_assert(kMap.valid());

// PM1 status and enable.
constexpr uint16_t kTimerOverflow = 1u << 0;
constexpr uint16_t kGlobalLock = 1u << 5;
constexpr uint16_t kPowerButton = 1u << 8;
constexpr uint16_t kRtcAlarm = 1u << 10;
constexpr uint16_t kEvents = kTimerOverflow | kGlobalLock | kPowerButton | kRtcAlarm;

// PM1 control.
constexpr uint16_t kSciEnable = 1u << 0;
constexpr uint16_t kBusMasterReload = 1u << 1;
constexpr uint16_t kSleepEnable = 1u << 13;
constexpr unsigned kSleepTypeShift = 10;
constexpr uint16_t kSleepType = 7u << kSleepTypeShift;

// SMI enable, and the bit in SMI status of the command port.
constexpr uint32_t kGlobalSmi = 1u << 0;
constexpr uint32_t kCommandPortSmi = 1u << 5;

// The PM timer has 24 bits; its status is set whenever the highest one changes.
constexpr uint64_t kTimerMask = 0xffffff;
constexpr unsigned kTimerHalfShift = 23;
constexpr TickRate kRate{AcpiPm::kTimerHz};

}  // namespace

AcpiPm::AcpiPm(EventQueue& events, IrqLine sci, std::function<void()> power_off)
    : events_(events),
      sci_(sci),
      power_off_(std::move(power_off)),
      smi_ports_(*this, &AcpiPm::read_smi_port, &AcpiPm::write_smi_port),
      overflow_(events, "acpi pm timer overflow", [this] {
        catch_up_timer();
        update_sci();
      }) {
  reset();
}

void AcpiPm::reset() {
  pm1_status_ = pm1_enable_ = pm1_control_ = 0;
  gpe0_status_ = gpe0_enable_ = 0;
  smi_enable_ = smi_status_ = 0;
  smi_locked_ = false;
  smi_command_ = smi_data_ = 0;
  timer_half_ = ticks() >> kTimerHalfShift;
  overflow_.cancel();
}

void AcpiPm::visit(Archive& archive) {
  archive.io(pm1_status_);
  archive.io(pm1_enable_);
  archive.io(pm1_control_);
  archive.io(gpe0_status_);
  archive.io(gpe0_enable_);
  archive.io(smi_enable_);
  archive.io(smi_status_);
  archive.io(smi_locked_);
  archive.io(smi_command_);
  archive.io(smi_data_);
  archive.io(timer_half_);
  overflow_.visit(archive);
  sci_.visit(archive);
}

uint64_t AcpiPm::read(uint64_t offset, unsigned size) {
  return kMap.read(offset, size, [this](Reg reg) { return get(reg); });
}

void AcpiPm::write(uint64_t offset, unsigned size, uint64_t value) {
  kMap.write(
      offset, size, value, [this](Reg reg) { return peek(reg); },
      [this](Reg reg, uint64_t merged) { set(reg, merged); });
  update_sci();
}

uint64_t AcpiPm::get(Reg reg) {
  switch (reg) {
    case Reg::kPm1Status:
      catch_up_timer();
      return pm1_status_;
    case Reg::kPmTimer:
      if (timer_read_) timer_read_();
      return ticks() & kTimerMask;
    case Reg::kGpe0Status:
      return gpe0_status_;
    case Reg::kSmiStatus:
      return smi_status_;
    default:
      return peek(reg);
  }
}

// What a partial write leaves in the bytes that it does not touch: in status
// registers, where ones clear, that is nothing.
uint64_t AcpiPm::peek(Reg reg) const {
  switch (reg) {
    case Reg::kPm1Enable:
      return pm1_enable_;
    case Reg::kPm1Control:
      return pm1_control_;
    case Reg::kGpe0Enable:
      return gpe0_enable_;
    case Reg::kSmiEnable:
      return smi_enable_;
    default:
      return 0;
  }
}

void AcpiPm::set(Reg reg, uint64_t value) {
  switch (reg) {
    case Reg::kPm1Status:
      catch_up_timer();
      pm1_status_ &= static_cast<uint16_t>(~value);
      break;
    case Reg::kPm1Enable:
      pm1_enable_ = value & kEvents;
      break;
    case Reg::kPm1Control:
      write_pm1_control(static_cast<uint16_t>(value));
      break;
    case Reg::kPmTimer:  // read-only
      break;
    case Reg::kGpe0Status:
      gpe0_status_ &= ~value;
      break;
    case Reg::kGpe0Enable:
      gpe0_enable_ = value;
      break;
    case Reg::kSmiEnable:
      write_smi_enable(static_cast<uint32_t>(value));
      break;
    case Reg::kSmiStatus:
      smi_status_ &= static_cast<uint32_t>(~value);
      break;
  }
}

// S5 is the only sleep state that the machine has; SLP_EN with another type does
// nothing.
void AcpiPm::write_pm1_control(uint16_t value) {
  pm1_control_ = value & (kSciEnable | kBusMasterReload | kSleepType);
  const unsigned type = (value & kSleepType) >> kSleepTypeShift;
  if ((value & kSleepEnable) != 0 && type == kSleepTypeSoftOff) power_off_();
}

void AcpiPm::write_smi_enable(uint32_t value) {
  const uint32_t kept = smi_locked_ ? kGlobalSmi : 0;
  smi_enable_ = (smi_enable_ & kept) | (value & ~kept);
}

uint8_t AcpiPm::read_smi_port(uint64_t offset) {
  return (offset & 1) == 0 ? smi_command_ : smi_data_;
}

void AcpiPm::write_smi_port(uint64_t offset, uint8_t value) {
  if ((offset & 1) != 0) {
    smi_data_ = value;
    return;
  }
  smi_command_ = value;
  // The switch is the chip's, as firmware made for QEMU's board expects: its handler has none.
  if (value == kAcpiEnable) pm1_control_ |= kSciEnable;
  if (value == kAcpiDisable) pm1_control_ &= static_cast<uint16_t>(~kSciEnable);
  constexpr uint32_t kNeeded = kGlobalSmi | kCommandPortSmi;
  if ((smi_enable_ & kNeeded) == kNeeded) {
    smi_status_ |= kCommandPortSmi;
    if (smi_) smi_();
  }
  update_sci();
}

void AcpiPm::press_power_button() {
  pm1_status_ |= kPowerButton;
  update_sci();
}

void AcpiPm::raise_gpe(unsigned number) {
  if (number < 8 * kGpe0Size / 2) gpe0_status_ |= uint64_t{1} << number;
  update_sci();
}

uint64_t AcpiPm::ticks() const { return kRate.ticks_at(events_.now_ns()); }

void AcpiPm::catch_up_timer() {
  const uint64_t half = ticks() >> kTimerHalfShift;
  if (half != timer_half_) pm1_status_ |= kTimerOverflow;
  timer_half_ = half;
}

void AcpiPm::update_sci() {
  catch_up_timer();
  const bool event =
      (pm1_status_ & pm1_enable_ & kEvents) != 0 || (gpe0_status_ & gpe0_enable_) != 0;
  sci_.set((pm1_control_ & kSciEnable) != 0 && event);
  // The overflow needs an event only while somebody waits for it.
  const bool waited_for = (pm1_enable_ & ~pm1_status_ & kTimerOverflow) != 0;
  if (waited_for) {
    overflow_.schedule_at(kRate.ns_at((timer_half_ + 1) << kTimerHalfShift));
  } else {
    overflow_.cancel();
  }
}

}  // namespace vireo
