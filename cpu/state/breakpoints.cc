#include "cpu/state/breakpoints.h"

namespace vireo {
namespace {

enum Condition : unsigned { kExecute, kWrite, kPort, kReadOrWrite };

// LEN: one, two, eight and four bytes.
constexpr uint64_t kLengths[4] = {1, 2, 8, 4};

}  // namespace

void Breakpoints::load(const uint64_t (&dr)[8], bool extensions) {
  *this = {};
  for (unsigned n = 0; n < 4; ++n) {
    const bool armed = dr[7] >> 2 * n & 3;
    if (!armed) continue;
    const unsigned condition = dr[7] >> (16 + 4 * n) & 3;
    const uint64_t length = kLengths[dr[7] >> (18 + 4 * n) & 3];
    const uint64_t first = dr[n] & ~(length - 1);
    ranges_[n] = {first, first + length - 1};
    const unsigned bit = 1u << n;
    if (condition == kExecute) {
      code_ |= bit;
      ranges_[n] = {dr[n], dr[n]};
    }
    if (condition == kWrite || condition == kReadOrWrite) writes_ |= bit;
    if (condition == kReadOrWrite) reads_ |= bit;
    if (condition == kPort && extensions) ports_ |= bit;
  }
}

uint64_t Breakpoints::overlapping(unsigned which, uint64_t first, uint64_t last) const {
  uint64_t hits = 0;
  for (unsigned n = 0; n < 4; ++n) {
    const bool meets = first <= ranges_[n].last && last >= ranges_[n].first;
    if ((which >> n & 1) && meets) hits |= 1u << n;
  }
  return hits;
}

uint64_t Breakpoints::code_hits(uint64_t linear) const {
  return overlapping(code_, linear, linear);
}

uint64_t Breakpoints::data_hits(uint64_t linear, unsigned size, bool write) const {
  return overlapping(write ? writes_ : reads_, linear, linear + size - 1);
}

uint64_t Breakpoints::port_hits(uint16_t port, unsigned size) const {
  return overlapping(ports_, port, port + size - 1);
}

bool Breakpoints::watches_page(uint64_t linear) const {
  if (!on_data()) return false;
  const uint64_t first = linear & ~uint64_t{0xfff};
  return overlapping(reads_ | writes_, first, first + 0xfff) != 0;
}

}  // namespace vireo
