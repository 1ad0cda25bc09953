// Register layouts as data: a table of (register, offset, width), checked at
// compile time, which does the splitting of wide, narrow and straddling
// accesses once for every device.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace vireo {

template <typename Reg>
struct RegisterField {
  Reg reg;
  uint16_t offset;  // bytes from the start of the map
  uint8_t width;    // bytes: 1, 2, 4 or 8
};

// `Reg` is the device's enum. Use as
//   static constexpr RegisterMap<Reg, N> kMap{{{Reg::kStatus, 0x00, 4}, ...}};
//   static_assert(kMap.valid());
template <typename Reg, size_t N>
struct RegisterMap {
  std::array<RegisterField<Reg>, N> fields;

  // No two fields overlap, widths are legal, offsets ascend.
  constexpr bool valid() const {
    for (size_t i = 0; i < N; ++i) {
      const auto& f = fields[i];
      if (f.width != 1 && f.width != 2 && f.width != 4 && f.width != 8) return false;
      if (i > 0 && fields[i - 1].offset + fields[i - 1].width > f.offset) return false;
    }
    return true;
  }

  // Reads `size` bytes at `offset`. `get(Reg)` gives a field's whole value and
  // may have side effects; it is called once for each field touched, in
  // ascending order. Gaps read as zero.
  template <typename Get>
  uint64_t read(uint64_t offset, unsigned size, Get&& get) const {
    uint64_t value = 0;
    for (const auto& f : fields) {
      if (f.offset >= offset + size || f.offset + f.width <= offset) continue;
      const uint64_t field = get(f.reg);
      value |= f.offset >= offset ? mask(field, f.width) << (8 * (f.offset - offset))
                                  : mask(field, f.width) >> (8 * (offset - f.offset));
    }
    return mask(value, size);
  }

  // Writes `size` bytes at `offset`. `set(Reg, value)` gets a field's whole new
  // value; where only part of a field is covered, the rest comes from
  // `peek(Reg)`, which must have no side effects. Gaps drop what is written.
  template <typename Peek, typename Set>
  void write(uint64_t offset, unsigned size, uint64_t value, Peek&& peek, Set&& set) const {
    for (const auto& f : fields) {
      if (f.offset >= offset + size || f.offset + f.width <= offset) continue;
      uint64_t merged = 0;
      bool partial = false;
      for (unsigned i = 0; i < f.width; ++i) partial |= !covered(f.offset + i, offset, size);
      const uint64_t old = partial ? peek(f.reg) : 0;
      for (unsigned i = 0; i < f.width; ++i) {
        const uint64_t at = f.offset + i;
        const uint64_t byte = covered(at, offset, size) ? value >> (8 * (at - offset))
                                                        : old >> (8 * i);
        merged |= (byte & 0xff) << (8 * i);
      }
      set(f.reg, merged);
    }
  }

 private:
  static constexpr bool covered(uint64_t at, uint64_t offset, unsigned size) {
    return at >= offset && at < offset + size;
  }
  static constexpr uint64_t mask(uint64_t value, unsigned bytes) {
    return bytes >= 8 ? value : value & ((uint64_t{1} << (8 * bytes)) - 1);
  }
};

}  // namespace vireo
