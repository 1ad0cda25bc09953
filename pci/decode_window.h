// A range of addresses that a PCI function answers to, which the guest can move.
#pragma once

#include <cstdint>
#include <string>

#include "machine/base/io_space.h"

namespace vireo {

enum class PciSpace : uint8_t { kMemory, kIo };

// What a function wants to decode and what is mapped for it. The function says
// what it wants; the bus maps all windows of all functions in a fixed order, so
// that which one wins an overlap depends on the registers only, never on the
// order in which the guest wrote them (and so survives a snapshot).
class DecodeWindow {
 public:
  DecodeWindow(std::string name, PciSpace space, IoHandler& handler, IoPriority priority)
      : name_(std::move(name)), space_(space), handler_(handler), priority_(priority) {}

  // From the next map() on the window is [base, base + size); size 0 is none.
  void want(uint64_t base, uint64_t size) {
    wanted_base_ = base;
    wanted_size_ = size;
  }
  void want_nothing() { want(0, 0); }

  // Whether what is mapped differs from what is wanted.
  bool stale() const;
  void unmap();
  void map(IoSpace& memory, IoSpace& io);

  PciSpace space() const { return space_; }
  // The wish in words, for the trace.
  std::string describe() const;
  bool mapped() const { return mapping_.mapped(); }

 private:
  std::string name_;
  PciSpace space_;
  IoHandler& handler_;
  IoPriority priority_;
  uint64_t wanted_base_ = 0;
  uint64_t wanted_size_ = 0;
  uint64_t mapped_base_ = 0;
  uint64_t mapped_size_ = 0;
  IoMapping mapping_;
};

}  // namespace vireo
