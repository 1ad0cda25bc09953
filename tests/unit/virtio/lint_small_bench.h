// A virtio device that is only what the driver lint asks of it, and chains made by hand.
#pragma once

#include <doctest/doctest.h>

#include <cstring>
#include <optional>
#include <string>
#include <vector>

#include "virtio/console/console_protocol.h"
#include "virtio/lint/driver_lint.h"

namespace vireo::testing {

inline constexpr uint16_t kWrite = 2;

struct FakeSmall : LintSubject {
  explicit FakeSmall(uint16_t type, unsigned queues = 6) : type(type), queues(queues) {}
  const std::string& name() const override { return name_; }
  uint16_t type_id() const override { return type; }
  uint64_t offered_features(VirtioInterface) const override { return UINT64_MAX; }
  uint8_t status() const override { return status_; }
  uint64_t features() const override { return accepted; }
  unsigned queue_count() const override { return queues; }
  uint16_t max_queue_size(unsigned) const override { return 64; }
  std::optional<QueueLayout> enabled_queue(unsigned) const override { return {}; }
  bool msix_enabled() const override { return true; }
  bool bus_master() const override { return true; }
  uint32_t notify_step() const override { return 4; }
  std::vector<std::byte> config() const override { return configuration; }
  const GuestMemory& memory() const override { return ram; }

  uint16_t type;
  unsigned queues;
  GuestMemory ram = GuestMemory::on_heap(1 << 20);
  uint64_t accepted = virtio_feature::kVersion1 | virtio_console::kMultiport;
  std::vector<std::byte> configuration = std::vector<std::byte>(16);
  uint8_t status_ = 15;

 private:
  std::string name_ = "small0";
};

struct SmallBench {
  static constexpr uint64_t kBytes = 0x1000;

  explicit SmallBench(uint16_t type) : device(type) {}
  uint64_t breaches(LintRule rule) const { return report.count(rule, device.name()); }
  // The rules that were broken, by id, of those whose ids begin so: there is no transport here, and
  // the driver has not set up anything.
  std::string broken(std::string_view kind) const {
    std::string ids;
    for (size_t i = 0; i < lint_rules().size(); ++i) {
      const std::string_view id = lint_rules()[i].id;
      if (!id.starts_with(kind) || breaches(static_cast<LintRule>(i)) == 0) continue;
      ids += (ids.empty() ? "" : " ") + std::string(id);
    }
    return ids;
  }
  // What a chain of one piece does to the count of a rule.
  uint64_t take(LintRule rule, unsigned queue, uint32_t bytes, uint16_t flags = 0) {
    const uint64_t before = breaches(rule);
    const WatchedDescriptor descriptor{GuestAddr{kBytes}, bytes, flags, 0, 0, false};
    lint.on_chain({queue, false, 0, std::span(&descriptor, 1), ""});
    return breaches(rule) - before;
  }

  FakeSmall device;
  LintReport report{[] { return GuestPlace{}; }, [](const std::string&) {}};
  DriverLint lint{device, report};
};

}  // namespace vireo::testing
