// An address space of device registers: one instance models memory-mapped I/O,
// another the 64 KiB of port I/O. Devices map handlers into it; the CPU reads
// and writes addresses.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace vireo {

// A device's view of its registers. `offset` is relative to the mapping's base,
// `size` is 1, 2, 4 or 8 bytes and never runs past the mapping's end. Offsets
// need not be aligned: the guest chose them.
class IoHandler {
 public:
  virtual ~IoHandler() = default;
  // Returns the value in the low `size` bytes; the caller ignores the rest.
  virtual uint64_t read(uint64_t offset, unsigned size) = 0;
  // `value` has all bits above `size` bytes clear.
  virtual void write(uint64_t offset, unsigned size, uint64_t value) = 0;
};

class IoSpace;

// Ownership of one mapped range: unmaps on destruction. The IoSpace and the
// handler must outlive it. Move-only; a default one maps nothing.
class IoMapping {
 public:
  IoMapping() = default;
  IoMapping(IoMapping&& other) noexcept;
  IoMapping& operator=(IoMapping&& other) noexcept;
  ~IoMapping();
  void unmap();
  bool mapped() const { return space_ != nullptr; }

 private:
  friend class IoSpace;
  IoMapping(IoSpace* space, uint64_t id) : space_(space), id_(id) {}
  IoSpace* space_ = nullptr;
  uint64_t id_ = 0;
};

// Who wins where ranges overlap: lower value first, then lower order, then the one
// mapped first.
// Fixed chips of the board therefore win over BARs, wherever a guest puts those.
enum class IoPriority : uint8_t { kBoard = 0, kBar = 1, kFallback = 2 };

class IoSpace {
 public:
  // `limit` is the number of addresses: 0x10000 for ports, 0 for all 2^64.
  IoSpace(std::string name, uint64_t limit) : name_(std::move(name)), limit_(limit) {}
  IoSpace(const IoSpace&) = delete;
  IoSpace& operator=(const IoSpace&) = delete;

  // Maps [base, base + size). A range that is empty or passes the limit maps
  // nothing (the returned mapping says so): a guest may ask for such a BAR. Within a
  // priority lower `order` wins.
  IoMapping map(uint64_t base, uint64_t size, IoHandler& handler, std::string name,
                IoPriority priority = IoPriority::kBoard, uint64_t order = 0);

  // An access that crosses ranges is split into bytes; unclaimed bytes read as
  // all ones and drop writes (a PCI master abort on a PC).
  uint64_t read(uint64_t addr, unsigned size);
  void write(uint64_t addr, unsigned size, uint64_t value);

  // Whether any range claims `addr`.
  bool claimed(uint64_t addr) const;

  struct Range {
    uint64_t base, size, id;
    IoPriority priority;
    uint64_t order;
    IoHandler* handler;
    std::string name;
  };
  // All ranges in order of precedence, for `info mtree` and the like.
  const std::vector<Range>& ranges() const { return ranges_; }

 private:
  friend class IoMapping;
  void unmap(uint64_t id);
  const Range* find(uint64_t addr) const;
  const Range* find_whole(uint64_t addr, unsigned size) const;

  std::string name_;
  uint64_t limit_;
  uint64_t next_id_ = 1;
  std::vector<Range> ranges_;
};

}  // namespace vireo
