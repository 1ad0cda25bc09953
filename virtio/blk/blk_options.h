// What a user may choose about a virtio-blk device; names follow QEMU's properties.
#pragma once

#include <cstdint>
#include <string>

namespace vireo {

struct VirtioBlkOptions {
  std::string serial = {};             // serial=: up to 20 bytes, for GET_ID
  unsigned num_queues = 1;             // num-queues=: 1 to 1024
  unsigned queue_size = 256;           // queue-size=: a power of two from 4 to 1024
  bool write_cache = true;             // write-cache=: initial writeback mode
  bool config_wce = true;              // config-wce=: the driver may switch the mode
  bool discard = true;                 // discard=
  bool write_zeroes = true;            // write-zeroes=
  uint32_t logical_block_size = 512;   // logical_block_size=: 512 to 4096, a power of two
  uint32_t physical_block_size = 512;  // physical_block_size=: a power of two, >= logical
  uint32_t min_io_size = 0;            // min_io_size=: bytes, 0 for one logical block
  uint32_t opt_io_size = 0;            // opt_io_size=: bytes, 0 for unknown

  bool operator==(const VirtioBlkOptions&) const = default;
};

}  // namespace vireo
