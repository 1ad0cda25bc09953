// The machine on which the PCI rows are shown: chipset and three plain
// functions, reached only as a guest reaches them.
#pragma once

#include <array>

#include "tests/unit/pci/pci_testbed.h"

namespace vireo::testing {

// 00:00.0 host, 00:1f.0 LPC, 00:03.0 conventional, 00:05.0 and 00:05.1 express.
struct PciMachine : Q35Testbed {
  static constexpr uint64_t kEcam = 0xb0000000;
  static constexpr uint64_t kEcamSize = 0x10000000;
  static constexpr std::array<PciAddress, 5> kPresent = {
      {{0, 0, 0}, {0, 31, 0}, {0, 3, 0}, {0, 5, 0}, {0, 5, 1}}};

  SampleFunction three{"three"};
  SampleFunction five{"five", PciPin::kA, kPciExpressConfig};
  SampleFunction sixth{"five.1", PciPin::kB, kPciExpressConfig};

  PciMachine() {
    (void)bus.attach(three, 3);
    (void)bus.attach(five, 5, 0);
    (void)bus.attach(sixth, 5, 1);
    host.program_express_window({kEcam, kEcamSize});
  }

  uint32_t ecam_read(PciAddress at, unsigned offset, unsigned size) {
    return static_cast<uint32_t>(memory.read(kEcam + ecam_offset(at, offset), size));
  }
  void ecam_write(PciAddress at, unsigned offset, unsigned size, uint32_t value) {
    memory.write(kEcam + ecam_offset(at, offset), size, value);
  }
};

}  // namespace vireo::testing
