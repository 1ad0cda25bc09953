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

}  // namespace

struct PciFunction::Watched {
  bool master;
  bool msix_enabled;
  bool msix_masked;
};

PciFunction::PciFunction(std::string name, const PciIdentity& identity, unsigned config_size)
    : name_(std::move(name)), config_(config_size) {
  config_.define<uint16_t>(pci_reg::kVendorId, identity.vendor_id);
  config_.define<uint16_t>(pci_reg::kDeviceId, identity.device_id);
  config_.define<uint16_t>(pci_reg::kCommand, 0, kWritableCommand);
  config_.define<uint16_t>(pci_reg::kStatus, 0, 0, pci_reg::kStatusErrors);
  config_.define<uint8_t>(pci_reg::kRevision, identity.revision);
  config_.define<uint8_t>(pci_reg::kClassCode, static_cast<uint8_t>(identity.class_code));
  config_.define<uint16_t>(pci_reg::kClassCode + 1,
                           static_cast<uint16_t>(identity.class_code >> 8));
  config_.define<uint16_t>(pci_reg::kSubsystemVendorId, identity.subsystem_vendor_id);
  config_.define<uint16_t>(pci_reg::kSubsystemId, identity.subsystem_id);
  config_.define<uint8_t>(pci_reg::kInterruptLine, 0, 0xff);
}

void PciFunction::reset() {
  config_.reset();
  if (msix_) msix_->reset();
}

void PciFunction::reset_outputs() {
  sync_decode();
  sync_intx();
}

void PciFunction::visit(Archive& archive) {
  config_.visit(archive);
  if (msix_) msix_->visit(archive);
  archive.io(wire_);
  if (!archive.saving()) sync_decode();
}

void PciFunction::add_bar(unsigned index, const BarDescription& description, IoHandler& handler) {
  assert(index < kPciBars && bars_[index] == nullptr && !attached());
  bars_[index] =
      std::make_unique<Bar>(index, description, handler, fmt::format("{} BAR {}", name_, index));
  bars_[index]->define_registers(config_);
  add_window(bars_[index]->window());
}

void PciFunction::add_msix(unsigned bar, unsigned vectors) {
  const MsixLayout layout = MsixLayout::exclusive(bar, vectors);
  msix_ = std::make_unique<Msix>(config_, layout, [this](MsiMessage message) {
    if (upstream_ != nullptr) upstream_->send_msi(devfn_, message);
  });
  add_bar(bar, BarDescription{BarType::kMemory32, layout.bar_size(), false}, *msix_);
}

void PciFunction::set_interrupt_pin(PciPin pin) {
  pin_ = pin;
  config_.define<uint8_t>(pci_reg::kInterruptPin, static_cast<uint8_t>(pin));
}

uint32_t PciFunction::config_read(unsigned offset, unsigned size) {
  if (offset < config_.size()) before_config_read(offset, std::min(size, config_.size() - offset));
  return config_.read(offset, size);
}

void PciFunction::config_write(unsigned offset, unsigned size, uint32_t value) {
  if (offset >= config_.size()) return;
  const Watched before = watched();
  config_.write(offset, size, value);
  after_config_write(offset, std::min(size, config_.size() - offset));
  sync_decode();
  sync_intx();
  run_hooks(before);
}

PciFunction::Watched PciFunction::watched() const {
  return Watched{bus_master(), msix_ && msix_->enabled(), msix_ && msix_->function_masked()};
}

void PciFunction::run_hooks(const Watched& before) {
  const Watched now = watched();
  if (now.master != before.master) on_bus_master_changed();
  if (now.msix_enabled != before.msix_enabled || now.msix_masked != before.msix_masked) {
    on_msix_changed();
  }
  if (msix_) msix_->send_pending();
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
                     (!msix_ || !msix_->enabled());
  if (level == wire_) return;
  wire_ = level;
  if (upstream_ == nullptr || pin_ == PciPin::kNone) return;
  upstream_->intx_changed(devfn_ >> 3, static_cast<unsigned>(pin_) - 1);
}

void PciFunction::sync_decode() {
  for (const auto& bar : bars_) {
    if (bar) bar->update(config_);
  }
  update_windows();
  if (upstream_ == nullptr) return;
  bool stale = false;
  for (const DecodeWindow* window : windows_) {
    if (!window->stale()) continue;
    stale = true;
    Log::print(LogItem::kPci, "pci {:02x}.{}: {}", devfn_ >> 3, devfn_ & 7, window->describe());
  }
  if (stale) upstream_->decode_changed();
}

void PciFunction::attach(PciUpstream& upstream, uint8_t devfn) {
  upstream_ = &upstream;
  devfn_ = devfn;
  sync_decode();
}

void PciFunction::detach() {
  for (DecodeWindow* window : windows_) window->unmap();
  upstream_ = nullptr;
}

void PciFunction::set_multifunction(bool multifunction) {
  config_.define<uint8_t>(pci_reg::kHeaderType, multifunction ? pci_reg::kHeaderMultifunction : 0);
}

}  // namespace vireo
