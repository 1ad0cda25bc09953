#include "pci/function.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <utility>

#include "machine/base/log.h"

namespace vireo {

namespace {

constexpr uint16_t kWritableCommand = pci_reg::kCommandIo | pci_reg::kCommandMemory |
                                      pci_reg::kCommandMaster | pci_reg::kCommandParity |
                                      pci_reg::kCommandSerr | pci_reg::kCommandIntxDisable;

// Within the power management capability (PCI Power Management 1.2 section 3.2.4).
constexpr unsigned kPowerControl = 4;
constexpr uint8_t kPowerStateBits = 3;
constexpr uint8_t kNoSoftReset = 1u << 3;

}  // namespace

struct PciFunction::Watched {
  bool msix_enabled;
  bool msix_masked;
};

PciFunction::PciFunction(std::string name, const PciIdentity& identity, unsigned config_size,
                         HeaderType header)
    : name_(std::move(name)), config_(config_size) {
  define_header(identity, header);
}

void PciFunction::define_header(const PciIdentity& identity, HeaderType header) {
  config_.define<uint16_t>(pci_reg::kVendorId, identity.vendor_id);
  config_.define<uint16_t>(pci_reg::kDeviceId, identity.device_id);
  config_.define<uint16_t>(pci_reg::kCommand, 0, kWritableCommand);
  config_.define<uint16_t>(pci_reg::kStatus, 0, 0, pci_reg::kStatusErrors);
  config_.define<uint8_t>(pci_reg::kRevision, identity.revision);
  config_.define<uint8_t>(pci_reg::kClassCode, static_cast<uint8_t>(identity.class_code));
  config_.define<uint16_t>(pci_reg::kClassCode + 1,
                           static_cast<uint16_t>(identity.class_code >> 8));
  config_.define<uint8_t>(pci_reg::kHeaderType, static_cast<uint8_t>(header));
  config_.define<uint8_t>(pci_reg::kInterruptLine, 0, 0xff);
  if (header != HeaderType::kDevice) return;
  config_.define<uint16_t>(pci_reg::kSubsystemVendorId, identity.subsystem_vendor_id);
  config_.define<uint16_t>(pci_reg::kSubsystemId, identity.subsystem_id);
}

void PciFunction::reset() {
  config_.reset();
  if (msix_) msix_->reset();
}

void PciFunction::reset_outputs() {
  was_master_ = bus_master();
  sync_decode();
  sync_intx();
}

void PciFunction::visit(Archive& archive) {
  config_.visit(archive);
  if (msix_) msix_->visit(archive);
  archive.io(wire_);
  if (archive.saving()) return;
  was_master_ = bus_master();
  sync_decode();
}

void PciFunction::add_bar(unsigned index, const BarDescription& description, IoHandler& handler) {
  assert(index < kPciBars && bars_[index] == nullptr && !attached());
  bars_[index] =
      std::make_unique<Bar>(index, description, handler, fmt::format("{} BAR {}", name_, index));
  bars_[index]->define_registers(config_);
  add_window(bars_[index]->window());
}

void PciFunction::add_rom(std::vector<std::byte> image) {
  assert(rom_ == nullptr && !attached());
  rom_ = std::make_unique<ExpansionRom>(config_, std::move(image), name_ + " ROM");
  add_window(rom_->window());
}

void PciFunction::add_msix(unsigned bar, unsigned vectors) {
  const MsixLayout layout = MsixLayout::exclusive(bar, vectors);
  msix_ = std::make_unique<Msix>(
      config_, layout, [this] { return bus_master(); },
      [this](MsiMessage message) { upstream_->send_msi(devfn_, message); });
  add_bar(bar, BarDescription{BarType::kMemory32, layout.bar_size(), false}, *msix_);
}

void PciFunction::set_interrupt_pin(PciPin pin) {
  pin_ = pin;
  config_.define<uint8_t>(pci_reg::kInterruptPin, static_cast<uint8_t>(pin));
}

void PciFunction::add_express_endpoint() {
  endpoint_ = std::make_unique<ExpressCapability>(
      config_, ExpressDescription{.type = ExpressType::kEndpoint, .function_reset = true});
}

void PciFunction::add_power_management() {
  power_ = config_.add_capability(pci_reg::kCapabilityPower, 8);
  config_.define<uint16_t>(power_ + 2, 3);  // version 1.2, no power management events
  config_.define<uint8_t>(power_ + kPowerControl, kNoSoftReset, kPowerStateBits);
}

uint32_t PciFunction::config_read(unsigned offset, unsigned size) {
  if (offset < config_.size()) before_config_read(offset, std::min(size, config_.size() - offset));
  return config_.read(offset, size);
}

void PciFunction::config_write(unsigned offset, unsigned size, uint32_t value) {
  if (offset >= config_.size()) return;
  const Watched before = watched();
  const uint8_t power = power_state();
  config_.write(offset, size, value);
  if (power_state() == 1 || power_state() == 2) set_power_state(power);  // there is no D1, D2
  after_config_write(offset, std::min(size, config_.size() - offset));
  sync_decode();
  sync_intx();
  run_hooks(before);
  if (endpoint_ && endpoint_->take_function_reset()) function_level_reset();
}

uint8_t PciFunction::power_state() const {
  return power_ != 0 ? config_.get<uint8_t>(power_ + kPowerControl) & kPowerStateBits : 0;
}

void PciFunction::set_power_state(uint8_t state) {
  const uint8_t other = config_.get<uint8_t>(power_ + kPowerControl) & uint8_t{0xfc};
  config_.set<uint8_t>(power_ + kPowerControl, other | state);
}

void PciFunction::function_level_reset() {
  reset();
  reset_outputs();
}

PciFunction::Watched PciFunction::watched() const {
  return Watched{msix_ && msix_->enabled(), msix_ && msix_->function_masked()};
}

void PciFunction::run_hooks(const Watched& before) {
  const Watched now = watched();
  sync_master();
  if (now.msix_enabled != before.msix_enabled || now.msix_masked != before.msix_masked) {
    on_msix_changed();
  }
  if (msix_) msix_->send_pending();
}

bool PciFunction::bus_master() const {
  return (command() & pci_reg::kCommandMaster) != 0 && !asleep() && upstream_ != nullptr &&
         upstream_->forwards_dma();
}

bool PciFunction::interrupt_cause() const {
  return (config_.get<uint16_t>(pci_reg::kStatus) & pci_reg::kStatusInterrupt) != 0;
}

void PciFunction::set_interrupt(bool cause) {
  const uint16_t status = config_.get<uint16_t>(pci_reg::kStatus);
  const uint16_t bit = pci_reg::kStatusInterrupt;
  config_.set<uint16_t>(pci_reg::kStatus,
                        static_cast<uint16_t>(cause ? status | bit : status & ~bit));
  sync_intx();
}

bool PciFunction::intx_level(unsigned pin) const {
  return wire_ && static_cast<unsigned>(pin_) == pin + 1;
}

void PciFunction::sync_intx() {
  const bool level = interrupt_cause() && (command() & pci_reg::kCommandIntxDisable) == 0 &&
                     !asleep() && (!msix_ || !msix_->enabled());
  if (level == wire_) return;
  wire_ = level;
  if (upstream_ == nullptr || pin_ == PciPin::kNone) return;
  upstream_->intx_changed(devfn_ >> 3, static_cast<unsigned>(pin_) - 1);
}

void PciFunction::sync_decode() {
  for (const auto& bar : bars_) {
    if (bar) bar->update(config_);
  }
  if (rom_) rom_->update(config_);
  update_windows();
  if (asleep()) {
    for (DecodeWindow* window : windows_) window->want_nothing();
  }
  place_windows();
}

void PciFunction::place_windows() {
  if (upstream_ == nullptr) return;
  uint64_t order = upstream_->decode_order(devfn_);
  for (DecodeWindow* window : windows_) {
    if (!window->place(*upstream_, order++)) continue;
    Log::print(LogItem::kPci, "pci {:02x}.{}: {}", devfn_ >> 3, devfn_ & 7, window->describe());
  }
}

void PciFunction::attach(PciUpstream& upstream, uint8_t devfn) {
  upstream_ = &upstream;
  devfn_ = devfn;
  sync_decode();
  upstream_changed();
}

void PciFunction::detach() {
  for (DecodeWindow* window : windows_) window->unmap();
  upstream_ = nullptr;
  upstream_changed();
}

void PciFunction::upstream_changed() {
  place_windows();
  sync_master();
}

void PciFunction::sync_master() {
  if (bus_master() == was_master_) return;
  was_master_ = !was_master_;
  on_bus_master_changed();
  if (msix_) msix_->send_pending();
}

void PciFunction::set_multifunction(bool multifunction) {
  const uint8_t type = config_.get<uint8_t>(pci_reg::kHeaderType) & pci_reg::kHeaderTypeBits;
  config_.define<uint8_t>(pci_reg::kHeaderType,
                          multifunction ? type | pci_reg::kHeaderMultifunction : type);
}

}  // namespace vireo
