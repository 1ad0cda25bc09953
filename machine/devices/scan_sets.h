// The three sets of scan codes in which a PC keyboard tells what is pressed and released.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace vireo {

// The code of set 1 for one of set 2, as the keyboard controller's ROM translates it (IBM PS/2
// technical reference); codes of 0x80 and above pass, with two exceptions.
uint8_t set1_code(uint8_t set2_code);

// Whole key changes that are given in set 2, in another set (1, 2 or 3). In set 3 each key has one
// byte; those to which it gives none are left out, and so are releases without `breaks`, but for
// the keys that are held: shift, ctrl, alt and caps lock (IBM PS/2 technical reference, keyboards).
std::vector<uint8_t> in_scan_set(std::span<const uint8_t> set2_codes, uint8_t set, bool breaks);

}  // namespace vireo
