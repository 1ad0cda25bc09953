// A virtio PCI function as the driver lint sees it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "virtio/lint/lint_subject.h"
#include "virtio/transport/pci_function.h"

namespace vireo {

// The function must outlive it.
class PciLintSubject final : public LintSubject {
 public:
  explicit PciLintSubject(VirtioPciFunction& function)
      : function_(function), name_(function.name()) {}

  const std::string& name() const override { return name_; }
  uint16_t type_id() const override { return function_.device().type_id(); }
  uint64_t offered_features(VirtioInterface via) const override {
    return function_.core().offered_features(via);
  }
  uint8_t status() const override { return function_.core().status(); }
  uint64_t features() const override { return function_.core().features(); }
  unsigned queue_count() const override { return function_.core().queue_count(); }
  uint16_t max_queue_size(unsigned queue) const override {
    return function_.device().max_queue_size(queue);
  }
  std::optional<QueueLayout> enabled_queue(unsigned queue) const override;
  bool msix_enabled() const override { return function_.msix_enabled(); }
  bool bus_master() const override { return function_.bus_master(); }
  uint32_t notify_step() const override { return function_.notify_step(); }
  std::vector<std::byte> config() const override;
  const GuestMemory& memory() const override { return function_.core().memory(); }

 private:
  VirtioPciFunction& function_;
  std::string name_;
};

}  // namespace vireo
