// virtio-balloon: pages that are given back, the target, statistics, reports.
#include "tests/unit/virtio/core_rig.h"
#include "virtio/balloon/balloon_device.h"

namespace vireo::testing {
namespace {

constexpr uint64_t kSecondNs = 1'000'000'000;

struct Rig : CoreRig<VirtioBalloon> {
  static constexpr unsigned kInflate = 0, kDeflate = 1, kStats = 2, kReports = 3;
  static constexpr uint64_t kList = kBuffers;
  static constexpr uint64_t kPages = 0x100000;  // 256 pages to play with
  static constexpr uint32_t kFirst = kPages >> 12;

  explicit Rig(const VirtioBalloonOptions& options = {})
      : CoreRig([&](RigBase& base) {
          return std::make_unique<VirtioBalloon>(
              options, base.events, [this](GuestAddr first, uint64_t bytes) {
                released.emplace_back(first.value >> 12, bytes >> 12);
              });
        }) {
    ram.fill(GuestAddr{kPages}, 0x100000, std::byte{0x77});
  }

  void send_pages(unsigned queue, const std::vector<uint32_t>& pages) {
    ram.write_bytes(GuestAddr{kList}, std::as_bytes(std::span(pages)));
    send(queue, {{kList, static_cast<uint32_t>(4 * pages.size()), false}});
  }
  void send_stats(const std::vector<std::pair<uint16_t, uint64_t>>& stats) {
    uint64_t at = kList;
    for (const auto& [tag, value] : stats) {
      ram.write(GuestAddr{at}, tag);
      ram.write(GuestAddr{at + 2}, value);
      at += 10;
    }
    send(kStats, {{kList, static_cast<uint32_t>(at - kList), false}});
  }
  std::vector<std::pair<uint64_t, uint64_t>> released;  // first page, pages

  // Which of the first pages are zeros: "01001...", 1 for zeros.
  std::string zeroed(uint32_t count) {
    std::string out;
    for (uint32_t i = 0; i < count; ++i) {
      const std::string page = text(kPages + 4096 * uint64_t{i}, 4096);
      out += page == std::string(4096, '\0') ? '1' : page == std::string(4096, 'w') ? '0' : '?';
    }
    return out;
  }
};

TEST_CASE("BAL-01: pages of the balloon read as zeros, whatever their order") {
  for (const auto via : {VirtioInterface::kModern, VirtioInterface::kLegacy}) {
    Rig rig;
    rig.start(~uint64_t{0}, via);
    const uint32_t p = Rig::kFirst;
    rig.send_pages(Rig::kInflate, {p + 1, p + 2, p + 9, p + 8, p + 7, p + 4});
    CHECK(rig.zeroed(12) == "011010011100");
    CHECK(rig.released ==
          std::vector<std::pair<uint64_t, uint64_t>>{{p + 1, 2}, {p + 7, 3}, {p + 4, 1}});
    CHECK(rig.last_used(Rig::kInflate, 1).length == 0);
  }
}

TEST_CASE("BAL-01: pages that are no RAM, and pages given twice, do no harm") {
  Rig rig;
  rig.start();
  const uint32_t p = Rig::kFirst;
  rig.send_pages(Rig::kInflate, {UINT32_MAX, p, Rig::kRam >> 12, p, 0x80000000, p + 2});
  CHECK(rig.zeroed(4) == "1010");
  CHECK_FALSE(rig.core.broken());
}

TEST_CASE("BAL-01: deflating leaves memory alone") {
  Rig rig;
  rig.start();
  rig.send_pages(Rig::kDeflate, {Rig::kFirst});
  CHECK(rig.zeroed(2) == "00");
  CHECK(rig.used(Rig::kDeflate) == 1);
}

TEST_CASE("BAL-01: a list that ends within a number, and one that is too long") {
  Rig rig;
  rig.start();
  rig.put(Rig::kList, std::string_view("\0\1\0\0\1\1", 6));
  rig.send(Rig::kInflate, {{Rig::kList, 6, false}});
  CHECK(rig.zeroed(2) == "10");
  rig.ram.fill(GuestAddr{Rig::kList}, 4 * VirtioBalloon::kMaxPages, std::byte{0xff});
  rig.ram.write(GuestAddr{Rig::kList + 4 * VirtioBalloon::kMaxPages}, Rig::kFirst + 1);
  rig.send(Rig::kInflate, {{Rig::kList, 4 * VirtioBalloon::kMaxPages + 4, false}});
  CHECK(rig.zeroed(2) == "10");
  CHECK(rig.used(Rig::kInflate) == 2);
}

TEST_CASE("BAL-01, LG-10: the target tells the driver; actual is the driver's, byte by byte") {
  Rig rig;
  rig.start();
  rig.device->set_target_pages(0x1234);
  CHECK(rig.config_interrupts == 1);
  CHECK(rig.core.read_config(0, 4) == 0x1234);
  rig.core.write_config(0, 4, 7);
  CHECK(rig.device->target_pages() == 0x1234);
  rig.core.write_config(4, 4, 0x1000);
  CHECK(rig.device->actual_pages() == 0x1000);
  rig.core.write_config(4, 1, 0x34);
  rig.core.write_config(5, 1, 0x12);
  CHECK(rig.device->actual_pages() == 0x1234);
  rig.device->set_target_pages(0x1234);
  CHECK(rig.config_interrupts == 1);
  rig.start();
  CHECK(rig.device->actual_pages() == 0);
  CHECK(rig.device->target_pages() == 0x1234);
}

TEST_CASE("BAL-01: statistics are read, and their buffer kept until the next poll") {
  Rig rig({.stats_interval_s = 2});
  rig.start();
  rig.send_stats({{4, 1000}, {5, 2000}, {99, 3}});
  CHECK(rig.device->stats()[4] == 1000);
  CHECK(rig.device->stats()[5] == 2000);
  CHECK_FALSE(rig.device->stats()[0].has_value());
  CHECK(rig.used(Rig::kStats) == 0);
  rig.pass(2 * kSecondNs);
  CHECK(rig.used(Rig::kStats) == 1);
  rig.send_stats({{4, 500}});
  CHECK(rig.device->stats()[4] == 500);
  CHECK_FALSE(rig.device->stats()[5].has_value());
  rig.pass(2 * kSecondNs);
  CHECK(rig.used(Rig::kStats) == 2);
}

TEST_CASE("BAL-01: without an interval the statistics buffer stays") {
  Rig rig;
  rig.start();
  rig.send_stats({{4, 1000}});
  rig.pass(100 * kSecondNs);
  CHECK(rig.used(Rig::kStats) == 0);
}

TEST_CASE("BAL-01: reported pages are discarded, whole ones only") {
  Rig rig({.free_page_reporting = true});
  rig.start();
  REQUIRE(rig.device->queue_count() == 4);
  rig.send(Rig::kReports, {{Rig::kPages, 0x2000, true}, {Rig::kPages + 0x3800, 0x2000, true}});
  CHECK(rig.zeroed(7) == "1100100");
  CHECK(rig.used(Rig::kReports) == 1);
}

TEST_CASE("BAL-01: a driver that poisons free pages finds its pattern") {
  Rig rig({.free_page_reporting = true});
  rig.start();
  rig.core.write_config(12, 4, 0x77777777);
  rig.send(Rig::kReports, {{Rig::kPages, 0x2000, true}});
  CHECK(rig.zeroed(2) == "00");
  CHECK(rig.used(Rig::kReports) == 1);
}

TEST_CASE("features follow the options, and the configuration's length as well") {
  using namespace virtio_balloon;
  CHECK(Rig().device->device_features() == (kStatsQueue | kPagePoison));
  Rig rig({.deflate_on_oom = true, .free_page_reporting = true, .page_poison = false});
  CHECK(rig.device->device_features() == (kStatsQueue | kDeflateOnOom | kReporting));
  CHECK(rig.device->config_size() == 8);
  rig.core.write_config(12, 4, 1);
  CHECK(rig.core.read_config(12, 4) == 0);
}

TEST_CASE("virtio-balloon saves and loads, with a statistics buffer that is held") {
  Rig rig({.stats_interval_s = 2});
  rig.start();
  rig.device->set_target_pages(5);
  rig.core.write_config(4, 4, 3);
  rig.send_stats({{4, 1000}});
  rig.check_save_and_load();
  CHECK(rig.device->stats()[4] == 1000);
  rig.pass(2 * kSecondNs);
  CHECK(rig.used(Rig::kStats) == 1);
}

}  // namespace
}  // namespace vireo::testing
