// Reproducible random numbers for tests, with a liking for edges.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace vireo {

class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed * 0x9e3779b97f4a7c15 + 1) {}

  // splitmix64
  uint64_t next() {
    uint64_t z = state_ += 0x9e3779b97f4a7c15;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
  }
  uint64_t below(uint64_t limit) { return next() % limit; }
  bool one_in(uint64_t n) { return below(n) == 0; }
  template <typename T, size_t n>
  T pick(const T (&values)[n]) {
    return values[below(n)];
  }

  // A 64-bit value: an edge of some operand size, a small one, or any.
  uint64_t operand() {
    static constexpr uint64_t kEdges[] = {
        0, 1, 2, 0x7f, 0x80, 0x81, 0xff, 0x100, 0x7fff, 0x8000, 0xffff, 0x10000, 0x7fffffff,
        0x80000000, 0xffffffff, 0x100000000, 0x7fffffffffffffff, 0x8000000000000000,
        0xfffffffffffffffe, 0xffffffffffffffff};
    switch (below(4)) {
      case 0: return kEdges[below(std::size(kEdges))];
      case 1: return next() >> below(64);
      default: return next();
    }
  }

 private:
  uint64_t state_;
};

}  // namespace vireo
