// The breakpoints of DR0-DR3 as DR7 arms them, sorted by what they watch (SDM 3B
// 18.2.4, 18.2.5).
#pragma once

#include <cstdint>

namespace vireo {

// DR6 and DR7 bits (SDM 3B 18.2.3, 18.2.4).
inline constexpr uint64_t kDr6Bd = 1u << 13, kDr6Bs = 1u << 14, kDr6Bt = 1u << 15,
                          kDr6Breakpoints = 0xf, kDr7Gd = 1u << 13;
inline constexpr uint64_t kDr6Fixed = 0xffff0ff0, kDr6Writable = 0xe00f, kDr7Fixed = 0x400,
                          kDr7Writable = 0xffff23ff;

// Results are the bits B0-B3 of DR6 for the armed breakpoints that an access
// meets; those which are not armed never show.
class Breakpoints {
 public:
  // `extensions` is CR4.DE, without which there are no port breakpoints.
  void load(const uint64_t (&dr)[8], bool extensions);

  bool on_code() const { return code_ != 0; }
  bool on_data() const { return (reads_ | writes_) != 0; }
  bool on_ports() const { return ports_ != 0; }

  uint64_t code_hits(uint64_t linear) const;
  uint64_t data_hits(uint64_t linear, unsigned size, bool write) const;
  uint64_t port_hits(uint16_t port, unsigned size) const;
  // Whether a data breakpoint lies in the page of `linear`.
  bool watches_page(uint64_t linear) const;

 private:
  struct Range {
    uint64_t first = 0, last = 0;
  };
  uint64_t overlapping(unsigned which, uint64_t first, uint64_t last) const;

  Range ranges_[4];
  // Bit n stands for DRn.
  unsigned code_ = 0, writes_ = 0, reads_ = 0, ports_ = 0;
};

}  // namespace vireo
