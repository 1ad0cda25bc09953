// The configuration space of one PCI function: bytes, which of them the guest
// may change, and the two capability lists (PCI 3.0 section 6; PCIe 7.2 and 7.6).
#pragma once

#include <array>
#include <cstdint>
#include <type_traits>

#include "machine/base/archive.h"
#include "pci/address.h"

namespace vireo {

// A register file of 256 or 4096 bytes, little-endian. Three masks describe
// each bit: writable, write-one-to-clear, or (neither) read-only to the guest.
// Besides its current value each byte has a reset value. Masks and reset values
// are fixed when the function is built; only current values are saved.
//
// Device-side offsets must be in range (a bug otherwise); guest-side offsets
// may be anything.
class ConfigSpace {
 public:
  // `size` is kPciConventionalConfig or kPciExpressConfig.
  explicit ConfigSpace(unsigned size = kPciConventionalConfig);

  unsigned size() const { return size_; }

  // Building: `value` becomes the current and the reset value; the bits in
  // `writable` and `clear_on_one` are added to the masks. T is uint8_t to uint64_t.
  template <typename T>
  void define(unsigned offset, T value, std::type_identity_t<T> writable = 0,
              std::type_identity_t<T> clear_on_one = 0) {
    define_bytes(offset, sizeof(T), value, writable, clear_on_one);
  }
  // Replaces the guest's write mask, for registers with lock bits.
  template <typename T>
  void set_writable(unsigned offset, T writable) {
    put(writable_, offset, sizeof(T), writable);
  }

  // The device's own view of a register: ignores the masks.
  template <typename T>
  T get(unsigned offset) const {
    return static_cast<T>(take(bytes_, offset, sizeof(T)));
  }
  template <typename T>
  void set(unsigned offset, T value) {
    put(bytes_, offset, sizeof(T), value);
  }

  // Guest accesses of 1, 2 or 4 bytes at any offset. Bytes past the end read as
  // all ones and drop writes; unaligned accesses act byte by byte.
  uint32_t read(unsigned offset, unsigned size) const;
  void write(unsigned offset, unsigned size, uint32_t value);

  // Appends a capability of `length` bytes (header included) to the list at
  // 0x34 and sets status bit 4. It lands on the next free dword from 0x40, or at
  // `at` (dword-aligned, free). Returns its offset; the body is read-only zeros
  // until defined. Capabilities keep the order of the calls.
  unsigned add_capability(uint8_t id, unsigned length, unsigned at = 0);
  // The same for the extended list from 0x100, which needs a 4096-byte space.
  // The first one always sits at 0x100.
  unsigned add_extended_capability(uint16_t id, uint8_t version, unsigned length);

  // All bytes to their reset values.
  void reset() { bytes_ = reset_; }
  void visit(Archive& archive);

 private:
  using Bytes = std::array<uint8_t, kPciExpressConfig>;
  static uint64_t take(const Bytes& bytes, unsigned offset, unsigned size);
  static void put(Bytes& bytes, unsigned offset, unsigned size, uint64_t value);
  void define_bytes(unsigned offset, unsigned size, uint64_t value, uint64_t writable,
                    uint64_t clear_on_one);

  unsigned size_;
  Bytes bytes_{};
  Bytes reset_{};
  Bytes writable_{};
  Bytes clear_on_one_{};
  unsigned next_capability_ = 0x40;
  unsigned last_capability_link_ = 0x34;  // the byte that will point at the next one
  unsigned next_extended_ = 0x100;
  unsigned last_extended_ = 0;  // 0: none yet
};

}  // namespace vireo
