#include "pci/bus.h"

#include <fmt/format.h>

#include <algorithm>

namespace vireo {

PciFunction* PciBus::function(unsigned device, unsigned number) const {
  return device < kPciDevices && number < kPciFunctions ? functions_[device][number] : nullptr;
}

PciFunction* PciBus::at(PciAddress address) const {
  return address.bus == 0 ? function(address.device, address.function) : nullptr;
}

Result<void> PciBus::attach(PciFunction& added, unsigned device, unsigned number) {
  if (device >= kPciDevices || number >= kPciFunctions) {
    return Error{
        fmt::format("{}: PCI address {:02x}.{} does not exist; devices are 0 to 1f, "
                    "functions 0 to 7",
                    added.name(), device, number)};
  }
  if (const PciFunction* taken = functions_[device][number]) {
    return Error{fmt::format("{}: PCI address {:02x}.{} is taken by {}; choose another addr=",
                             added.name(), device, number, taken->name())};
  }
  functions_[device][number] = &added;
  update_multifunction(device);
  added.attach(*this, static_cast<uint8_t>(device << 3 | number));
  return {};
}

void PciBus::detach(PciFunction& removed) {
  if (!removed.attached()) return;
  const unsigned device = removed.devfn() >> 3;
  functions_[device][removed.devfn() & 7] = nullptr;
  removed.detach();
  update_multifunction(device);
  for (unsigned pin = 0; pin < 4; ++pin) intx_changed(device, pin);
}

std::optional<unsigned> PciBus::free_device(unsigned first) const {
  for (unsigned device = first; device < kPciDevices; ++device) {
    const auto& slot = functions_[device];
    if (std::all_of(slot.begin(), slot.end(), [](auto* f) { return f == nullptr; })) return device;
  }
  return std::nullopt;
}

void PciBus::for_each(const std::function<void(PciFunction&)>& visit) const {
  for (const auto& slot : functions_) {
    for (PciFunction* function : slot) {
      if (function != nullptr) visit(*function);
    }
  }
}

void PciBus::update_multifunction(unsigned device) {
  const auto& slot = functions_[device];
  const bool more = std::any_of(slot.begin() + 1, slot.end(), [](auto* f) { return f != nullptr; });
  if (slot[0] != nullptr) slot[0]->set_multifunction(more);
}

uint32_t PciBus::config_read(PciAddress address, unsigned offset, unsigned size) {
  PciFunction* target = at(address);
  return target != nullptr ? target->config_read(offset, size) : 0xffffffffu >> (32 - 8 * size);
}

void PciBus::config_write(PciAddress address, unsigned offset, unsigned size, uint32_t value) {
  if (PciFunction* target = at(address)) target->config_write(offset, size, value);
}

void PciBus::intx_changed(unsigned device, unsigned pin) {
  if (router_ == nullptr) return;
  const auto& slot = functions_[device];
  router_->set_intx(device, pin, std::any_of(slot.begin(), slot.end(), [&](const auto* f) {
                      return f != nullptr && f->intx_level(pin);
                    }));
}

void PciBus::send_msi(uint8_t /*devfn*/, MsiMessage message) { msi_.send(message); }

// map() takes a window out and appends it to its priority class, so that after
// one round all of them stand in this order.
void PciBus::decode_changed() {
  for_each([this](PciFunction& function) {
    for (DecodeWindow* window : function.decode_windows()) window->map(memory_, io_);
  });
}

}  // namespace vireo
