// The driver lint watching a device that is fuzzed: it reads what the driver wrote, too.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "virtio/core.h"
#include "virtio/lint/driver_lint.h"

namespace vireo::fuzz {

// A device behind its core alone, without PCI.
class CoreLintSubject final : public LintSubject {
 public:
  explicit CoreLintSubject(VirtioCore& core) : core_(core) {}
  const std::string& name() const override { return name_; }
  uint16_t type_id() const override { return core_.device().type_id(); }
  uint64_t offered_features(VirtioInterface via) const override {
    return core_.offered_features(via);
  }
  uint8_t status() const override { return core_.status(); }
  uint64_t features() const override { return core_.features(); }
  unsigned queue_count() const override { return core_.queue_count(); }
  uint16_t max_queue_size(unsigned queue) const override {
    return core_.device().max_queue_size(queue);
  }
  std::optional<QueueLayout> enabled_queue(unsigned queue) const override {
    const VirtioQueueSetup& setup = core_.queue_setup(queue);
    return setup.enabled ? std::optional(setup.layout) : std::nullopt;
  }
  bool msix_enabled() const override { return true; }
  bool bus_master() const override { return true; }
  uint32_t notify_step() const override { return 4; }
  std::vector<std::byte> config() const override {
    std::vector<std::byte> bytes(core_.device().config_size());
    core_.device().read_config(bytes);
    return bytes;
  }
  const GuestMemory& memory() const override { return core_.memory(); }

 private:
  VirtioCore& core_;
  std::string name_ = "fuzzed";
};

// Watches the core from now until it goes, which must be before the core does.
struct CoreLint {
  explicit CoreLint(VirtioCore& core) : core(core), subject(core) { core.set_watch(&lint); }
  ~CoreLint() { core.set_watch(nullptr); }
  CoreLint(const CoreLint&) = delete;
  CoreLint& operator=(const CoreLint&) = delete;

  VirtioCore& core;
  CoreLintSubject subject;
  LintReport report{[] { return GuestPlace{}; }, [](const std::string&) {}};
  DriverLint lint{subject, report};
};

}  // namespace vireo::fuzz
