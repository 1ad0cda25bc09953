// The x87 environment as a whole: words that combine its parts, and its images
// in memory (SDM 1, 8.1.9 and 8.1.10).
#pragma once

#include "cpu/exec/x87_host.h"

namespace vireo {

// The status word with TOP in its place.
inline uint16_t x87_status_word(const X87State& x) {
  return static_cast<uint16_t>(x.status | x.top << 11);
}
// Takes a status word from memory; ES and B are recomputed, not believed.
inline void x87_set_status_word(X87State& x, uint16_t word) {
  x.status = word & ~0x3800;
  x.top = word >> 11 & 7;
  host::clear_flags();
  x87_update_summary(x);
}
// Reserved bits read as a processor gives them: bit 6 set, 7 and 13-15 clear.
inline void x87_set_control(X87State& x, uint16_t word) {
  x.control = static_cast<uint16_t>((word & 0x1f3f) | 0x40);
  x87_update_summary(x);
}
// FNINIT: registers keep their contents.
void x87_initialise(X87State& x);

// Two bits for each physical register: valid, zero, special, empty.
uint16_t x87_tag_word(const X87State& x);

Handler x87_environment_handler(unsigned arg);

}  // namespace vireo
