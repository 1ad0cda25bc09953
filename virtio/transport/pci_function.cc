#include "virtio/transport/pci_function.h"

#include <fmt/format.h>

#include <vector>

#include "virtio/transport/pci_ids.h"
#include "virtio/transport/pci_layout.h"

namespace vireo {

using namespace virtio_pci;

namespace {

Result<VirtioOffer> decide_offer(const std::string& name, const VirtioDevice& device,
                                 const VirtioPciOptions& options) {
  VirtioOffer offer;
  const bool has_legacy_form = transitional_device_id(device.type_id()).has_value();
  const bool auto_legacy = !options.behind_express_port && has_legacy_form;
  offer.legacy = options.disable_legacy == OnOffAuto::kOff ||
                 (options.disable_legacy == OnOffAuto::kAuto && auto_legacy);
  offer.modern = !options.disable_modern;
  offer.event_idx = options.event_idx;
  offer.indirect_desc = options.indirect_desc;
  offer.packed = options.packed;
  offer.in_order = options.in_order;
  offer.ring_reset = options.queue_reset;
  offer.notification_data = options.notification_data;
  offer.notif_config_data = options.notif_config_data;
  if (!offer.modern && !has_legacy_form) {
    return Error{fmt::format("{}: this device is modern-only; drop disable-modern", name)};
  }
  if (!offer.legacy && !offer.modern) {
    return Error{fmt::format(
        "{}: disable-legacy and disable-modern together leave no interface; drop one", name)};
  }
  if (offer.legacy && !has_legacy_form) {
    return Error{fmt::format("{}: this device is modern-only, use disable-legacy=on", name)};
  }
  if (offer.packed && !offer.modern) {
    return Error{
        fmt::format("{}: packed=on needs the modern interface; drop disable-modern", name)};
  }
  return offer;
}

unsigned vector_count(const VirtioDevice& device, const VirtioPciOptions& options) {
  return options.vectors.value_or(device.queue_count() + 1);
}

PioNotify settled_pio_notify(const VirtioPciOptions& options) {
  if (options.modern_pio_notify != PioNotify::kAuto) return options.modern_pio_notify;
  return options.behind_express_port ? PioNotify::kOff : PioNotify::kFirst;
}

PciIdentity identity(const VirtioDevice& device, const VirtioPciOptions& options, bool legacy) {
  PciIdentity identity =
      legacy ? transitional_identity(device.type_id()) : modern_identity(device.type_id());
  if (options.class_code != 0) identity.class_code = options.class_code;
  return identity;
}

// Head of a vendor capability (section 4.1.4); returns its offset.
unsigned add_structure(ConfigSpace& config, CfgType type, const VirtioPciRegion& region,
                       unsigned length = 16) {
  const unsigned at = config.add_capability(pci_reg::kCapabilityVendor, length);
  config.define<uint8_t>(at + 2, static_cast<uint8_t>(length));
  config.define<uint8_t>(at + 3, static_cast<uint8_t>(type));
  config.define<uint8_t>(at + 4, region.bar);
  config.define<uint32_t>(at + 8, region.offset);
  config.define<uint32_t>(at + 12, region.length);
  return at;
}

void add_notify(ConfigSpace& config, const VirtioPciRegion& region, uint32_t multiplier) {
  const unsigned at = add_structure(config, CfgType::kNotify, region, 20);
  config.define<uint32_t>(at + 16, multiplier);
}

}  // namespace

Result<std::unique_ptr<VirtioPciFunction>> VirtioPciFunction::create(
    std::string name, std::unique_ptr<VirtioDevice> device, const VirtioPciOptions& options,
    const VirtioPciMachine& machine) {
  Result<VirtioOffer> offer = decide_offer(name, *device, options);
  if (!offer) return offer.error();
  if (vector_count(*device, options) > kMsixMaxVectors) {
    return Error{fmt::format("{}: vectors={} is more than {}", name, vector_count(*device, options),
                             kMsixMaxVectors)};
  }
  return std::unique_ptr<VirtioPciFunction>(
      new VirtioPciFunction(std::move(name), std::move(device), options, *offer, machine));
}

VirtioPciFunction::VirtioPciFunction(std::string name, std::unique_ptr<VirtioDevice> device,
                                     const VirtioPciOptions& options, const VirtioOffer& offer,
                                     const VirtioPciMachine& machine)
    : PciFunction(name, identity(*device, options, offer.legacy),
                  options.behind_express_port ? kPciExpressConfig : kPciConventionalConfig),
      device_(std::move(device)),
      offer_(offer),
      core_(name, *device_, *this, offer, machine.memory, machine.events),
      interrupts_(*this, device_->queue_count()),
      legacy_(core_, interrupts_,
              [this] { config_write(pci_reg::kCommand, 2, command() | pci_reg::kCommandMaster); }),
      modern_(core_, interrupts_, options.page_per_vq ? kNotifyPageStep : kNotifyStep) {
  set_interrupt_pin(PciPin::kA);
  if (offer.legacy) build_legacy();
  build_msix(options);
  if (offer.modern) build_modern(options);
  if (!options.behind_express_port) return;
  add_express_endpoint();
  add_power_management();
}

void VirtioPciFunction::build_legacy() {
  add_bar(kLegacyBar, {BarType::kIo, legacy_bar_size(device_->config_size()), false}, legacy_);
}

void VirtioPciFunction::build_msix(const VirtioPciOptions& options) {
  const unsigned vectors = vector_count(*device_, options);
  if (vectors > 0) add_msix(kMsixBar, vectors);
}

void VirtioPciFunction::build_modern(const VirtioPciOptions& options) {
  const unsigned queues = device_->queue_count();
  const uint32_t step = modern_.notify_step();
  add_bar(kModernBar, {BarType::kMemory64, modern_bar_size(queues, step), true}, modern_);

  std::vector<VirtioPciRegion> regions;
  const auto structure = [&](CfgType type, uint32_t offset, uint32_t length) {
    regions.push_back({kModernBar, offset, length, &modern_});
    add_structure(config(), type, regions.back());
  };
  structure(CfgType::kCommon, kCommonOffset, kCommonLength);
  structure(CfgType::kIsr, kIsrOffset, kIsrLength);
  if (device_->config_size() > 0) {
    structure(CfgType::kDevice, kDeviceOffset, device_->config_size());
  }

  const VirtioPciRegion memory{kModernBar, kNotifyOffset, notify_length(queues, step), &modern_};
  const VirtioPciRegion port{kNotifyPortBar, 0, kNotifyPortLength, &modern_.notify_port()};
  const PioNotify pio = settled_pio_notify(options);
  if (pio != PioNotify::kOff) {
    add_bar(kNotifyPortBar, {BarType::kIo, kNotifyPortLength, false}, modern_.notify_port());
    regions.push_back(port);
  }
  if (pio == PioNotify::kFirst) add_notify(config(), port, 0);
  add_notify(config(), memory, step);
  if (pio == PioNotify::kLast) add_notify(config(), port, 0);
  regions.push_back(memory);
  cfg_window_.build(config(), std::move(regions));
}

void VirtioPciFunction::reset() {
  if (core_.watch() != nullptr) core_.watch()->on_reset(DriverReset::kFunction);
  PciFunction::reset();
  core_.reset();
  interrupts_.forget();
  modern_.reset();
}

void VirtioPciFunction::visit(Archive& archive) {
  PciFunction::visit(archive);
  core_.visit(archive);
  interrupts_.visit(archive);
  modern_.visit(archive);
  if (!archive.saving() && core_.watch() != nullptr) core_.watch()->on_loaded();
}

void VirtioPciFunction::before_config_read(unsigned offset, unsigned size) {
  if (core_.watch() != nullptr) core_.watch()->on_config_cycle(offset, size, false);
  cfg_window_.before_config_read(offset, size);
}

void VirtioPciFunction::after_config_write(unsigned offset, unsigned size) {
  if (core_.watch() != nullptr) core_.watch()->on_config_cycle(offset, size, true);
  cfg_window_.after_config_write(offset, size);
}

void VirtioPciFunction::on_bus_master_changed() {
  if (core_.watch() != nullptr) core_.watch()->on_bus_master(bus_master());
  core_.dma_changed();
}

void VirtioPciFunction::queue_interrupt(unsigned index) { interrupts_.raise_queue(index); }
void VirtioPciFunction::config_interrupt() { interrupts_.raise_config(); }

void VirtioPciFunction::driver_reset() {
  interrupts_.reset();
  modern_.reset();
}

void VirtioPciFunction::queue_reset(unsigned index) {
  interrupts_.set_queue_vector(index, VirtioPciInterrupts::kNoVector);
}

}  // namespace vireo
