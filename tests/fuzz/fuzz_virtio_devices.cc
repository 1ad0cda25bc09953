// Fuzzes rng, console, balloon, vsock, gpu and input behind their core: the input is a program of
// ring and register writes, of input from outside and of time, by a driver that knows no rules.
#include <cstdlib>
#include <iterator>
#include <memory>
#include <variant>
#include <vector>

#include "machine/base/event_queue.h"
#include "tests/fuzz/fuzz_input.h"
#include "tests/fuzz/fuzz_lint.h"
#include "tests/unit/virtio/driver_kit.h"
#include "tests/unit/virtio/packed_kit.h"
#include "virtio/balloon/balloon_device.h"
#include "virtio/console/console_device.h"
#include "virtio/core.h"
#include "virtio/gpu/gpu_device.h"
#include "virtio/input/input_device.h"
#include "virtio/rng/rng_device.h"
#include "virtio/vsock/vsock_device.h"

namespace vireo::fuzz {
namespace {

using testing::DriverRing;
using testing::PackedDriverRing;
using AnyRing = std::variant<DriverRing, PackedDriverRing>;
using Pieces = std::vector<testing::Piece>;

void offer(DriverRing& ring, const Pieces& pieces) { ring.offer(ring.chain(pieces)); }
void offer(PackedDriverRing& ring, const Pieces& pieces) { ring.offer(pieces); }

constexpr uint64_t kRam = 0x40000;
constexpr uint64_t kRings = 0x1000;  // up to 10 queues, a ring of 8 entries in three pages each
constexpr uint64_t kBuffers = 0x20000;
constexpr unsigned kMaxQueues = 10;
constexpr int kMaxSteps = 256;

struct Channel final : ByteChannel {
  void write(std::span<const uint8_t> bytes) override { written += bytes.size(); }
  std::optional<uint8_t> read() override {
    if (waiting == 0) return std::nullopt;
    return static_cast<uint8_t>(--waiting);
  }
  bool connected() const override { return here; }
  uint64_t written = 0;
  unsigned waiting = 0;
  bool here = true;
};

struct End final : VsockEnd {
  explicit End(unsigned& waiting) : waiting(waiting) {}
  std::optional<size_t> read(std::span<std::byte> out) override {
    const size_t count = std::min<size_t>(waiting, out.size());
    waiting -= static_cast<unsigned>(count);
    return count == 0 ? std::nullopt : std::optional(count);
  }
  std::optional<size_t> write(std::span<const std::byte> bytes) override {
    if (waiting % 3 == 0) return std::nullopt;
    return bytes.size();
  }
  bool ended() const override { return waiting % 5 == 0; }
  bool broken() const override { return waiting % 7 == 1; }
  void end_writing() override {}
  void established(uint32_t) override {}
  unsigned& waiting;
};

struct Outside final : VsockHost {
  std::unique_ptr<VsockEnd> connect(uint32_t port, VsockType) override {
    return port % 2 == 0 ? std::make_unique<End>(waiting) : nullptr;
  }
  std::optional<Call> accept() override {
    if (calls == 0) return std::nullopt;
    --calls;
    return Call{std::make_unique<End>(waiting),
                calls % 2 == 0 ? VsockType::kStream : VsockType::kSeqpacket, calls};
  }
  unsigned waiting = 0;
  unsigned calls = 0;
};

struct Transport final : VirtioTransport {
  void queue_interrupt(unsigned) override {}
  void config_interrupt() override {}
  void driver_reset() override {}
  void queue_reset(unsigned) override {}
  bool dma_enabled() const override { return true; }
};

class Program {
 public:
  explicit Program(FuzzInput input) : input_(input) {
    make_device();
    core_ = std::make_unique<VirtioCore>("fuzzed", *device_, transport_,
                                         VirtioOffer{.packed = true}, ram_, events_);
    lint_ = std::make_unique<CoreLint>(*core_);
    start();
  }

  void run() {
    for (int i = 0; i < kMaxSteps && !input_.empty(); ++i) {
      step();
      if (core_->broken()) start();
    }
  }

 private:
  void make_device() {
    const auto chosen = input_.take<uint8_t>();
    switch (chosen < 0x80 ? chosen % 4 : 4 + chosen % 2) {
      case 0:
        device_ = std::make_unique<VirtioRng>(std::make_unique<SeededEntropy>(1),
                                              VirtioRngOptions{.max_bytes = 5000, .period_ms = 1},
                                              events_);
        return;
      case 1: {
        auto console = VirtioConsole::create(
            {.max_ports = 4}, {{0, true, "", &channels_[0]}, {1, false, "a", &channels_[1]}});
        if (!console) std::abort();
        console_ = console->get();
        device_ = std::move(*console);
        return;
      }
      case 2:
        device_ = std::make_unique<VirtioBalloon>(
            VirtioBalloonOptions{.free_page_reporting = true, .stats_interval_s = 1}, events_,
            [](GuestAddr, uint64_t) {});
        return;
      case 3: {
        auto vsock = std::make_unique<VirtioVsock>(outside_, VirtioVsockOptions{});
        vsock_ = vsock.get();
        device_ = std::move(vsock);
        return;
      }
      case 4: {
        auto gpu = std::make_unique<VirtioGpu>(
            VirtioGpuOptions{.xres = 64, .yres = 64, .max_outputs = 2, .max_hostmem = 1 << 20});
        gpu_ = gpu.get();
        device_ = std::move(gpu);
        return;
      }
      default: {
        auto pointer = std::make_unique<VirtioInput>(VirtioInputOptions{
            .kind = static_cast<InputKind>(input_.below(3)), .serial = "serial"});
        pointer_ = pointer.get();
        device_ = std::move(pointer);
      }
    }
  }

  void start() {
    const uint8_t shape = input_.take<uint8_t>();
    via_ = (shape & 1) ? VirtioInterface::kLegacy : VirtioInterface::kModern;
    rings_.clear();
    core_->write_status(0, via_);
    core_->write_status(3, via_);
    const uint64_t bits = (shape & 2) ? ~uint64_t{0} : virtio_feature::kVersion1 | shape >> 2;
    const uint64_t packed = (shape & 0x40) ? 0 : virtio_feature::kRingPacked;
    const uint64_t features =
        bits & core_->offered_features(via_) & ~(virtio_feature::kInOrder | packed);
    core_->write_driver_features(0, static_cast<uint32_t>(features), via_);
    core_->write_driver_features(1, static_cast<uint32_t>(features >> 32), via_);
    core_->write_status(11, via_);
    for (unsigned i = 0; i < std::min(core_->queue_count(), kMaxQueues); ++i) enable(i);
    core_->write_status(15, via_);
  }

  void enable(unsigned index) {
    const uint64_t base = kRings + 0x3000 * uint64_t{index};
    ram_.fill(GuestAddr{base}, 0x3000, std::byte{0});
    core_->write_queue_select(static_cast<uint16_t>(index));
    if (via_ == VirtioInterface::kLegacy) {
      core_->write_legacy_pfn(static_cast<uint32_t>(base >> 12));
    } else {
      const QueueLayout layout =
          packed() ? PackedDriverRing::layout_at(base, 8) : DriverRing::layout_at(base, 8);
      core_->write_queue_size(8);
      core_->write_queue_addresses(layout.descriptors, layout.driver_area, layout.device_area);
      core_->enable_queue();
    }
    const QueueLayout layout = core_->selected()->layout;
    if (packed()) {
      rings_.emplace_back(PackedDriverRing(ram_, layout));
    } else {
      rings_.emplace_back(DriverRing(ram_, layout));
    }
  }
  bool packed() const { return (core_->features() & virtio_feature::kRingPacked) != 0; }

  void step() {
    const unsigned kind = input_.take<uint8_t>() % 12;
    switch (kind) {
      case 0:
        ram_.write(GuestAddr{input_.take<uint32_t>() % kRam}, input_.take<uint64_t>());
        return;
      case 1:
      case 2:
        return config_access(kind == 1);
      case 3:
        return pass(uint64_t{1} << input_.below(31));
      case 4:
        return outside();
      case 5:
        return save_and_load();
      default:
        return request();
    }
  }

  void config_access(bool write) {
    const uint32_t offset = input_.below(20);
    const unsigned width = input_.width();
    const uint64_t value = write ? input_.take<uint64_t>() : 0;
    core_->watch_access({VirtioRegion::kDevice, write, offset, width, value});
    if (write) {
      core_->write_config(offset, width, value);
    } else {
      core_->read_config(offset, width);
    }
  }

  // A chain of up to three pieces whose beginning makes sense more often than not.
  void request() {
    if (rings_.empty()) return;
    const unsigned queue = input_.below(static_cast<uint32_t>(rings_.size()));
    Pieces pieces;
    const uint8_t shape = input_.take<uint8_t>();
    for (unsigned i = 0; i <= (shape & 3u); ++i) {
      const uint64_t at = kBuffers + input_.below(0x8000);
      message(at);
      const uint32_t length = (shape & 0x80) ? input_.take<uint32_t>() : input_.below(5000);
      const bool writes = (queue % 2 == 0) != ((shape >> (4 + i) & 1) != 0);
      pieces.push_back({at, (shape & 0x40) ? 44 : length, writes});
    }
    std::visit([&](auto& ring) { offer(ring, pieces); }, rings_[queue]);
    core_->kick(queue);
    pass(10'000);
  }

  void message(uint64_t at) {
    if (console_ != nullptr) {
      ram_.write(GuestAddr{at}, input_.below(5));
      ram_.write(GuestAddr{at + 4}, static_cast<uint16_t>(input_.below(9)));
      ram_.write(GuestAddr{at + 6}, static_cast<uint16_t>(input_.below(2)));
    } else if (vsock_ != nullptr) {
      virtio_vsock::Header header{.src_cid = 3, .dst_cid = 2};
      header.src_port = input_.below(4);
      header.dst_port = input_.below(4);
      header.length = input_.below(5000);
      header.type = static_cast<VsockType>(1 + input_.below(2));
      header.op = static_cast<virtio_vsock::Op>(input_.below(9));
      header.flags = input_.below(4);
      header.buf_alloc = input_.take<uint32_t>();
      header.fwd_cnt = input_.below(0x10000);
      ram_.write_bytes(GuestAddr{at}, std::as_bytes(std::span(&header, 1)).first(44));
    } else if (gpu_ != nullptr) {
      gpu_command(at);
    } else {
      ram_.write(GuestAddr{at}, input_.below(0x50));
    }
  }

  // The few numbers that resources, displays and rectangles have make most commands fit together.
  void gpu_command(uint64_t at) {
    const uint32_t type = input_.below(8) == 0 ? 0x300 + input_.below(2) : 0x100 + input_.below(12);
    ram_.write(GuestAddr{at}, type);
    ram_.write(GuestAddr{at + 4}, input_.below(2));
    for (unsigned word = 0; word < 12; ++word) {
      constexpr uint32_t kUsual[] = {0, 1, 2, 16, 64, kBuffers, 0x4000, 3};
      const uint8_t chosen = input_.take<uint8_t>();
      const uint32_t value =
          chosen < 0xf0 ? kUsual[chosen % std::size(kUsual)] : input_.take<uint32_t>();
      ram_.write(GuestAddr{at + 24 + 4 * uint64_t{word}}, value);
    }
  }

  void outside() {
    channels_[input_.below(2)].waiting = input_.below(10000);
    channels_[1].here = input_.below(2) != 0;
    outside_.waiting = input_.take<uint16_t>();
    outside_.calls = input_.below(4);
    if (console_ != nullptr) console_->poll_input();
    if (vsock_ != nullptr) vsock_->poll_input();
    if (gpu_ != nullptr) look_at_gpu();
    if (pointer_ != nullptr) {
      pointer_->turn_key(input_.take<uint16_t>(), input_.below(2) != 0);
      pointer_->point({.dx = input_.take<int16_t>(), .x = input_.take<uint16_t>(),
                       .wheel = input_.take<int16_t>(), .buttons = input_.take<uint8_t>()});
    }
    pass(10'000);
  }

  void look_at_gpu() {
    if (gpu_->picture().pixels.empty()) std::abort();
    gpu_->changed();
    gpu_->offer_size({input_.below(300), input_.below(300)});  // large ones only take time
  }

  void save_and_load() {
    Archive saved = Archive::saver();
    core_->visit(saved);
    std::vector<std::byte> bytes = saved.bytes();
    const bool damaged = input_.below(2) != 0;
    if (damaged) bytes[input_.below(static_cast<uint32_t>(bytes.size()))] ^= std::byte{1};
    Archive loader = Archive::loader(std::move(bytes));
    core_->visit(loader);
    lint_->lint.on_loaded();
    if (!loader.ok()) start();
  }

  // Work at one moment is bounded, whatever the driver did.
  void pass(uint64_t ns) {
    const uint64_t end = clock_.now_ns() + ns;
    for (int steps = 0; events_.next_deadline_ns() && *events_.next_deadline_ns() <= end; ++steps) {
      if (steps == 100'000) return;
      const uint64_t next = *events_.next_deadline_ns();
      clock_.skip_idle(next - std::min(next, clock_.now_ns()));
      events_.run_due();
    }
    clock_.skip_idle(end - std::min(end, clock_.now_ns()));
  }

  FuzzInput input_;
  GuestMemory ram_ = GuestMemory::on_heap(kRam);
  VirtualClock clock_;
  EventQueue events_{clock_};
  Channel channels_[2];
  Outside outside_;
  Transport transport_;
  std::unique_ptr<VirtioDevice> device_;
  VirtioConsole* console_ = nullptr;
  VirtioVsock* vsock_ = nullptr;
  VirtioGpu* gpu_ = nullptr;
  VirtioInput* pointer_ = nullptr;
  std::unique_ptr<VirtioCore> core_;
  std::unique_ptr<CoreLint> lint_;
  VirtioInterface via_ = VirtioInterface::kModern;
  std::vector<AnyRing> rings_;
};

}  // namespace
}  // namespace vireo::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  vireo::fuzz::Program(vireo::fuzz::FuzzInput(data, size)).run();
  return 0;
}
