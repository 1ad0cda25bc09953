// Fuzzes virtio-net: a driver that knows no rules on its three queues, and a network that
// sends anything.
#include <cstdlib>
#include <deque>
#include <vector>

#include "tests/fuzz/fuzz_input.h"
#include "tests/fuzz/fuzz_virtio_host.h"
#include "tests/unit/virtio/driver_kit.h"
#include "virtio/net/net_device.h"
#include "virtio/queue/split_queue.h"

namespace vireo::fuzz {
namespace {

using testing::DriverRing;

constexpr uint64_t kRam = 0x40000;
constexpr uint64_t kFrame = 0x20000;
constexpr uint16_t kRing = 16;
constexpr unsigned kQueues = 3;
constexpr int kMaxSteps = 128;

// Checks what the card promises of the frames it sends.
class Network final : public NetBackend {
 public:
  Network(bool offloads, uint32_t max_frame) : offloads_(offloads), max_frame_(max_frame) {}

  bool takes_offloads() const override { return offloads_; }
  uint32_t max_frame() const override { return max_frame_; }
  void send(const NetFrame& frame) override {
    const size_t size = frame.bytes.size();
    if (size < kEthernetHeader || size > kLargestFrame) std::abort();
    if (offloads_) return;
    if (size > max_frame_ || frame.offload.needs_checksum) std::abort();
    if (frame.offload.segments != FrameOffload::Segments::kNone) std::abort();
  }
  std::optional<NetFrame> receive() override {
    if (incoming.empty()) return std::nullopt;
    current_ = std::move(incoming.front());
    incoming.pop_front();
    return NetFrame{current_.first, current_.second};
  }
  std::string description() const override { return "fuzz"; }

  std::deque<std::pair<std::vector<std::byte>, FrameOffload>> incoming;

 private:
  bool offloads_;
  uint32_t max_frame_;
  std::pair<std::vector<std::byte>, FrameOffload> current_;
};

// The head of a TCP segment, mostly right, so that inputs get past the first look.
void put_tcp(std::vector<std::byte>& frame, FuzzInput& input) {
  const bool v6 = input.take<uint8_t>() & 1;
  const size_t tcp = v6 ? 54 : 34;
  if (frame.size() < tcp + 20) return;
  const auto put = [&](size_t at, unsigned value) { frame[at] = static_cast<std::byte>(value); };
  put(12, v6 ? 0x86 : 0x08);
  put(13, v6 ? 0xdd : 0x00);
  put(14, v6 ? 0x60 : 0x45);
  const size_t length = frame.size() - (v6 ? tcp : 14) + (input.take<uint8_t>() == 0 ? 1 : 0);
  put(v6 ? 18 : 16, static_cast<unsigned>(length >> 8));
  put(v6 ? 19 : 17, static_cast<unsigned>(length));
  put(v6 ? 20 : 23, 6);
  if (!v6) put(20, 0x40), put(21, 0);
  put(tcp + 12, input.take<uint8_t>() & 1 ? 0x50 : input.take<uint8_t>());
  put(tcp + 13, 0x10);
  const unsigned sequence = 100 * input.below(8);
  for (size_t i = 0; i < 4; ++i) put(tcp + 4 + i, sequence >> (24 - 8 * i));
}

class CardProgram {
 public:
  CardProgram(FuzzInput& input, VirtioNet& card, Network& network, GuestMemory& ram)
      : input_(input), card_(card), network_(network), ram_(ram) {
    for (unsigned i = 0; i < kQueues; ++i) {
      rings_.emplace_back(ram, DriverRing::layout_at(0x1000 + 0x3000 * i, kRing));
      queues_.push_back(std::make_unique<SplitQueue>(ram));
      start(i);
    }
  }

  void run() {
    for (int i = 0; i < kMaxSteps && !input_.empty(); ++i) step();
    for (unsigned i = 0; i < kQueues; ++i) serve(i);
  }

 private:
  void step() {
    switch (input_.take<uint8_t>() % 8) {
      case 0:
        return transmit();
      case 1:
        return arrive();
      case 2:
        return post();
      case 3:
        return control();
      case 4:
        return serve(input_.below(kQueues));
      case 5:
        return wild(input_.below(kQueues));
      case 6:
        (void)card_.poll_input();
        return;
      default:
        return rare();
    }
  }

  void transmit() {
    std::vector<std::byte> frame(input_.below(3000));
    put_tcp(frame, input_);
    virtio_net::Header header{};
    header.flags = input_.take<uint8_t>();
    header.gso_type = input_.take<uint8_t>() & 0x87;
    header.gso_size = static_cast<uint16_t>(input_.below(1500));
    header.csum_start = static_cast<uint16_t>(input_.below(100));
    header.csum_offset = static_cast<uint16_t>(input_.below(40));
    ram_.write(GuestAddr{kFrame}, header);
    ram_.write_bytes(GuestAddr{kFrame + 12}, frame);
    const uint32_t cut = input_.below(64);
    rings_[1].offer(rings_[1].chain(
        {{kFrame, cut, false},
         {kFrame + cut, static_cast<uint32_t>(frame.size() + 12) - std::min<uint32_t>(cut, 12),
          false}}));
    serve(1);
  }

  void arrive() {
    std::vector<std::byte> frame(input_.below(2000));
    put_tcp(frame, input_);
    FrameOffload offload;
    const uint8_t shape = input_.take<uint8_t>();
    offload.checksum_valid = (shape & 1) != 0;
    offload.needs_checksum = (shape & 2) != 0;
    if (shape & 4) offload.segments = FrameOffload::Segments::kTcp4;
    if (shape & 8) offload.segments = FrameOffload::Segments::kTcp6;
    offload.segment_size = static_cast<uint16_t>(input_.below(1500));
    offload.checksum_start = static_cast<uint16_t>(input_.below(100));
    offload.checksum_offset = 16;
    network_.incoming.emplace_back(std::move(frame), offload);
  }

  void post() {
    const uint32_t size = input_.below(2000);
    rings_[0].offer(
        rings_[0].chain({{kFrame + 0x4000, size, true}, {kFrame + 0x5000, size, true}}));
  }

  void control() {
    const GuestAddr at{kFrame + 0x8000};
    ram_.write(at, static_cast<uint8_t>(input_.take<uint8_t>() % 7));
    ram_.write(at + 1, static_cast<uint8_t>(input_.take<uint8_t>() % 7));
    for (unsigned i = 0; i < 3; ++i) ram_.write(at + 2 + 8 * i, input_.take<uint64_t>());
    const uint32_t length = input_.below(40);
    rings_[2].offer(rings_[2].chain({{at.value, length, false}, {kFrame + 0x9000, 1, true}}));
    serve(2);
  }

  // Descriptors and indices without sense.
  void wild(unsigned queue) {
    DriverRing& ring = rings_[queue];
    const uint8_t shape = input_.take<uint8_t>();
    uint64_t addr = input_.take<uint32_t>() % (kRam + 0x1000);
    if (shape & 1) addr |= uint64_t{input_.take<uint16_t>()} << 48;
    const uint32_t length = (shape & 2) ? input_.take<uint32_t>() : input_.below(4000);
    ring.put_descriptor(ring.layout().descriptors + 16 * input_.below(kRing), addr, length,
                        shape >> 5, static_cast<uint16_t>(input_.below(kRing + 1)));
    if (shape & 4) ring.offer(static_cast<uint16_t>(input_.below(kRing + 1)));
    if (shape & 8) ring.set_avail_idx(input_.take<uint16_t>());
  }

  void rare() {
    const uint8_t what = input_.take<uint8_t>() % 4;
    if (what == 0) card_.reset();
    if (what == 1) card_.set_link(!card_.link_up());
    if (what == 2) save_and_load();
    if (what == 3) card_.announce();
  }

  void save_and_load() {
    Archive saved = Archive::saver();
    card_.visit(saved);
    Archive loader = Archive::loader(saved.bytes());
    card_.visit(loader);
    Archive again = Archive::saver();
    card_.visit(again);
    if (!loader.ok() || again.bytes() != saved.bytes()) std::abort();
  }

  void start(unsigned queue) {
    queues_[queue]->start(rings_[queue].layout(), {.event_idx = false, .indirect = true});
  }

  void serve(unsigned queue) {
    card_.process_queue(queue, *queues_[queue]);
    queues_[queue]->publish();
    queues_[queue]->request_kicks();
    if (queues_[queue]->failed()) {
      start(queue);
      rings_[queue].set_avail_idx(0);
    }
  }

  FuzzInput& input_;
  VirtioNet& card_;
  Network& network_;
  GuestMemory& ram_;
  std::vector<DriverRing> rings_;
  std::vector<std::unique_ptr<SplitQueue>> queues_;
};

void fuzz(FuzzInput input) {
  GuestMemory ram = GuestMemory::on_heap(kRam);
  const uint8_t mode = input.take<uint8_t>();
  Network network((mode & 1) != 0, (mode & 2) ? kLargestFrame : 1518);
  auto card = VirtioNet::create(network, {});
  if (!card) std::abort();
  uint64_t features = (*card)->device_features() | virtio_feature::kVersion1;
  if (mode & 4) features &= input.take<uint64_t>();
  RingHost host(ram, features, (mode & 8) != 0, kQueues);
  (*card)->attach(host);
  CardProgram(input, **card, network, ram).run();
}

}  // namespace
}  // namespace vireo::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  vireo::fuzz::fuzz(vireo::fuzz::FuzzInput(data, size));
  return 0;
}
