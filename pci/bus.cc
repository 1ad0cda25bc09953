#include "pci/bus.h"

#include <fmt/format.h>

#include <algorithm>

#include "machine/base/trace_event.h"

namespace vireo {

PciFunction* PciBus::function(unsigned device, unsigned number) const {
  return device < kPciDevices && number < kPciFunctions ? functions_[device][number] : nullptr;
}

Result<void> PciBus::check_place(const PciFunction& added, unsigned device, unsigned number) const {
  if (device >= devices() || number >= kPciFunctions) {
    return Error{fmt::format(
        "{}: PCI address {:02x}.{} does not exist; devices are 0 to {:x}, functions 0 to 7",
        added.name(), device, number, devices() - 1)};
  }
  if (const PciFunction* taken = functions_[device][number]) {
    return Error{fmt::format("{}: PCI address {:02x}.{} is taken by {}; choose another addr=",
                             added.name(), device, number, taken->name())};
  }
  if (added.secondary_bus() != nullptr && depth() >= kPciMaxDepth) {
    return Error{fmt::format("{}: no more than {} buses may hang below each other", added.name(),
                             kPciMaxDepth)};
  }
  return {};
}

Result<void> PciBus::attach(PciFunction& added, unsigned device, unsigned number) {
  if (auto good = check_place(added, device, number); !good) return good;
  functions_[device][number] = &added;
  update_multifunction(device);
  added.attach(*this, static_cast<uint8_t>(device << 3 | number));
  occupancy_changed();
  return {};
}

void PciBus::detach(PciFunction& removed) {
  if (!removed.attached()) return;
  const unsigned device = removed.devfn() >> 3;
  functions_[device][removed.devfn() & 7] = nullptr;
  removed.detach();
  update_multifunction(device);
  for (unsigned pin = 0; pin < 4; ++pin) intx_changed(device, pin);
  occupancy_changed();
}

std::optional<unsigned> PciBus::free_device(unsigned first) const {
  for (unsigned device = first; device < devices(); ++device) {
    const auto& slot = functions_[device];
    if (std::all_of(slot.begin(), slot.end(), [](auto* f) { return f == nullptr; })) return device;
  }
  return std::nullopt;
}

void PciBus::for_each_here(const std::function<void(PciFunction&)>& visit) const {
  for (const auto& slot : functions_) {
    for (PciFunction* function : slot) {
      if (function != nullptr) visit(*function);
    }
  }
}

void PciBus::for_each(const std::function<void(PciFunction&)>& visit) const {
  for_each_here([&](PciFunction& function) {
    visit(function);
    if (const PciBus* below = function.secondary_bus()) below->for_each(visit);
  });
}

void PciBus::update_multifunction(unsigned device) {
  const auto& slot = functions_[device];
  const bool more = std::any_of(slot.begin() + 1, slot.end(), [](auto* f) { return f != nullptr; });
  if (slot[0] != nullptr) slot[0]->set_multifunction(more);
}

PciFunction* PciBus::find(PciAddress address) const {
  if (address.bus == number()) return function(address.device, address.function);
  for (const auto& slot : functions_) {
    for (const PciFunction* bridge : slot) {
      if (bridge == nullptr || !bridge->forwards_config(address.bus)) continue;
      return bridge->secondary_bus()->find(address);
    }
  }
  return nullptr;
}

namespace {

void tell(std::string_view kind, const PciFunction* target, PciAddress address, unsigned offset,
          unsigned size, uint32_t value) {
  TraceEvents::tell(
      LogItem::kPci, kind,
      {TraceField::word("address", fmt::format("{:02x}:{:02x}.{}", address.bus, address.device,
                                               address.function)),
       TraceField::word("device", target != nullptr ? target->name() : "nobody"),
       TraceField::hex("offset", offset), TraceField::count("size", size),
       TraceField::hex("value", value)});
}

}  // namespace

uint32_t PciBus::config_read(PciAddress address, unsigned offset, unsigned size) {
  PciFunction* target = find(address);
  const uint32_t value = target != nullptr ? target->config_read(offset, size)
                                           : 0xffffffffu >> (32 - 8 * size);
  if (TraceEvents::on(LogItem::kPci)) {
    tell("pci_config_read", target, address, offset, size, value);
  }
  return value;
}

void PciBus::config_write(PciAddress address, unsigned offset, unsigned size, uint32_t value) {
  if (TraceEvents::on(LogItem::kPci)) {
    tell("pci_config_write", find(address), address, offset, size, value);
  }
  if (PciFunction* target = find(address)) target->config_write(offset, size, value);
}

bool PciBus::intx_level(unsigned device, unsigned pin) const {
  const auto& slot = functions_[device];
  return std::any_of(slot.begin(), slot.end(), [&](const auto* function) {
    return function != nullptr && function->intx_level(pin);
  });
}

}  // namespace vireo
