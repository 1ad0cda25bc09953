#include "pci/lpc.h"

#include <cassert>

namespace vireo {

namespace {

constexpr PciIdentity kIdentity{.vendor_id = 0x8086,
                                .device_id = 0x2918,
                                .class_code = 0x060100,
                                .revision = 2,
                                .subsystem_vendor_id = 0x1af4,
                                .subsystem_id = 0x1100};

constexpr unsigned kPmBase = 0x40;
constexpr unsigned kAcpiControl = 0x44;
constexpr unsigned kPirqA = 0x60;  // A-D here, E-H at 0x68
constexpr unsigned kPirqE = 0x68;
constexpr unsigned kGenPmcon1 = 0xa0;
constexpr unsigned kRcba = 0xf0;

constexpr uint16_t kPmBaseBits = 0xff80;
constexpr uint8_t kAcpiEnable = 1u << 7;
constexpr uint8_t kSciSelect = 7;
constexpr uint8_t kPirqOff = 1u << 7;
constexpr uint16_t kSmiLock = 1u << 4;
constexpr uint32_t kRcbaBits = 0xffffc000;
constexpr uint32_t kRcbaEnable = 1;

constexpr unsigned pirq_register(unsigned pirq) {
  return pirq < 4 ? kPirqA + pirq : kPirqE + pirq - 4;
}

// Inputs 0, 1, 2, 8 and 13 belong to chips on the board; their codes are reserved.
constexpr bool routable(unsigned pic_input) {
  return pic_input >= 3 && pic_input != 8 && pic_input != 13 && pic_input < 16;
}

}  // namespace

Ich9Lpc::Ich9Lpc(const LpcWiring& wiring)
    : PciFunction("ich9-lpc", kIdentity),
      root_complex_([this] { drive_lines(); }),
      pm_window_("ACPI PM", PciSpace::kIo, wiring.pm, IoPriority::kBoard),
      rcba_window_("ICH9 RCBA", PciSpace::kMemory, root_complex_, IoPriority::kBoard),
      sci_(*this) {
  for (unsigned i = 0; i < pic_lines_.size(); ++i) pic_lines_[i] = IrqLine(wiring.pic, i);
  for (unsigned i = 0; i < ioapic_lines_.size(); ++i) {
    ioapic_lines_[i] = IrqLine(wiring.ioapic, i);
  }
  define_registers();
  root_complex_.reset();
  add_window(pm_window_);
  add_window(rcba_window_);
}

void Ich9Lpc::define_registers() {
  config().define<uint32_t>(kPmBase, 1, kPmBaseBits);
  config().define<uint8_t>(kAcpiControl, 0, kAcpiEnable | kSciSelect);
  for (unsigned pirq = 0; pirq < kPirqs; ++pirq) {
    config().define<uint8_t>(pirq_register(pirq), kPirqOff, kPirqOff | 0x0f);
  }
  config().define<uint16_t>(kGenPmcon1, 0, kSmiLock);
  config().define<uint32_t>(kRcba, 0, kRcbaBits | kRcbaEnable);
}

void Ich9Lpc::reset() {
  PciFunction::reset();
  root_complex_.reset();
  apply_smi_lock();
}

// The pins and the SCI are other chips' outputs: they fall when those chips
// come to their second phase.
void Ich9Lpc::reset_outputs() {
  PciFunction::reset_outputs();
  drive_lines();
  if (smi_lock_changed_) smi_lock_changed_(smi_locked());
}

void Ich9Lpc::visit(Archive& archive) {
  PciFunction::visit(archive);
  root_complex_.visit(archive);
  archive.io(sci_level_);
  archive.io(pins_);
  if (archive.saving()) return;
  apply_smi_lock();
  restore_lines();
}

void Ich9Lpc::after_config_write(unsigned offset, unsigned size) {
  apply_smi_lock();
  drive_lines();
  const bool touched = offset < kGenPmcon1 + 2 && offset + size > kGenPmcon1;
  if (touched && smi_lock_changed_) smi_lock_changed_(smi_locked());
}

void Ich9Lpc::update_windows() {
  const std::optional<uint16_t> pm = pm_base();
  if (pm) {
    pm_window_.want(*pm, kPmBlockSize);
  } else {
    pm_window_.want_nothing();
  }
  const uint32_t rcba = config().get<uint32_t>(kRcba);
  if ((rcba & kRcbaEnable) != 0 && (rcba & kRcbaBits) != 0) {
    rcba_window_.want(rcba & kRcbaBits, kRcbaSize);
  } else {
    rcba_window_.want_nothing();
  }
}

std::optional<uint16_t> Ich9Lpc::pm_base() const {
  const auto base = static_cast<uint16_t>(config().get<uint16_t>(kPmBase) & kPmBaseBits);
  if ((config().get<uint8_t>(kAcpiControl) & kAcpiEnable) == 0 || base == 0) return std::nullopt;
  return base;
}

std::optional<unsigned> Ich9Lpc::sci_irq() const {
  switch (config().get<uint8_t>(kAcpiControl) & kSciSelect) {
    case 0:
      return 9;
    case 1:
      return 10;
    case 2:
      return 11;
    case 4:
      return 20;
    case 5:
      return 21;
    default:
      return std::nullopt;
  }
}

// SMI_LOCK can be set but not cleared until reset.
void Ich9Lpc::apply_smi_lock() {
  config().set_writable<uint16_t>(kGenPmcon1, smi_locked() ? 0 : kSmiLock);
}

bool Ich9Lpc::smi_locked() const { return (config().get<uint16_t>(kGenPmcon1) & kSmiLock) != 0; }

// The fixed part is this chipset's usual board wiring: slots 0-24 swizzle over
// PIRQE to PIRQH, and device 30 (the conventional bridge) uses the same four.
unsigned Ich9Lpc::pirq_of(unsigned device, unsigned pin) const {
  if (device < 25) return 4 + (device + pin) % 4;
  if (device == 30) return 4 + pin;
  return root_complex_.pirq(device, pin);
}

std::optional<unsigned> Ich9Lpc::pic_input_of(unsigned pirq) const {
  const uint8_t route = config().get<uint8_t>(pirq_register(pirq));
  const unsigned input = route & 0x0f;
  if ((route & kPirqOff) != 0 || !routable(input)) return std::nullopt;
  return input;
}

void Ich9Lpc::set_intx(unsigned device, unsigned pin, bool level) {
  assert(device < kPciDevices && pin < 4);
  const uint32_t bit = uint32_t{1} << device;
  pins_[pin] = level ? pins_[pin] | bit : pins_[pin] & ~bit;
  drive_lines();
}

void Ich9Lpc::SciInput::set_input(unsigned /*pin*/, bool level) {
  lpc.sci_level_ = level;
  lpc.drive_lines();
}

// Bit n: PIRQ n is asserted by some slot.
uint8_t Ich9Lpc::pirq_levels() const {
  uint8_t levels = 0;
  for (unsigned pin = 0; pin < pins_.size(); ++pin) {
    for (unsigned device = 0; device < kPciDevices; ++device) {
      if ((pins_[pin] >> device & 1) != 0)
        levels |= static_cast<uint8_t>(1u << pirq_of(device, pin));
    }
  }
  return levels;
}

Ich9Lpc::Levels Ich9Lpc::output_levels() const {
  Levels levels;
  const uint8_t pirqs = pirq_levels();
  for (unsigned pirq = 0; pirq < kPirqs; ++pirq) {
    if ((pirqs >> pirq & 1) == 0) continue;
    levels.ioapic |= 1u << (kIoApicPirqBase + pirq);
    if (const auto input = pic_input_of(pirq)) levels.pic |= 1u << *input;
  }
  if (const auto irq = sci_irq(); irq && sci_level_) {
    levels.ioapic |= 1u << *irq;
    if (*irq < 16) levels.pic |= 1u << *irq;
  }
  return levels;
}

void Ich9Lpc::drive_lines() {
  const Levels levels = output_levels();
  for (unsigned i = 0; i < pic_lines_.size(); ++i) pic_lines_[i].set((levels.pic >> i & 1) != 0);
  for (unsigned i = 0; i < ioapic_lines_.size(); ++i) {
    ioapic_lines_[i].set((levels.ioapic >> i & 1) != 0);
  }
}

void Ich9Lpc::restore_lines() {
  const Levels levels = output_levels();
  for (unsigned i = 0; i < pic_lines_.size(); ++i) {
    pic_lines_[i].restore((levels.pic >> i & 1) != 0);
  }
  for (unsigned i = 0; i < ioapic_lines_.size(); ++i) {
    ioapic_lines_[i].restore((levels.ioapic >> i & 1) != 0);
  }
}

void Ich9Lpc::program_pm_base(uint16_t base, bool enable) {
  config().set<uint32_t>(kPmBase, (base & kPmBaseBits) | 1u);
  const auto control = config().get<uint8_t>(kAcpiControl);
  config().set<uint8_t>(
      kAcpiControl, enable ? control | kAcpiEnable : control & static_cast<uint8_t>(~kAcpiEnable));
  sync_decode();
}

void Ich9Lpc::program_pirq(unsigned pirq, std::optional<unsigned> pic_input) {
  config().set<uint8_t>(pirq_register(pirq),
                        pic_input ? static_cast<uint8_t>(*pic_input & 0x0f) : kPirqOff);
  drive_lines();
}

void Ich9Lpc::program_rcba(uint32_t base) {
  config().set<uint32_t>(kRcba, base != 0 ? (base & kRcbaBits) | kRcbaEnable : 0);
  sync_decode();
}

}  // namespace vireo
