#include "machine/board/pci_placing.h"

#include <fmt/format.h>

#include <algorithm>

namespace vireo {
namespace {

constexpr unsigned kFirstFreeSlot = 2;  // slot 1 is left for a display

bool is_root(const std::string& bus) { return bus.empty() || bus == "pcie.0" || bus == "pci.0"; }

// A guest looks at functions 1 to 7 of a slot only where function 0 is there and its header
// says that there are more (PCI 3.0 section 6.2.1).
Result<void> check_function(const PciPlacing::Request& request,
                            std::span<const PciPlacing::Request> all) {
  const PciSlot slot = *request.place->slot;
  if (slot.function == 0) return {};
  const bool visible = std::any_of(all.begin(), all.end(), [&](const PciPlacing::Request& other) {
    return other.place->slot == PciSlot{slot.device, 0} && other.place->multifunction;
  });
  if (visible) return {};
  return Error{
      fmt::format("{}: addr={:x}.{} is seen only beside a function 0; give the device at "
                  "addr={:x}.0 multifunction=on",
                  request.function->name(), slot.device, slot.function, slot.device)};
}

}  // namespace

Result<bool> PciPlacing::behind_express_port(const PciPlace& place) const {
  if (is_root(place.bus)) return false;
  return Error{fmt::format("bus={}: there is no such bus; use pcie.0", place.bus)};
}

Result<void> PciPlacing::attach(std::span<const Request> requests) {
  for (const Request& request : requests) {
    if (!request.place->slot) continue;
    if (auto seen = check_function(request, requests); !seen) return seen;
    const PciSlot slot = *request.place->slot;
    if (auto put = root_.attach(*request.function, slot.device, slot.function); !put) return put;
  }
  for (const Request& request : requests) {
    if (request.place->slot) continue;
    if (auto put = attach_free(*request.function); !put) return put;
  }
  return {};
}

// Slots of the root bus are soldered: nothing there could tell the guest of a change.
Result<void> PciPlacing::plug(PciFunction& /*function*/, const PciPlace& /*place*/) {
  return Error{"bus pcie.0 takes no devices while the machine runs"};
}

Result<void> PciPlacing::unplug(PciFunction& /*function*/, const PciPlace& /*place*/,
                                std::function<void()> /*gone*/) {
  return Error{"bus pcie.0 gives no devices away while the machine runs"};
}

Result<void> PciPlacing::attach_free(PciFunction& function) {
  const auto slot = root_.free_device(kFirstFreeSlot);
  if (!slot) {
    return Error{
        "PCI bus 0 has no free slot for another device; put several on one slot with "
        "addr=SLOT.FUNCTION and multifunction=on"};
  }
  return root_.attach(function, *slot);
}

}  // namespace vireo
