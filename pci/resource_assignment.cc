#include "pci/resource_assignment.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <tuple>
#include <vector>

#include "pci/bus_scan.h"
#include "pci/config_registers.h"

namespace vireo {

namespace {

using namespace pci_reg;

constexpr uint64_t kMemoryStep = 1 << 20;  // of a bridge's windows
constexpr uint64_t kIoStep = 1 << 12;
// What an empty slot gets for cards to come, in each memory window; of ports, which are scarce, it
// gets one step where there is room.
constexpr uint64_t kHotplugRoom = 2 << 20;

constexpr uint64_t round_up(uint64_t value, uint64_t step) {
  return (value + step - 1) & ~(step - 1);
}

// Hands out aligned addresses upwards.
class Allocator {
 public:
  explicit Allocator(ResourceWindow window) : next_(window.base), limit_(window.limit) {}

  std::optional<uint64_t> take(uint64_t size, uint64_t alignment) {
    const uint64_t base = round_up(next_, alignment);
    const uint64_t room = round_up(size, alignment);
    if (base < next_ || base >= limit_ || limit_ - base < room) return std::nullopt;
    next_ = base + room;
    return base;
  }
  uint64_t next() const { return next_; }

 private:
  uint64_t next_;
  uint64_t limit_;
};

std::vector<RoomDemand*> in_order(std::vector<RoomDemand>& demands) {
  std::vector<RoomDemand*> sorted;
  for (RoomDemand& demand : demands) sorted.push_back(&demand);
  std::sort(sorted.begin(), sorted.end(), [](const RoomDemand* a, const RoomDemand* b) {
    return std::tuple(a->spare, b->alignment, b->size, a->at, a->index, a->kind) <
           std::tuple(b->spare, a->alignment, a->size, b->at, b->index, b->kind);
  });
  return sorted;
}

// What a bus needs of one kind. The demands' places count from 0.
struct Room {
  uint64_t size = 0;
  uint64_t alignment = 1;
};

class Assignment {
 public:
  Assignment(PciRootBus& root, const InterruptLineOf& interrupt_line)
      : root_(root), interrupt_line_(interrupt_line), tree_(scan_buses(root)) {
    measure(tree_);
  }

  // Gives places to everything on bus 0; the first that found none, or null.
  const RoomDemand* place(const ResourceWindows& windows, bool prefetchable_high) {
    Allocator io(windows.io), low(windows.memory32), high(windows.memory64);
    for (RoomDemand* demand : in_order(tree_.bars)) {
      const bool goes_high = prefetchable_high && demand->kind == WindowKind::kPrefetchable;
      Allocator& from = demand->kind == WindowKind::kIo ? io : goes_high ? high : low;
      const auto base = from.take(demand->size, demand->alignment);
      if (!base && !demand->spare) return demand;
      demand->placed = base.value_or(0);
    }
    return nullptr;
  }

  void write() {
    write_bus(tree_);
    enable_bus(tree_);
  }

 private:
  // Adds to each bus's demands those of the bridges on it, from the leaves up.
  void measure(ScannedBus& bus) {
    for (auto& child : bus.children) {
      measure(*child);
      for (const auto kind : {WindowKind::kIo, WindowKind::kMemory, WindowKind::kPrefetchable}) {
        add_window(bus, *child, kind);
      }
    }
  }

  void add_window(ScannedBus& bus, ScannedBus& child, WindowKind kind) {
    Room room = room_for(child, kind);
    const bool memory = kind != WindowKind::kIo;
    if (child.hotplug && memory) room.size = std::max(room.size, kHotplugRoom);
    const uint64_t step = memory ? kMemoryStep : kIoStep;
    const bool spare = child.hotplug && room.size == 0;
    if (spare) room.size = step;
    if (room.size == 0) return;
    bus.bars.push_back({.at = child.bridge,
                        .kind = kind,
                        .below = &child,
                        .size = round_up(room.size, step),
                        .alignment = std::max(room.alignment, step),
                        .spare = spare});
  }

  static Room room_for(ScannedBus& bus, WindowKind kind) {
    Room room;
    Allocator all({0, ~uint64_t{0}});
    for (RoomDemand* demand : in_order(bus.bars)) {
      if (demand->kind != kind) continue;
      demand->placed = all.take(demand->size, demand->alignment).value_or(0);
      room.alignment = std::max(room.alignment, demand->alignment);
    }
    room.size = all.next();
    return room;
  }

  void write_bus(ScannedBus& bus) {
    for (const auto& child : bus.children) close_windows(child->bridge);
    for (const RoomDemand& demand : bus.bars) {
      if (demand.below == nullptr) {
        write_bar(demand);
        continue;
      }
      if (demand.spare && demand.placed == 0) continue;
      open_window(demand);
      for (RoomDemand& inner : demand.below->bars) {
        if (inner.kind == demand.kind) inner.placed += demand.placed;
      }
    }
    for (const auto& child : bus.children) write_bus(*child);
  }

  void write_bar(const RoomDemand& bar) {
    const unsigned offset = bar.index == kRomIndex ? kRomBar : kBar0 + 4 * bar.index;
    root_.config_write(bar.at, offset, 4, static_cast<uint32_t>(bar.placed));
    if (!bar.wide) return;
    root_.config_write(bar.at, offset + 4, 4, static_cast<uint32_t>(bar.placed >> 32));
  }

  // Base above limit.
  void close_windows(PciAddress bridge) {
    root_.config_write(bridge, kIoBase, 2, 0x00f0);
    root_.config_write(bridge, kMemoryBase, 4, 0x0000fff0);
    root_.config_write(bridge, kPrefetchableBase, 4, 0x0000fff0);
    root_.config_write(bridge, kPrefetchableBaseHigh, 4, 0);
    root_.config_write(bridge, kPrefetchableLimitHigh, 4, 0);
  }

  void open_window(const RoomDemand& window) {
    const uint64_t first = window.placed, last = window.placed + window.size - 1;
    const auto megabytes = [](uint64_t address) {
      return static_cast<uint32_t>(address >> 16 & 0xfff0);
    };
    if (window.kind == WindowKind::kIo) {
      const uint64_t both = (last >> 12 & 0xf) << 12 | (first >> 12 & 0xf) << 4;
      root_.config_write(window.at, kIoBase, 2, static_cast<uint32_t>(both));
      return;
    }
    const bool prefetchable = window.kind == WindowKind::kPrefetchable;
    root_.config_write(window.at, prefetchable ? kPrefetchableBase : kMemoryBase, 4,
                       megabytes(last) << 16 | megabytes(first));
    if (!prefetchable) return;
    root_.config_write(window.at, kPrefetchableBaseHigh, 4, static_cast<uint32_t>(first >> 32));
    root_.config_write(window.at, kPrefetchableLimitHigh, 4, static_cast<uint32_t>(last >> 32));
  }

  void enable_bus(const ScannedBus& bus) {
    for (const PciAddress at : bus.functions) enable(at, 0);
    for (const auto& child : bus.children) {
      enable(child->bridge, kCommandMaster);  // what is behind it decides by itself
      bridges_.push_back(child->bridge);
      enable_bus(*child);
      bridges_.pop_back();
    }
  }

  void enable(PciAddress at, uint16_t also) {
    const uint32_t pin = root_.config_read(at, kInterruptPin, 1);
    if (pin >= 1 && pin <= 4) {
      const RootPin arrives = swizzled(bridges_, at, pin - 1);
      root_.config_write(at, kInterruptLine, 1, interrupt_line_(arrives.device, arrives.pin));
    }
    const uint32_t command = root_.config_read(at, kCommand, 2);
    root_.config_write(at, kCommand, 2,
                       command | kCommandIo | kCommandMemory | kCommandSerr | also);
  }

  PciRootBus& root_;
  const InterruptLineOf& interrupt_line_;
  ScannedBus tree_;
  std::vector<PciAddress> bridges_;  // on the way to the bus being enabled
};

std::string describe(const RoomDemand& demand) {
  const char* space = demand.kind == WindowKind::kIo ? "I/O ports" : "memory";
  const std::string what = demand.below != nullptr ? std::string("the devices behind it")
                                                   : fmt::format("BAR {}", demand.index);
  return fmt::format("PCI {:02x}.{} {}: no room for {:#x} bytes of {}", demand.at.device,
                     demand.at.function, what, demand.size, space);
}

}  // namespace

Result<void> assign_resources(PciRootBus& bus, const ResourceWindows& windows,
                              const InterruptLineOf& interrupt_line) {
  Assignment assignment(bus, interrupt_line);
  const RoomDemand* homeless = assignment.place(windows, false);
  if (homeless != nullptr) homeless = assignment.place(windows, true);
  if (homeless != nullptr) {
    return Error{describe(*homeless) + "; use fewer devices or smaller BARs"};
  }
  assignment.write();
  return {};
}

}  // namespace vireo
