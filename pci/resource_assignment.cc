#include "pci/resource_assignment.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <tuple>
#include <vector>

#include "pci/config_registers.h"

namespace vireo {

namespace {

using namespace pci_reg;

// One BAR as found by sizing.
struct FoundBar {
  PciAddress address;
  unsigned index = 0;
  BarDescription description;
  uint64_t placed = 0;

  unsigned offset() const { return kBar0 + 4 * index; }
  bool may_go_high() const { return description.is_64bit() && description.prefetchable; }
};

// Writes all ones, reads back, restores; decode is off meanwhile.
uint32_t probe(PciBus& bus, PciAddress at, unsigned offset) {
  const uint32_t old = bus.config_read(at, offset, 4);
  bus.config_write(at, offset, 4, 0xffffffff);
  const uint32_t mask = bus.config_read(at, offset, 4);
  bus.config_write(at, offset, 4, old);
  return mask;
}

std::optional<FoundBar> size_bar(PciBus& bus, PciAddress at, unsigned index) {
  FoundBar found{at, index, {}, 0};
  const uint32_t low = probe(bus, at, found.offset());
  if (low == 0) return std::nullopt;
  if ((low & 1) != 0) {
    found.description = {BarType::kIo, (~(low & ~3u) & 0xffff) + uint64_t{1}, false};
    return found;
  }
  const bool wide = (low >> 1 & 3) == 2;
  const uint64_t high = wide ? probe(bus, at, found.offset() + 4) : 0xffffffff;
  found.description = {wide ? BarType::kMemory64 : BarType::kMemory32,
                       ~(high << 32 | (low & ~0xfu)) + 1, (low & 8) != 0};
  return found;
}

bool is_type0(PciBus& bus, PciAddress at) {
  return (bus.config_read(at, kHeaderType, 1) & 0x7f) == 0;
}

std::vector<PciAddress> present_functions(PciBus& bus) {
  std::vector<PciAddress> present;
  for (uint8_t device = 0; device < kPciDevices; ++device) {
    for (uint8_t function = 0; function < kPciFunctions; ++function) {
      const PciAddress at{0, device, function};
      if (bus.config_read(at, kVendorId, 2) != 0xffff) present.push_back(at);
      const uint32_t header = bus.config_read({0, device, 0}, kHeaderType, 1);
      if (header == 0xff || (header & kHeaderMultifunction) == 0) break;
    }
  }
  return present;
}

std::vector<FoundBar> find_bars(PciBus& bus, const std::vector<PciAddress>& functions) {
  std::vector<FoundBar> bars;
  for (const PciAddress at : functions) {
    if (!is_type0(bus, at)) continue;
    const uint32_t command = bus.config_read(at, kCommand, 2);
    bus.config_write(at, kCommand, 2, command & ~uint32_t{kCommandIo | kCommandMemory});
    for (unsigned index = 0; index < kPciBars; ++index) {
      const auto bar = size_bar(bus, at, index);
      if (!bar) continue;
      bars.push_back(*bar);
      if (bar->description.is_64bit()) ++index;
    }
  }
  std::sort(bars.begin(), bars.end(), [](const FoundBar& a, const FoundBar& b) {
    return std::tuple(b.description.size, a.address, a.index) <
           std::tuple(a.description.size, b.address, b.index);
  });
  return bars;
}

// Hands out naturally aligned addresses upwards.
class Allocator {
 public:
  Allocator(ResourceWindow window, uint64_t least_alignment)
      : next_(window.base), limit_(window.limit), least_(least_alignment) {}

  std::optional<uint64_t> take(uint64_t size) {
    const uint64_t align = std::max(size, least_);
    const uint64_t base = (next_ + align - 1) & ~(align - 1);
    if (base < next_ || base >= limit_ || limit_ - base < align) return std::nullopt;
    next_ = base + align;
    return base;
  }

 private:
  uint64_t next_;
  uint64_t limit_;
  uint64_t least_;
};

// Memory BARs get pages of their own, so that a guest can protect them one by one.
constexpr uint64_t kMemoryAlignment = 4096;
constexpr uint64_t kIoAlignment = 4;

// The first BAR that found no place, or null.
const FoundBar* place(std::vector<FoundBar>& bars, const ResourceWindows& windows,
                      bool prefetchable_high) {
  Allocator io(windows.io, kIoAlignment);
  Allocator low(windows.memory32, kMemoryAlignment);
  Allocator high(windows.memory64, kMemoryAlignment);
  for (FoundBar& bar : bars) {
    Allocator& from = bar.description.is_io()                  ? io
                      : prefetchable_high && bar.may_go_high() ? high
                                                               : low;
    const std::optional<uint64_t> base = from.take(bar.description.size);
    if (!base) return &bar;
    bar.placed = *base;
  }
  return nullptr;
}

void write_bar(PciBus& bus, const FoundBar& bar) {
  bus.config_write(bar.address, bar.offset(), 4, static_cast<uint32_t>(bar.placed));
  if (!bar.description.is_64bit()) return;
  bus.config_write(bar.address, bar.offset() + 4, 4, static_cast<uint32_t>(bar.placed >> 32));
}

void enable(PciBus& bus, PciAddress at, const InterruptLineOf& interrupt_line) {
  const uint32_t pin = bus.config_read(at, kInterruptPin, 1);
  if (pin >= 1 && pin <= 4) {
    bus.config_write(at, kInterruptLine, 1, interrupt_line(at.device, pin - 1));
  }
  const uint32_t command = bus.config_read(at, kCommand, 2);
  bus.config_write(at, kCommand, 2, command | kCommandIo | kCommandMemory | kCommandSerr);
}

}  // namespace

Result<void> assign_resources(PciBus& bus, const ResourceWindows& windows,
                              const InterruptLineOf& interrupt_line) {
  const std::vector<PciAddress> functions = present_functions(bus);
  std::vector<FoundBar> bars = find_bars(bus, functions);
  const FoundBar* homeless = place(bars, windows, false);
  if (homeless != nullptr) homeless = place(bars, windows, true);
  if (homeless != nullptr) {
    return Error{fmt::format(
        "PCI {:02x}.{} BAR {}: no room for {:#x} bytes of {}; use fewer "
        "devices or smaller BARs",
        homeless->address.device, homeless->address.function, homeless->index,
        homeless->description.size, homeless->description.is_io() ? "I/O ports" : "memory")};
  }
  for (const FoundBar& bar : bars) write_bar(bus, bar);
  for (const PciAddress at : functions) enable(bus, at, interrupt_line);
  return {};
}

}  // namespace vireo
