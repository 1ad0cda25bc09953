// Fuzzes the packed ring: the input is a program of ring writes by a driver that knows no
// rules, and of a device that answers in any order, unpops, stops and is saved and loaded.
#include <cstdlib>
#include <vector>

#include "tests/fuzz/fuzz_digest.h"
#include "tests/fuzz/fuzz_input.h"
#include "tests/unit/virtio/packed_kit.h"
#include "virtio/queue/packed_queue.h"

namespace vireo::fuzz {
namespace {

using testing::PackedDriverRing;

constexpr uint64_t kRam = 0x10000;
constexpr uint64_t kRing = 0x1000;
constexpr int kMaxSteps = 400;

void require(bool holds) {
  if (!holds) std::abort();
}

class Program {
 public:
  Program(FuzzInput& input, GuestMemory& ram)
      : input_(input),
        ram_(ram),
        ring_(ram, PackedDriverRing::layout_at(kRing, static_cast<uint16_t>(1 + input.below(20)))),
        queue_(ram) {
    restart();
  }

  void run() {
    for (int i = 0; i < kMaxSteps && !input_.empty(); ++i) {
      step();
      check();
    }
  }

 private:
  void step() {
    switch (input_.take<uint8_t>() % 16) {
      case 0:
      case 1:
        return ring_.put(static_cast<uint16_t>(input_.below(ring_.size())), descriptor());
      case 2:
        return ring_.put(GuestAddr{0x8000 + 16 * input_.below(64)}, descriptor());
      case 3:
        ram_.write(GuestAddr{input_.take<uint16_t>()}, input_.take<uint16_t>());
        return;
      case 4:
        return ring_.set_driver_event({static_cast<uint16_t>(input_.take<uint16_t>() & 0x7fff),
                                       input_.below(2) != 0, input_.take<uint16_t>()});
      case 5:
        return save_and_load();
      case 6:
        return unpop();
      case 7:
        return publish();
      case 8:
        if (input_.below(8) == 0) restart();
        return;
      case 9:
        ring_.indirect_chain(0x8000, pieces());
        return ring_.offer();
      case 10:
      case 11:
        return answer();
      case 12:
      case 13:
        return take();
      default:
        return ring_.offer(pieces());
    }
  }

  PackedDescriptor descriptor() {
    uint64_t addr = input_.take<uint16_t>();
    const uint8_t shape = input_.take<uint8_t>();
    if ((shape & 7) == 7) addr |= input_.take<uint64_t>() << 16;
    const uint32_t length = (shape & 8) ? input_.take<uint32_t>() : input_.below(600);
    const auto lap = static_cast<uint16_t>((shape & 16) ? input_.take<uint16_t>() : ring_.ready());
    return {addr, length, static_cast<uint16_t>(input_.below(40)),
            static_cast<uint16_t>(lap | shape >> 5)};
  }
  std::vector<testing::Piece> pieces() {
    std::vector<testing::Piece> all(1 + input_.below(4));
    for (auto& piece : all) {
      piece = {0x4000 + input_.below(0x3000), input_.below(0x900), &piece == &all.back()};
    }
    return all;
  }

  void take() {
    auto chain = queue_.pop();
    if (!chain) return;
    for (const auto part : {chain->readable(), chain->writable()}) {
      for (const MemoryPiece& piece : part) {
        require(piece.length > 0 && ram_.contains(piece.addr, piece.length));
      }
    }
    digest().add(std::as_bytes(std::span(chain->writable())));
    held_.push_back(std::move(*chain));
  }
  void answer() {
    if (held_.empty()) return;
    const auto at = held_.begin() + input_.below(static_cast<uint32_t>(held_.size()));
    queue_.push(*at, at->writable_bytes());
    held_.erase(at);
    pushed_ = true;
  }
  // Only what was taken last and since the last answer may go back.
  void unpop() {
    if (held_.empty() || pushed_) return;
    queue_.unpop(held_.back());
    held_.pop_back();
  }
  void publish() {
    queue_.publish();
    queue_.suppress_kicks();
    queue_.request_kicks();
    pushed_ = !held_.empty();
    ring_.take_used();
  }
  void restart() {
    const uint8_t bits = input_.take<uint8_t>();
    held_.clear();
    pushed_ = false;
    ring_ = PackedDriverRing(ram_, ring_.layout());
    queue_.start(ring_.layout(), {.event_idx = (bits & 1) != 0,
                                  .indirect = (bits & 2) != 0,
                                  .packed = true,
                                  .in_order = (bits & 4) != 0});
  }
  void save_and_load() {
    Archive saved = Archive::saver();
    queue_.visit(saved);
    Archive loader = Archive::loader(saved.bytes());
    queue_.visit(loader);
    require(loader.ok() && loader.at_end());
    Archive again = Archive::saver();
    queue_.visit(again);
    require(again.bytes() == saved.bytes());
  }
  void check() {
    require(queue_.in_flight() <= ring_.size());
    require(queue_.next_avail() < ring_.size() && queue_.next_used() < ring_.size());
    if (queue_.failed()) restart();
  }

  FuzzInput& input_;
  GuestMemory& ram_;
  PackedDriverRing ring_;
  PackedQueue queue_;
  std::vector<DescriptorChain> held_;
  bool pushed_ = false;  // since the last chain was taken, as far as is known
};

}  // namespace
}  // namespace vireo::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  vireo::fuzz::FuzzInput input(data, size);
  vireo::GuestMemory ram = vireo::GuestMemory::on_heap(vireo::fuzz::kRam);
  vireo::fuzz::Program(input, ram).run();
  return 0;
}
