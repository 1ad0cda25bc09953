// A virtio-net device on rings without any transport, between a driver's buffers and a
// backend that the test holds.
#pragma once

#include <doctest/doctest.h>

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tests/unit/virtio/driver_kit.h"
#include "virtio/net/net_device.h"
#include "virtio/queue/split_queue.h"

namespace vireo::testing {

using Bytes = std::vector<uint8_t>;

inline Bytes to_bytes(std::span<const std::byte> bytes) {
  const auto* data = reinterpret_cast<const uint8_t*>(bytes.data());
  return {data, data + bytes.size()};
}

// Frames that were sent, and those that wait to be received.
class MemoryNet final : public NetBackend {
 public:
  bool ready() const override { return ready_now; }
  void send(const NetFrame& frame) override {
    sent.push_back(to_bytes(frame.bytes));
    sent_offloads.push_back(frame.offload);
  }
  bool takes_offloads() const override { return offloads; }
  uint32_t max_frame() const override { return largest; }
  std::optional<NetFrame> receive() override {
    if (incoming.empty()) return std::nullopt;
    current_ = std::move(incoming.front());
    incoming.pop_front();
    return NetFrame{std::as_bytes(std::span(current_.first)), current_.second};
  }
  std::string description() const override { return "memory"; }

  void arrive(Bytes frame, FrameOffload offload = {}) {
    incoming.emplace_back(std::move(frame), offload);
  }

  bool ready_now = true;
  bool offloads = false;
  uint32_t largest = 1518;
  std::vector<Bytes> sent;
  std::vector<FrameOffload> sent_offloads;
  std::deque<std::pair<Bytes, FrameOffload>> incoming;

 private:
  std::pair<Bytes, FrameOffload> current_;
};

struct NetHost : VirtioHost {
  explicit NetHost(GuestMemory& ram) : ram(ram) {}
  uint64_t features() const override { return bits; }
  bool legacy_session() const override { return legacy; }
  GuestMemory& memory() override { return ram; }
  void config_changed() override { ++config_changes; }
  void queue_ready(unsigned index) override { ++ready[index]; }
  void device_failed(const std::string& why) override { failure = why; }

  GuestMemory& ram;
  uint64_t bits = 0;
  bool legacy = false;
  unsigned config_changes = 0;
  std::map<unsigned, unsigned> ready;
  std::string failure;
};

// What a driver finds in its receive buffers.
struct ReceivedFrame {
  virtio_net::Header header{};
  Bytes bytes;
  std::vector<uint32_t> used;  // length of each buffer's part
};

class NetBench {
 public:
  static constexpr uint64_t kRings = 0x1000;  // queue i at + i * 0x2000
  static constexpr uint64_t kTx = 0x40000;
  static constexpr uint64_t kRx = 0x80000;  // buffer i at + i * 0x1000
  static constexpr uint64_t kControl = 0x30000;
  static constexpr unsigned kRing = 64;

  explicit NetBench(const VirtioNetOptions& options = {}) {
    auto made = VirtioNet::create(net, options);
    REQUIRE(made.ok());
    card = std::move(made).value();
    card->attach(host);
    host.bits = card->device_features() | virtio_feature::kVersion1;
    for (unsigned i = 0; i < card->queue_count(); ++i) {
      rings.emplace_back(ram, DriverRing::layout_at(kRings + 0x3000 * i, kRing));
      queues.push_back(std::make_unique<SplitQueue>(ram));
      queues.back()->start(rings.back().layout(), {.event_idx = false, .indirect = true});
    }
  }

  uint32_t header_bytes() const { return virtio_net::header_bytes(host.bits); }

  // Everything between a kick and the interrupt.
  QueueWork serve(unsigned index) {
    const QueueWork work = card->process_queue(index, *queues[index]);
    queues[index]->publish();
    return work;
  }

  // One packet of the driver, header and frame in buffers of their own.
  void transmit(const Bytes& frame, const virtio_net::Header& header = {}, unsigned queue = 1) {
    const uint32_t head = header_bytes();
    ram.write_bytes(GuestAddr{kTx}, std::as_bytes(std::span(&header, 1)).first(head));
    ram.write_bytes(GuestAddr{kTx + 64}, std::as_bytes(std::span(frame)));
    rings[queue].offer(rings[queue].chain(
        {{kTx, head, false}, {kTx + 64, static_cast<uint32_t>(frame.size()), false}}));
    serve(queue);
  }

  // `count` buffers of `size` bytes each on a receive queue.
  void post(unsigned count, uint32_t size, unsigned queue = 0) {
    for (unsigned i = 0; i < count; ++i) {
      const uint64_t at = kRx + 0x1000 * (posted_++ % kRing);
      rings[queue].offer(rings[queue].chain({{at, size, true}}));
      buffers_.push_back(at);
    }
  }
  // Takes what waits outside and delivers it.
  void deliver(unsigned queue = 0) {
    card->poll_input();
    serve(queue);
  }
  // The next frame in the driver's buffers, in the order of posting.
  std::optional<ReceivedFrame> received(unsigned queue = 0) {
    DriverRing& ring = rings[queue];
    if (seen_ == ring.used_idx()) return std::nullopt;
    ReceivedFrame frame;
    Bytes all;
    unsigned parts = 1;
    for (unsigned i = 0; i < parts; ++i) {
      const uint32_t length = ring.used(seen_++).length;
      Bytes part(length);
      ram.read_bytes(GuestAddr{buffers_[next_buffer_++]}, std::as_writable_bytes(std::span(part)));
      all.insert(all.end(), part.begin(), part.end());
      frame.used.push_back(length);
      if (i == 0) {
        std::memcpy(&frame.header, all.data(), std::min<size_t>(header_bytes(), all.size()));
        if (host.bits & virtio_net::kMrgRxbuf) parts = frame.header.num_buffers;
      }
    }
    frame.bytes.assign(all.begin() + std::min<size_t>(header_bytes(), all.size()), all.end());
    return frame;
  }

  // A control command; the answer, or 0xcc when there was none.
  uint8_t control(uint8_t command_class, uint8_t command, const Bytes& payload) {
    const unsigned index =
        host.bits & virtio_net::kMultiQueue ? static_cast<unsigned>(rings.size() - 1) : 2;
    Bytes request{command_class, command};
    request.insert(request.end(), payload.begin(), payload.end());
    ram.write_bytes(GuestAddr{kControl}, std::as_bytes(std::span(request)));
    ram.write(GuestAddr{kControl + 0x1000}, uint8_t{0xcc});
    rings[index].offer(rings[index].chain(
        {{kControl, static_cast<uint32_t>(request.size()), false}, {kControl + 0x1000, 1, true}}));
    serve(index);
    return *ram.read<uint8_t>(GuestAddr{kControl + 0x1000});
  }
  virtio_net::Config config() const {
    virtio_net::Config config{};
    card->read_config(std::as_writable_bytes(std::span(&config, 1)).first(card->config_size()));
    return config;
  }

  GuestMemory ram = GuestMemory::on_heap(2 << 20);
  MemoryNet net;
  NetHost host{ram};
  std::unique_ptr<VirtioNet> card;
  std::vector<DriverRing> rings;
  std::vector<std::unique_ptr<SplitQueue>> queues;

 private:
  std::vector<uint64_t> buffers_;
  size_t next_buffer_ = 0;
  unsigned posted_ = 0;
  uint16_t seen_ = 0;
};

}  // namespace vireo::testing
