// The expansion ROM of a PCI function: code for firmware, behind a base address register
// of its own (PCI 3.0 sections 6.2.5.2 and 6.3).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "machine/base/io_space.h"
#include "machine/base/result.h"
#include "pci/config_space.h"
#include "pci/decode_window.h"

namespace vireo {

// Bytes of an image, up to 16 MiB; what follows them up to a power of two, at least 2 KiB,
// reads as ones. The register is in the function's configuration space.
class ExpansionRom : private IoHandler {
 public:
  static constexpr size_t kMaxBytes = size_t{16} << 20;

  // `name` is shown in the memory map; the image is at most kMaxBytes long.
  ExpansionRom(ConfigSpace& config, std::vector<std::byte> image, std::string name);

  uint64_t size() const { return size_; }
  // Brings the window in line with the register and the command register's memory bit,
  // both of which must be on.
  void update(const ConfigSpace& config);
  DecodeWindow& window() { return window_; }

 private:
  uint64_t read(uint64_t offset, unsigned size) override;
  void write(uint64_t, unsigned, uint64_t) override {}

  std::vector<std::byte> image_;
  uint64_t size_;
  DecodeWindow window_;
};

}  // namespace vireo
