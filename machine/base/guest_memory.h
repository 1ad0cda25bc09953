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
#include "machine/base/smram_map.h"

namespace vireo {

// A run of RAM in guest physical space, or of ROM, which can only be read. `base` and
// `size` are multiples of kPageSize; `host` points at `size` bytes which outlive the
// GuestMemory.
struct RamRegion {
  GuestAddr base;
  uint64_t size = 0;
  std::byte* host = nullptr;
  bool writable = true;

  constexpr GuestAddr end() const { return base + size; }
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
  // Other memory stands at some addresses than before: translations to host pages are
  // stale. code_written() has told of each page with code among them.
  virtual void memory_switched() {}
};

// Where a RAM page lives on the host, for the CPU's TLB fill only.
struct HostPage {
  std::byte* bytes = nullptr;     // first byte of the page
  uint8_t* holds_code = nullptr;  // how many keepers have decoded code on the page
  bool writable = false;          // stores go to `bytes`; else to the bus, where ROM drops them
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

  // Bulk forms; false (and no effect) unless the whole range is RAM; ROM can be read. A
  // range may run through adjoining regions.
  bool read_bytes(GuestAddr addr, std::span<std::byte> out) const;
  bool write_bytes(GuestAddr addr, std::span<const std::byte> in);
  bool fill(GuestAddr addr, uint64_t length, std::byte value);

  // Whether [addr, addr + length) is all RAM or ROM; true for length 0 at any address.
  bool contains(GuestAddr addr, uint64_t length) const;

  const std::vector<RamRegion>& regions() const { return regions_; }
  uint64_t total_bytes() const;

  // From now on `pieces`, sorted and inside of [base, base + size), are the memory of
  // that range, all of whose bounds are multiples of kPageSize. Keepers are told.
  void replace(GuestAddr base, uint64_t size, std::vector<RamRegion> pieces);

  // Memory which processors alone reach, in system management mode: it has addresses
  // from kHidden on, where no device can find it. smram_map() leads there.
  static constexpr uint64_t kHidden = uint64_t{1} << 62;
  void set_smram(const SmramMap& map, std::vector<RamRegion> hidden);
  const SmramMap& smram_map() const { return smram_; }
  const std::vector<RamRegion>& hidden_regions() const { return hidden_; }

  // The host page of RAM page `page`, or bytes == nullptr when it is not RAM.
  // For the CPU's TLB fill and instruction fetch only.
  HostPage host_page(GuestAddr page) const;
  // read_bytes() and write_bytes() for processors and those who look through their eyes:
  // hidden memory is memory as well.
  bool read_as_cpu(GuestAddr addr, std::span<std::byte> out) const;
  bool write_as_cpu(GuestAddr addr, std::span<const std::byte> in);

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
    bool writable;
  };
  // The longest piece of one region at `addr`, at most `length` bytes.
  std::optional<Chunk> chunk(GuestAddr addr, uint64_t length) const;
  bool all_regions(GuestAddr addr, uint64_t length, bool writable) const;
  void notify_code_written(GuestAddr addr, uint64_t length);
  void drop_code(GuestAddr base, uint64_t size);
  void cut(GuestAddr base, uint64_t size);
  bool one_piece(const RamRegion& first, const RamRegion& second);
  void join_neighbours();
  uint8_t* code_count(const RamRegion& region);
  void tell_switched();

  struct FreeBytes {
    void operator()(void* bytes) const;
  };
  // A byte for each page of a range in which regions come and go.
  struct CodeCounts {
    GuestAddr base;
    uint64_t size = 0;
    std::unique_ptr<uint8_t[], FreeBytes> counts;
  };
  std::vector<RamRegion> regions_;
  std::vector<RamRegion> hidden_;
  SmramMap smram_;
  std::vector<CodeCounts> code_counts_;
  // Of the first page of each region, in region order; and of the hidden ones.
  std::vector<uint8_t*> holds_code_;
  std::vector<uint8_t*> hidden_code_;
  std::unique_ptr<std::byte[], FreeBytes> heap_;
  std::vector<CodeKeeper*> keepers_;
};

}  // namespace vireo
