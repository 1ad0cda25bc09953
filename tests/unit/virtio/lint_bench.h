// A virtio-blk function whose driver is watched by the lint, and a driver that keeps to every
// rule: tests let it do one thing wrong.
#pragma once

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "tests/unit/virtio/pci_bench.h"
#include "virtio/blk/blk_protocol.h"
#include "virtio/lint/driver_lint.h"
#include "virtio/transport/pci_lint_subject.h"

namespace vireo::testing {

struct LintBench : VirtioPciBench {
  explicit LintBench(const BenchOptions& options = {}) : VirtioPciBench(options) {
    function->set_watch(&lint);
  }
  ~LintBench() { function->set_watch(nullptr); }

  uint64_t breaches(LintRule rule) const { return report.count(rule, subject.name()); }
  // The rules that were broken, by id.
  std::string broken() const {
    std::string ids;
    for (size_t i = 0; i < lint_rules().size(); ++i) {
      if (breaches(static_cast<LintRule>(i)) == 0) continue;
      ids += (ids.empty() ? "" : " ") + std::string(lint_rules()[i].id);
    }
    return ids;
  }

  // The steps of section 3.1.1, each as it should be.
  void do_reset() {
    set_status(0);
    (void)status();
  }
  void accept(uint64_t features) {
    for (unsigned word : {0u, 1u}) {
      set(common::kDriverFeatureSelect, 4, word);
      set(common::kDriverFeature, 4, features >> (32 * word) & UINT32_MAX);
    }
  }
  void do_negotiate(uint64_t features = kUsualFeatures) {
    do_reset();
    set_status(1);
    set_status(3);
    accept(features);
    set_status(11);
    REQUIRE(status() == 11);
  }
  void write_addresses(const QueueLayout& layout) {
    const auto halves = [this](unsigned offset, GuestAddr addr) {
      set(offset, 4, addr.value & UINT32_MAX);
      set(offset + 4, 4, addr.value >> 32);
    };
    halves(common::kQueueDesc, layout.descriptors);
    halves(common::kQueueDriver, layout.driver_area);
    halves(common::kQueueDevice, layout.device_area);
  }
  void set_up_queue(const QueueLayout& layout, unsigned index = 0) {
    set(common::kQueueSelect, 2, index);
    set(common::kQueueSize, 2, layout.size);
    write_addresses(layout);
    set(common::kQueueEnable, 2, 1);
  }
  DriverRing ring_at(unsigned index = 0, uint16_t size = 8) {
    DriverRing ring(ram, DriverRing::layout_at(kRing + 0x10000 * index, size));
    ram.fill(ring.layout().descriptors, 0x10000, std::byte{0});
    return ring;
  }
  DriverRing do_start(uint64_t features = kUsualFeatures) {
    do_negotiate(features);
    DriverRing ring = ring_at();
    set_up_queue(ring.layout());
    set_status(15);
    settle();  // the device looks at its queues by itself, and wants no kick meanwhile
    return ring;
  }
  // A chain of these pieces, offered and served.
  void submit(DriverRing& ring, const std::vector<Piece>& pieces) {
    ring.offer(ring.chain(pieces));
    kick();
    settle();
  }
  // A request header in memory at kHeader.
  void put_header(uint32_t type, uint64_t sector) {
    ram.write(GuestAddr{kHeader}, virtio_blk::RequestHeader{type, 0, sector});
  }
  void request(DriverRing& ring, uint32_t type, uint64_t sector, uint32_t bytes, bool to_guest) {
    put_header(type, sector);
    std::vector<Piece> pieces = {{kHeader, 16, false}};
    if (bytes != 0) pieces.push_back({kData, bytes, to_guest});
    pieces.push_back({kStatusByte, 1, true});
    submit(ring, pieces);
  }

  std::vector<std::string> lines;
  GuestPlace place{1234567, 1'234'567'000, 0xffffffff81234567, 2};
  LintReport report{[this] { return place; },
                    [this](const std::string& line) { lines.push_back(line); }};
  PciLintSubject subject{*function};
  DriverLint lint{subject, report};
};

}  // namespace vireo::testing
