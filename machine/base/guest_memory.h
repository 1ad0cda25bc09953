// Guest RAM: the only owner of the mapping from guest physical addresses to
// host bytes. Everybody else reads and writes values at addresses; only the
// CPU's TLB fill asks for a host page (design: raw pointers live in one place).
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <span>
#include <type_traits>
#include <vector>

#include "machine/base/guest_addr.h"

namespace vireo {

// A run of RAM in guest physical space. `base` and `size` are multiples of
// kPageSize; `host` points at `size` bytes which outlive the GuestMemory.
struct RamRegion {
  GuestAddr base;
  uint64_t size = 0;
  std::byte* host = nullptr;
};

// One that keeps decoded instructions of guest memory: a CPU with its block cache
// and TLB. Self-modifying code, stores by other CPUs and DMA into code are
// noticed by these same hooks. All ranges lie within one page.
class CodeKeeper {
 public:
  virtual ~CodeKeeper() = default;
  // Bytes [addr, addr + length) were written; the page holds somebody's code.
  virtual void code_written(GuestAddr addr, uint64_t length) = 0;
  // The first code was found on this host page: stores to it must be noticed.
  virtual void code_found(const std::byte* host_page) = 0;
  // Whether code of this keeper may stand in the range.
  virtual bool keeps_code(GuestAddr addr, uint64_t length) const = 0;
};

// Where a RAM page lives on the host, for the CPU's TLB fill only.
struct HostPage {
  std::byte* bytes = nullptr;     // first byte of the page
  uint8_t* holds_code = nullptr;  // how many keepers have decoded code on the page
};

class GuestMemory {
 public:
  // Regions must not overlap; they are sorted here. Does not own the bytes.
  explicit GuestMemory(std::vector<RamRegion> regions);

  // RAM [0, size) on the host heap, zeroed; for tests and small tools.
  static GuestMemory on_heap(uint64_t size);

  // The value of a trivially copyable T (little-endian, as in guest memory)
  // at `addr`, or nothing when any byte of it is not RAM.
  template <typename T>
  std::optional<T> read(GuestAddr addr) const {
    static_assert(std::is_trivially_copyable_v<T>);
    T value;
    if (const std::byte* host = contiguous(addr, sizeof(T))) {
      std::memcpy(&value, host, sizeof(T));
      return value;
    }
    if (!read_bytes(addr, std::as_writable_bytes(std::span(&value, 1)))) return std::nullopt;
    return value;
  }

  // False, and nothing written, when any byte of the destination is not RAM.
  template <typename T>
  bool write(GuestAddr addr, const T& value) {
    static_assert(std::is_trivially_copyable_v<T>);
    return write_bytes(addr, std::as_bytes(std::span(&value, 1)));
  }

  // Bulk forms; false (and no effect) unless the whole range is RAM. A range
  // may run through adjoining regions.
  bool read_bytes(GuestAddr addr, std::span<std::byte> out) const;
  bool write_bytes(GuestAddr addr, std::span<const std::byte> in);
  bool fill(GuestAddr addr, uint64_t length, std::byte value);

  // Whether [addr, addr + length) is all RAM; true for length 0 at any address.
  bool contains(GuestAddr addr, uint64_t length) const;

  const std::vector<RamRegion>& regions() const { return regions_; }
  uint64_t total_bytes() const;

  // The host page of RAM page `page`, or bytes == nullptr when it is not RAM.
  // For the CPU's TLB fill and instruction fetch only.
  HostPage host_page(GuestAddr page) const;

  // Code tracking. Writes to a page on which some keeper has code are told to all
  // keepers, in the order in which they were added (at most 255); a CPU's own
  // stores look at HostPage::holds_code when they fill the TLB.
  void add_code_keeper(CodeKeeper& keeper) { keepers_.push_back(&keeper); }
  void remove_code_keeper(CodeKeeper& keeper) { std::erase(keepers_, &keeper); }
  // One keeper now has code on the page, or has no more. Each calls them in turns.
  void add_code(GuestAddr page);
  void remove_code(GuestAddr page);
  // Whether any keeper's code may stand in a range of one page.
  bool code_in(GuestAddr addr, uint64_t length) const;
  // A CPU stored to RAM itself; the range lies within one page.
  void tell_code_written(GuestAddr addr, uint64_t length) {
    for (CodeKeeper* keeper : keepers_) keeper->code_written(addr, length);
  }

 private:
  // The host bytes of a range that lies within one region, or null.
  const std::byte* contiguous(GuestAddr addr, uint64_t length) const {
    for (const RamRegion& region : regions_) {
      const uint64_t offset = addr.value - region.base.value;
      if (offset < region.size && length <= region.size - offset) return region.host + offset;
    }
    return nullptr;
  }

  struct Chunk {
    std::byte* host;
    uint64_t length;
  };
  // The longest piece of one region at `addr`, at most `length` bytes.
  std::optional<Chunk> chunk(GuestAddr addr, uint64_t length) const;
  void notify_code_written(GuestAddr addr, uint64_t length);

  struct FreeBytes {
    void operator()(void* bytes) const;
  };
  std::vector<RamRegion> regions_;
  // One byte for each page of each region, in region order.
  std::vector<std::unique_ptr<uint8_t[], FreeBytes>> holds_code_;
  std::unique_ptr<std::byte[], FreeBytes> heap_;
  std::vector<CodeKeeper*> keepers_;
};

}  // namespace vireo
