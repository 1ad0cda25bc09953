// Any virtio device behind its core, without a bus: the tests play the driver through either
// interface, with virtual time at hand.
#pragma once

#include <doctest/doctest.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "machine/base/event_queue.h"
#include "machine/base/virtual_clock.h"
#include "tests/unit/virtio/driver_kit.h"
#include "virtio/core.h"

namespace vireo::testing {

struct RigBase {
  static constexpr uint64_t kRam = 4 << 20;
  GuestMemory ram = GuestMemory::on_heap(kRam);
  VirtualClock clock;
  EventQueue events{clock};
};

// Queue i has its ring at kRing + i * kRingStep; memory from kBuffers on is free for the
// test, and from the end of the rings.
template <typename DeviceType>
struct CoreRig : RigBase, VirtioTransport {
  static constexpr uint64_t kBuffers = 0x10000;
  static constexpr uint64_t kRing = 0x200000;
  static constexpr uint64_t kRingStep = 0x4000;
  static constexpr uint16_t kQueueSize = 16;

  // `make` builds the device from the memory and the events of the rig.
  template <typename Make>
  explicit CoreRig(Make make, const VirtioOffer& offer = {})
      : device(make(static_cast<RigBase&>(*this))),
        core("rig", *device, *this, offer, ram, events) {}

  // Takes the features that are asked for as far as they are offered; no queue yet.
  void negotiate(uint64_t features, VirtioInterface way = VirtioInterface::kModern) {
    via = way;
    rings.clear();
    core.write_status(0, via);
    core.write_status(1, via);
    core.write_status(3, via);
    const uint64_t taken = (features | virtio_feature::kVersion1) & core.offered_features(via);
    for (uint32_t word : {0u, 1u}) {
      core.write_driver_features(word, static_cast<uint32_t>(taken >> (32 * word)), via);
    }
    if (via == VirtioInterface::kLegacy) return;
    core.write_status(11, via);
    REQUIRE(core.status() == 11);
  }
  void enable_queues() {
    for (unsigned i = 0; i < core.queue_count(); ++i) enable(i);
  }
  void driver_ok() {
    core.write_status(via == VirtioInterface::kLegacy ? 7 : 15, via);
    settle();
  }
  void start(uint64_t features = ~uint64_t{0}, VirtioInterface way = VirtioInterface::kModern) {
    negotiate(features & ~(virtio_feature::kEventIdx | virtio_feature::kBadFeature), way);
    enable_queues();
    driver_ok();
  }

  void enable(unsigned index) {
    const uint64_t base = kRing + index * kRingStep;
    ram.fill(GuestAddr{base}, kRingStep, std::byte{0});
    core.write_queue_select(static_cast<uint16_t>(index));
    if (via == VirtioInterface::kLegacy) {
      const auto pfn = static_cast<uint32_t>(base >> 12);
      core.write_legacy_pfn(pfn);
      rings.emplace_back(ram, legacy_split_layout(pfn, core.legacy_queue_size(index)));
      return;
    }
    const uint16_t size = std::min(kQueueSize, device->max_queue_size(index));
    rings.emplace_back(ram, DriverRing::layout_at(base, size));
    const QueueLayout& layout = rings.back().layout();
    core.write_queue_size(layout.size);
    core.write_queue_addresses(layout.descriptors, layout.driver_area, layout.device_area);
    core.enable_queue();
  }

  void kick(unsigned queue) {
    core.kick(queue);
    settle();
  }
  // Makes a chain available and kicks.
  void send(unsigned queue, const std::vector<Piece>& pieces) {
    rings[queue].offer(rings[queue].chain(pieces));
    kick(queue);
  }
  // Lets a tenth of a millisecond pass: all work that a kick leads to is done by then.
  void settle() { pass(100'000); }
  void pass(uint64_t ns) {
    const uint64_t end = clock.now_ns() + ns;
    events.run_due();
    for (auto next = events.next_deadline_ns(); next && *next <= end;
         next = events.next_deadline_ns()) {
      clock.skip_idle(*next - std::min(*next, clock.now_ns()));
      events.run_due();
    }
    clock.skip_idle(end - std::min(end, clock.now_ns()));
  }

  // The newest used element, when there are `count` of them.
  UsedEntry last_used(unsigned queue, uint16_t count) const {
    REQUIRE(rings[queue].used_idx() == count);
    return rings[queue].used(static_cast<uint16_t>(count - 1));
  }
  uint16_t used(unsigned queue) const { return rings[queue].used_idx(); }

  std::string text(uint64_t addr, size_t length) const {
    std::string out(length, '\0');
    REQUIRE(ram.read_bytes(GuestAddr{addr}, std::as_writable_bytes(std::span(out))));
    return out;
  }
  void put(uint64_t addr, std::string_view bytes) {
    REQUIRE(ram.write_bytes(GuestAddr{addr}, std::as_bytes(std::span(bytes))));
  }

  // Save, change by a reset, load, save again: the same bytes (every device's own test).
  void check_save_and_load() {
    Archive saved = Archive::saver();
    core.visit(saved);
    core.reset();
    Archive loader = Archive::loader(saved.bytes());
    core.visit(loader);
    CHECK(loader.ok());
    CHECK(loader.at_end());
    Archive again = Archive::saver();
    core.visit(again);
    CHECK(again.bytes() == saved.bytes());
  }

  void queue_interrupt(unsigned index) override { interrupted |= uint64_t{1} << index; }
  void config_interrupt() override { ++config_interrupts; }
  void driver_reset() override {}
  void queue_reset(unsigned) override {}
  bool dma_enabled() const override { return true; }

  std::unique_ptr<DeviceType> device;
  VirtioInterface via = VirtioInterface::kModern;
  std::vector<DriverRing> rings;
  uint64_t interrupted = 0;  // queues, as bits
  unsigned config_interrupts = 0;
  VirtioCore core;
};

}  // namespace vireo::testing
