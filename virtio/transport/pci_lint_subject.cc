#include "virtio/transport/pci_lint_subject.h"

namespace vireo {

std::optional<QueueLayout> PciLintSubject::enabled_queue(unsigned queue) const {
  const VirtioQueueSetup& setup = function_.core().queue_setup(queue);
  return setup.enabled ? std::optional(setup.layout) : std::nullopt;
}

std::vector<std::byte> PciLintSubject::config() const {
  std::vector<std::byte> bytes(function_.device().config_size());
  function_.device().read_config(bytes);
  return bytes;
}

}  // namespace vireo
