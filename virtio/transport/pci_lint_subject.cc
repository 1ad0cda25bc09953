#include "virtio/transport/pci_lint_subject.h"

namespace vireo {

std::vector<std::byte> PciLintSubject::config() const {
  std::vector<std::byte> bytes(function_.device().config_size());
  function_.device().read_config(bytes);
  return bytes;
}

}  // namespace vireo
