#include "machine/control/devices/pci_place_keys.h"

#include <fmt/format.h>

#include <charconv>

namespace vireo {
namespace {

std::optional<unsigned> parse_hex(std::string_view text) {
  if (text.substr(0, 2) == "0x") text.remove_prefix(2);
  unsigned value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value, 16);
  if (error != std::errc{} || stop != end) return std::nullopt;
  return value;
}

bool is_root(std::string_view bus) { return bus.empty() || bus == "pcie.0" || bus == "pci.0"; }

// "5" or "5.0", in hexadecimal as everywhere with PCI.
Result<PciSlot> parse_slot(std::string_view option, std::string_view bus, std::string_view text) {
  const size_t dot = text.find('.');
  const auto device = parse_hex(text.substr(0, dot));
  const auto function =
      dot == std::string_view::npos ? std::optional<unsigned>(0) : parse_hex(text.substr(dot + 1));
  if (!device || !function || *device > 0x1f || *function > 7) {
    return Error{fmt::format("{}: addr={} is no slot from 1 to 1e, as in addr=5", option, text)};
  }
  if (is_root(bus) && (*device == 0 || *device == 0x1f)) {
    return Error{
        fmt::format("{}: addr={}: slots 0 and 1f hold the host bridge and the LPC bridge; "
                    "use 1 to 1e",
                    option, text)};
  }
  return PciSlot{static_cast<uint8_t>(*device), static_cast<uint8_t>(*function)};
}

}  // namespace

Result<PciPlace> take_pci_place(std::string_view option, const ParsedOptions& parsed) {
  PciPlace place;
  const std::string bus = parsed.text("bus");
  if (!is_root(bus)) place.bus = bus;
  place.multifunction = parsed.flag("multifunction", false);
  if (!parsed.has("addr")) return place;
  const auto slot = parse_slot(option, place.bus, parsed.text("addr"));
  if (!slot) return slot.error();
  place.slot = *slot;
  return place;
}

}  // namespace vireo
