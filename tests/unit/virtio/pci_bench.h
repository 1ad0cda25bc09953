// A virtio-blk PCI function on a bus: the tests play firmware and driver.
#pragma once

#include <doctest/doctest.h>

#include <array>
#include <memory>

#include "tests/unit/virtio/function_bench.h"
#include "tests/unit/virtio/vector_backend.h"
#include "virtio/blk/blk_device.h"

namespace vireo::testing {

struct BenchOptions {
  VirtioPciOptions pci = {};
  VirtioBlkOptions blk = {};
  bool read_only = false;
};

struct VirtioPciBench : FunctionBench {
  static constexpr uint64_t kHeader = 0x80000;  // request header
  static constexpr uint64_t kData = 0x81000;
  static constexpr uint64_t kStatusByte = 0x90000;

  explicit VirtioPciBench(const BenchOptions& options = {}) : disk(64 << 10, options.read_only) {
    auto blk = VirtioBlk::create(disk, options.blk);
    REQUIRE(blk.ok());
    device = blk->get();
    plug(std::move(blk).value(), options.pci, "virtio-blk0");
  }

  ~VirtioPciBench() { function.reset(); }  // before the disk
  VirtioPciBench(const VirtioPciBench&) = delete;

  // Makes a read of sector 0 available.
  void offer_read(DriverRing& ring) {
    ram.write(GuestAddr{kHeader}, std::array<uint32_t, 4>{});
    ram.write(GuestAddr{kStatusByte}, uint8_t{0xcc});
    ring.offer(ring.chain({{kHeader, 16, false}, {kData, 512, true}, {kStatusByte, 1, true}}));
  }
  // One whole request; true when it completed well.
  bool serves(DriverRing& ring, unsigned queue = 0) {
    const uint16_t before = ring.used_idx();
    offer_read(ring);
    kick(queue);
    settle();
    return ring.used_idx() == static_cast<uint16_t>(before + 1) &&
           ram.read<uint8_t>(GuestAddr{kStatusByte}) == 0;
  }

  VectorBackend disk;
  VirtioBlk* device = nullptr;
};

}  // namespace vireo::testing
