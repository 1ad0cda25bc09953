// Identity, capabilities and BARs of virtio PCI functions: VP-01 to VP-07, VP-33 to VP-37,
// LG-15, LG-16.
#include <doctest/doctest.h>

#include <map>
#include <string>

#include "tests/unit/virtio/pci_bench.h"
#include "virtio/transport/pci_ids.h"

namespace vireo {
namespace {

using testing::BenchOptions;
using testing::VirtioPciBench;

constexpr int kCommon = 1, kNotifyType = 2, kIsrType = 3, kDeviceType = 4, kPciType = 5;

BenchOptions modern_only() { return {.pci = {.disable_legacy = OnOffAuto::kOn}}; }
BenchOptions legacy_only() { return {.pci = {.disable_modern = true}}; }

TEST_CASE("VP-01: a transitional function has the legacy identity") {
  VirtioPciBench bench;
  CHECK(bench.cfg(0x00, 4) == 0x10011af4);
  CHECK(bench.cfg(0x08, 4) == 0x01000000);
  CHECK(bench.cfg(0x2c, 4) == 0x00021af4);
}

TEST_CASE("VP-01: a modern-only function has device id 0x1040 + type and a revision") {
  VirtioPciBench bench(modern_only());
  CHECK(bench.cfg(0x00, 4) == 0x10421af4);
  CHECK(bench.cfg(0x08, 1) >= 1);
  CHECK(bench.cfg(0x2c, 4) == 0x11001af4);
}

TEST_CASE("VP-01: transitional device ids follow the table of 4.1.2.1") {
  const std::map<uint16_t, uint16_t> expected{{1, 0x1000}, {2, 0x1001}, {5, 0x1002}, {3, 0x1003},
                                              {8, 0x1004}, {4, 0x1005}, {9, 0x1009}};
  for (uint16_t type = 0; type < 64; ++type) {
    const auto row = expected.find(type);
    CHECK(transitional_device_id(type).value_or(0) == (row == expected.end() ? 0 : row->second));
  }
}

struct Structure {
  uint32_t bar, offset, length, cap_length;
};

Structure structure(VirtioPciBench& bench, int type, unsigned nth = 0) {
  const unsigned at = bench.structure(type, nth);
  REQUIRE(at != 0);
  return {bench.cfg(at + 4, 1), bench.cfg(at + 8, 4), bench.cfg(at + 12, 4), bench.cfg(at + 2, 1)};
}

TEST_CASE("VP-02, VP-03, VP-37: the structures are found where they are planned") {
  VirtioPciBench bench;
  const Structure common = structure(bench, kCommon);
  CHECK(common.bar == 4);
  CHECK(common.offset == 0);
  CHECK(common.cap_length == 16);
  CHECK(structure(bench, kIsrType).offset == 0x1000);
  const Structure device = structure(bench, kDeviceType);
  CHECK(device.offset == 0x2000);
  CHECK(device.length == 60);
  CHECK(structure(bench, kPciType).cap_length == 20);
}

TEST_CASE("VP-02: capability bytes are read-only but for the access window") {
  VirtioPciBench bench;
  for (const int type : {kCommon, kNotifyType, kIsrType, kDeviceType}) {
    const unsigned at = bench.structure(type);
    for (unsigned offset = at; offset < at + 16; offset += 4) {
      const uint32_t before = bench.cfg(offset, 4);
      bench.cfg_write(offset, 4, ~before);
      CHECK(bench.cfg(offset, 4) == before);
    }
  }
}

TEST_CASE("VP-04: structures are aligned, inside their BAR and do not overlap") {
  VirtioPciBench bench;
  CHECK(structure(bench, kCommon).offset % 4 == 0);
  CHECK(structure(bench, kDeviceType).offset % 4 == 0);
  const Structure notify = structure(bench, kNotifyType, 1);
  CHECK(notify.offset % 4 == 0);
  CHECK(notify.offset + notify.length <= 0x4000);
  CHECK(structure(bench, kCommon).length <= 0x1000);
  CHECK(structure(bench, kDeviceType).offset + structure(bench, kDeviceType).length <=
        notify.offset);
}

TEST_CASE("VP-05: the common structure covers the fields of every feature") {
  VirtioPciBench bench;
  CHECK(structure(bench, kCommon).length == 64);
}

TEST_CASE("VP-06: notify is offered in the I/O BAR first, then in memory") {
  VirtioPciBench bench;
  const Structure first = structure(bench, kNotifyType, 0);
  CHECK(first.bar == 2);
  CHECK(first.offset == 0);
  CHECK(first.length >= 2);
  CHECK(bench.cfg(bench.structure(kNotifyType, 0) + 16, 4) == 0);
  CHECK(structure(bench, kNotifyType, 1).bar == 4);
  CHECK(bench.cfg(bench.structure(kNotifyType, 1) + 16, 4) == 4);
}

TEST_CASE("VP-06: the order of the notify structures is a choice") {
  VirtioPciBench last({.pci = {.modern_pio_notify = PioNotify::kLast}});
  CHECK(structure(last, kNotifyType, 0).bar == 4);
  CHECK(structure(last, kNotifyType, 1).bar == 2);

  VirtioPciBench off({.pci = {.modern_pio_notify = PioNotify::kOff}});
  CHECK(structure(off, kNotifyType, 0).bar == 4);
  CHECK(off.structure(kNotifyType, 1) == 0);
  off.cfg_write(0x18, 4, ~0u);
  CHECK(off.cfg(0x18, 4) == 0);
}

TEST_CASE("VP-07: only known structure types in existing BARs are offered") {
  VirtioPciBench bench;
  for (unsigned at = bench.cfg(0x34, 1); at != 0; at = bench.cfg(at + 1, 1)) {
    if (bench.cfg(at, 1) != 9) continue;
    CHECK(bench.cfg(at + 3, 1) >= 1);
    CHECK(bench.cfg(at + 3, 1) <= 5);
    CHECK(bench.cfg(at + 4, 1) <= 5);
  }
}

TEST_CASE("VP-24: the notify structure has room for the last queue at any step") {
  for (const bool page_per_vq : {false, true}) {
    VirtioPciBench bench({.pci = {.page_per_vq = page_per_vq}, .blk = {.num_queues = 64}});
    const uint32_t step = bench.cfg(bench.structure(kNotifyType, 1) + 16, 4);
    const Structure notify = structure(bench, kNotifyType, 1);
    CHECK(step == (page_per_vq ? 4096 : 4));
    CHECK(notify.length >= 63 * step + 4);
    bench.cfg_write(0x20, 4, ~0u);
    const uint64_t size = (~(bench.cfg(0x20, 4) & ~0xfull) + 1) & UINT32_MAX;
    CHECK(notify.offset + notify.length <= size);
  }
}

TEST_CASE("VP-35: features that are not modelled are not offered") {
  VirtioPciBench bench;
  const uint64_t bits = bench.offered();
  CHECK((bits & virtio_feature::kAccessPlatform) == 0);
  CHECK((bits & virtio_feature::kRingPacked) == 0);
  CHECK((bits & (feature_bit(37) | feature_bit(41) | feature_bit(43))) == 0);
}

TEST_CASE("VP-37: BARs 0, 1, 2 and 4 are I/O, memory, I/O and 64-bit prefetchable memory") {
  VirtioPciBench bench;
  for (const unsigned bar : {0x10u, 0x14u, 0x18u, 0x1cu, 0x20u, 0x24u}) {
    bench.cfg_write(bar, 4, ~0u);
  }
  CHECK((bench.cfg(0x10, 4) & 0xffff) == ((0x10000 - 128) | 1));
  CHECK(bench.cfg(0x14, 4) == 0xfffff000);
  CHECK((bench.cfg(0x18, 4) & 0xffff) == ((0x10000 - 4) | 1));
  CHECK(bench.cfg(0x1c, 4) == 0);
  CHECK(bench.cfg(0x20, 4) == (0xffffc000 | 0xc));
  CHECK(bench.cfg(0x24, 4) == 0xffffffff);
}

TEST_CASE("LG-16, VP-36: disable-legacy=on leaves no I/O BAR 0") {
  VirtioPciBench bench(modern_only());
  bench.cfg_write(0x10, 4, ~0u);
  CHECK(bench.cfg(0x10, 4) == 0);
  auto ring = bench.start();
  CHECK(bench.serves(ring));
}

TEST_CASE("LG-16: disable-legacy=auto means on behind an Express port") {
  VirtioPciBench bench({.pci = {.behind_express_port = true}});
  CHECK(bench.cfg(0x02, 2) == 0x1042);
  VirtioPciBench forced({.pci = {.disable_legacy = OnOffAuto::kOff, .behind_express_port = true}});
  CHECK(forced.cfg(0x02, 2) == 0x1001);
}

TEST_CASE("LG-16: disable-modern hides every vendor capability") {
  VirtioPciBench bench(legacy_only());
  CHECK(bench.capability(9) == 0);
  CHECK(bench.cfg(0x02, 2) == 0x1001);
  auto ring = bench.start_legacy();
  bench.offer_read(ring);
  bench.set_port(testing::legacy::kNotify, 2, 0);
  bench.settle();
  CHECK(ring.used_idx() == 1);
}

std::string creation_error(const VirtioPciOptions& options) {
  testing::VectorBackend disk(512);
  GuestMemory ram = GuestMemory::on_heap(4096);
  VirtualClock clock;
  EventQueue events(clock);
  auto made = VirtioPciFunction::create("vda", std::move(*VirtioBlk::create(disk, {})), options,
                                        {ram, events});
  return made ? "" : made.error().message;
}

TEST_CASE("LG-16: both interfaces disabled is an error that names the properties") {
  const std::string message =
      creation_error({.disable_legacy = OnOffAuto::kOn, .disable_modern = true});
  CHECK(message.find("vda: ") == 0);
  CHECK(message.find("disable-legacy") != std::string::npos);
  CHECK(message.find("disable-modern") != std::string::npos);
}

TEST_CASE("PCI-44: vectors= sets the table's size; too many are refused, 0 means none") {
  CHECK(creation_error({.vectors = 2049}).find("vectors=2049") != std::string::npos);
  VirtioPciBench usual;
  CHECK((usual.cfg(usual.capability(0x11) + 2, 2) & 0x7ff) == 1);
  VirtioPciBench none({.pci = {.vectors = 0}});
  CHECK(none.capability(0x11) == 0);
  VirtioPciBench nine({.pci = {.vectors = 9}});
  CHECK((nine.cfg(nine.capability(0x11) + 2, 2) & 0x7ff) == 8);
}

// A device type that never had a legacy form.
struct GpuLike : VirtioDevice {
  uint16_t type_id() const override { return 16; }
  uint64_t device_features() const override { return 0; }
  unsigned queue_count() const override { return 1; }
  uint16_t max_queue_size(unsigned) const override { return 64; }
  QueueWork process_queue(unsigned, Virtqueue&) override { return QueueWork::kDrained; }
  void reset() override {}
  void visit(Archive&) override {}
};

TEST_CASE("LG-15, VP-03: a type without a transitional id is modern-only, without config") {
  GuestMemory ram = GuestMemory::on_heap(4096);
  VirtualClock clock;
  EventQueue events(clock);
  auto refused = VirtioPciFunction::create("gpu", std::make_unique<GpuLike>(),
                                           {.disable_legacy = OnOffAuto::kOff}, {ram, events});
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().message.find("disable-legacy=on") != std::string::npos);

  refused = VirtioPciFunction::create("gpu", std::make_unique<GpuLike>(),
                                      {.disable_modern = true}, {ram, events});
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().message == "gpu: this device is modern-only; drop disable-modern");

  auto made = VirtioPciFunction::create("gpu", std::make_unique<GpuLike>(), {}, {ram, events});
  REQUIRE(made.ok());
  CHECK_FALSE((*made)->has_legacy());
  for (unsigned at = (*made)->config_read(0x34, 1); at != 0; at = (*made)->config_read(at + 1, 1)) {
    CHECK_FALSE(((*made)->config_read(at, 1) == 9 && (*made)->config_read(at + 3, 1) == 4));
  }
}

}  // namespace
}  // namespace vireo
