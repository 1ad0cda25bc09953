// Any virtio device behind a real core, without a bus: the tests play a driver in each of
// the styles that drivers come in.
//
//   BenchMachine machine;
//   MyDevice device(machine.events);
//   DeviceBench bench(machine, device, {.packed = true});
//   bench.start();
//   const Answer answer = bench.exchange(0, {request bytes}, room);
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "machine/base/event_queue.h"
#include "machine/base/virtual_clock.h"
#include "tests/unit/pci/pci_testbed.h"
#include "tests/unit/virtio/driver_queue.h"
#include "virtio/core.h"

namespace vireo::testing {

using Bytes = std::vector<uint8_t>;

struct DriverStyle {
  bool packed = false;
  bool legacy = false;
  bool indirect = false;
  bool in_order = false;
  bool event_idx = false;

  std::string name() const {
    return std::string(legacy ? "legacy" : "modern") + (packed ? " packed" : " split") +
           (indirect ? " indirect" : " direct") + (in_order ? " in-order" : "") +
           (event_idx ? " event_idx" : "");
  }
};

// Each format through each interface, direct and indirect, with and without the features
// that change who waits for whom.
inline std::vector<DriverStyle> driver_styles() {
  std::vector<DriverStyle> styles;
  for (const bool indirect : {false, true}) {
    for (const bool more : {false, true}) {
      styles.push_back({.indirect = indirect, .in_order = more, .event_idx = more});
      styles.push_back({.packed = true, .indirect = indirect, .in_order = more, .event_idx = more});
      styles.push_back({.legacy = true, .indirect = indirect, .event_idx = more});
    }
  }
  return styles;
}

// What a device may need at its birth; outlives device and bench.
struct BenchMachine {
  static constexpr uint64_t kRam = 16u << 20;
  GuestMemory ram = GuestMemory::on_heap(kRam);
  VirtualClock clock;
  EventQueue events{clock};

  // Lets virtual time pass until nothing is pending; a bound catches endless work.
  void settle() {
    for (int i = 0; events.next_deadline_ns() && i < 10000; ++i) step();
    REQUIRE_FALSE(events.next_deadline_ns().has_value());
  }
  // For devices with timers: `ns` of virtual time.
  void run_for(uint64_t ns) {
    const uint64_t end = clock.now_ns() + ns;
    while (events.next_deadline_ns() && *events.next_deadline_ns() <= end) step();
    if (end > clock.now_ns()) clock.skip_idle(end - clock.now_ns());
  }

 private:
  void step() {
    const uint64_t deadline = *events.next_deadline_ns();
    if (deadline > clock.now_ns()) clock.skip_idle(deadline - clock.now_ns());
    events.run_due();
  }
};

// A chain that came back.
struct Answer {
  uint16_t id = 0;
  uint32_t used_length = 0;
  Bytes room;  // all of its writable part; bytes that nobody wrote are 0xcc
};

class DeviceBench : private VirtioTransport {
 public:
  static constexpr uint64_t kRings = 0x100000;  // queue i at + i * kRingStep
  static constexpr uint64_t kRingStep = 0x8000;
  static constexpr uint64_t kBuffers = 0x800000;
  static constexpr uint64_t kTables = 0xf00000;
  static constexpr uint8_t kUnwritten = 0xcc;

  DeviceBench(BenchMachine& machine, VirtioDevice& device, DriverStyle style = {})
      : machine(machine),
        style(style),
        core("bench", device, *this, offer_of(style), machine.ram, machine.events) {}

  // From reset to DRIVER_OK with every queue set up. Of the device type's features all
  // in `wanted` that are offered are acknowledged.
  void start(uint64_t wanted = ~uint64_t{0}) {
    core.write_status(0, via());
    core.write_status(3, via());
    const uint64_t features = (core.device().device_features() & wanted) | ring_features();
    core.write_driver_features(0, static_cast<uint32_t>(features), via());
    if (!style.legacy) {
      core.write_driver_features(1, static_cast<uint32_t>(features >> 32), via());
      core.write_status(11, via());
      REQUIRE(core.status() == 11);
    }
    queues.clear();
    for (unsigned i = 0; i < core.queue_count(); ++i) set_up(i);
    core.write_status(style.legacy ? 7 : 15, via());
  }

  // Queue `index` with buffers placed by the test; the caller kicks.
  std::optional<uint16_t> add(unsigned index, const std::vector<Piece>& pieces) {
    return queues[index]->add(pieces, style.indirect ? next_table(pieces.size()) : 0);
  }
  // Places the request's bytes and `room` bytes of writable space in memory of their own,
  // makes them available and kicks. `cut`, if given, cuts both at random (RG-04).
  uint16_t submit(unsigned index, const Bytes& request, uint32_t room, Noise* cut = nullptr) {
    const Buffer buffer = place(request, room);
    std::vector<Piece> pieces;
    append_cut(pieces, {buffer.readable, static_cast<uint32_t>(request.size()), false}, cut);
    append_cut(pieces, {buffer.writable, room, true}, cut);
    const auto id = add(index, pieces);
    REQUIRE(id.has_value());
    out[{index, *id}] = buffer;
    kick(index);
    return *id;
  }
  void kick(unsigned index) { core.kick(index, via(), index); }
  void settle() { machine.settle(); }
  // Chains that came back on a queue since the last call.
  std::vector<Answer> answers(unsigned index) {
    std::vector<Answer> all;
    while (const auto used = queues[index]->take_used()) {
      const auto id = static_cast<uint16_t>(used->id);
      const Buffer buffer = out[{index, id}];
      out.erase({index, id});
      Answer answer{id, used->length, Bytes(buffer.room)};
      machine.ram.read_bytes(GuestAddr{buffer.writable},
                             std::as_writable_bytes(std::span(answer.room)));
      all.push_back(std::move(answer));
    }
    return all;
  }
  // One request and its answer, which must be the only one.
  Answer exchange(unsigned index, const Bytes& request, uint32_t room, Noise* cut = nullptr) {
    submit(index, request, room, cut);
    settle();
    auto all = answers(index);
    REQUIRE(all.size() == 1);
    return std::move(all.front());
  }

  VirtioInterface via() const {
    return style.legacy ? VirtioInterface::kLegacy : VirtioInterface::kModern;
  }

  BenchMachine& machine;
  DriverStyle style;
  VirtioCore core;
  std::vector<std::unique_ptr<DriverQueue>> queues;
  unsigned config_interrupts = 0;
  std::map<unsigned, unsigned> queue_interrupts;
  bool dma = true;

 private:
  struct Buffer {
    uint64_t readable = 0, writable = 0;
    uint32_t room = 0;
  };

  static VirtioOffer offer_of(const DriverStyle& style) {
    return {.packed = style.packed, .in_order = style.in_order};
  }
  uint64_t ring_features() const {
    using namespace virtio_feature;
    return (style.legacy ? kAnyLayout : kVersion1) | (style.packed ? kRingPacked : 0) |
           (style.indirect ? kIndirectDesc : 0) | (style.in_order ? kInOrder : 0) |
           (style.event_idx ? kEventIdx : 0);
  }

  void set_up(unsigned index) {
    const uint64_t base = kRings + kRingStep * index;
    REQUIRE(base + kRingStep <= kBuffers);
    machine.ram.fill(GuestAddr{base}, kRingStep, std::byte{0});
    core.write_queue_select(static_cast<uint16_t>(index));
    if (style.legacy) {
      core.write_legacy_pfn(static_cast<uint32_t>(base >> 12));
    } else {
      const uint16_t size = std::min<uint16_t>(core.selected()->layout.size, 256);
      const QueueLayout layout = style.packed ? PackedDriverRing::layout_at(base, size)
                                              : DriverRing::layout_at(base, size);
      core.write_queue_size(size);
      core.write_queue_addresses(layout.descriptors, layout.driver_area, layout.device_area);
      core.enable_queue();
    }
    queues.push_back(make_driver_queue(machine.ram, core.selected()->layout, style.packed));
  }

  // Memory is handed out anew once no chain is out.
  uint64_t allocate(uint64_t bytes) {
    if (out.empty()) next_buffer = kBuffers;
    const uint64_t at = next_buffer;
    next_buffer += (bytes + 63) & ~uint64_t{63};
    REQUIRE(next_buffer <= kTables);
    return at;
  }
  uint64_t next_table(size_t entries) {
    const uint64_t bytes = 16 * entries;
    if (next_table_ + bytes > BenchMachine::kRam) next_table_ = kTables;
    const uint64_t at = next_table_;
    next_table_ += bytes;
    return at;
  }
  Buffer place(const Bytes& request, uint32_t room) {
    Buffer buffer;
    buffer.readable = allocate(request.size() + room + 64);
    buffer.writable = (buffer.readable + request.size() + 63) & ~uint64_t{63};
    buffer.room = room;
    machine.ram.write_bytes(GuestAddr{buffer.readable}, std::as_bytes(std::span(request)));
    machine.ram.fill(GuestAddr{buffer.writable}, room, std::byte{kUnwritten});
    return buffer;
  }
  static void append_cut(std::vector<Piece>& pieces, Piece whole, Noise* cut) {
    while (cut != nullptr && whole.length > 1 && pieces.size() < 12) {
      const auto length = static_cast<uint32_t>(1 + cut->next() % whole.length);
      if (length == whole.length) break;
      pieces.push_back({whole.addr, length, whole.device_writes});
      whole.addr += length;
      whole.length -= length;
    }
    if (whole.length > 0) pieces.push_back(whole);
  }

  // VirtioTransport.
  void queue_interrupt(unsigned index) override { ++queue_interrupts[index]; }
  void config_interrupt() override { ++config_interrupts; }
  void driver_reset() override {}
  void queue_reset(unsigned) override {}
  bool dma_enabled() const override { return dma; }

  std::map<std::pair<unsigned, uint16_t>, Buffer> out;
  uint64_t next_buffer = kBuffers;
  uint64_t next_table_ = kTables;
};

}  // namespace vireo::testing
