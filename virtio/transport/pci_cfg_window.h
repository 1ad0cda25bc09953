// The PCI configuration access capability: a driver's way to the structures when it
// cannot reach the BARs (VirtIO 1.4 section 4.1.4.9).
#pragma once

#include <cstdint>
#include <vector>

#include "machine/base/io_space.h"
#include "pci/config_space.h"

namespace vireo {

// A structure that the function offers by a capability.
struct VirtioPciRegion {
  uint8_t bar = 0;
  uint32_t offset = 0;  // within the BAR
  uint32_t length = 0;
  IoHandler* handler = nullptr;  // of the whole BAR
};

// Registers bar, offset, length and four bytes of data. Reading or writing any byte of
// the data makes the access to the structure there and then, with all its effects. An
// access that has another length than 1, 2 or 4, is misaligned, or does not lie within
// one offered structure is not made: data then reads as zero.
class PciCfgWindow {
 public:
  // Adds the capability; `config` must outlive it.
  void build(ConfigSpace& config, std::vector<VirtioPciRegion> regions);

  // To be called around configuration cycles with their offset and size.
  void before_config_read(unsigned offset, unsigned size);
  void after_config_write(unsigned offset, unsigned size);

 private:
  struct Access {
    IoHandler* handler;
    uint32_t offset;
    unsigned size;
  };
  bool touches_data(unsigned offset, unsigned size) const;
  bool requested_access(Access& access) const;

  ConfigSpace* config_ = nullptr;  // null until built
  unsigned capability_ = 0;
  std::vector<VirtioPciRegion> regions_;
};

}  // namespace vireo
