// A range of addresses that a PCI function answers to, which the guest can move.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "machine/base/io_space.h"
#include "pci/upstream.h"

namespace vireo {

// What a function wants to decode and what is mapped for it. The function says
// what it wants; bridges above let through all of it, parts or nothing. Windows
// have a fixed precedence, so that which one wins an overlap depends on the registers
// only, never on the order in which the guest wrote them (and so survives a snapshot).
class DecodeWindow {
 public:
  DecodeWindow(std::string name, PciSpace space, IoHandler& handler, IoPriority priority)
      : name_(std::move(name)), space_(space), handler_(handler), priority_(priority) {}

  // From the next place() on the window is [base, base + size); size 0 is none.
  void want(uint64_t base, uint64_t size) {
    wanted_base_ = base;
    wanted_size_ = size;
  }
  void want_nothing() { want(0, 0); }

  // Maps what the bridges let through. `order` is the precedence within the
  // priority. Returns whether the mapping changed.
  bool place(PciUpstream& upstream, uint64_t order);
  void unmap();

  PciSpace space() const { return space_; }
  // The place in words, for the trace.
  std::string describe() const;
  bool mapped() const { return !parts_.empty(); }

 private:
  // Piece of the window: its handler sees offsets from the window's start.
  struct Part : IoHandler {
    Part(PciRange where, uint64_t offset, IoHandler& to)
        : range(where), skipped(offset), handler(to) {}
    uint64_t read(uint64_t offset, unsigned size) override {
      return handler.read(offset + skipped, size);
    }
    void write(uint64_t offset, unsigned size, uint64_t value) override {
      handler.write(offset + skipped, size, value);
    }

    PciRange range;
    uint64_t skipped;
    IoHandler& handler;
    IoMapping mapping;
  };
  std::vector<PciRange> reached(const PciUpstream& upstream) const;
  bool stands_at(const std::vector<PciRange>& ranges) const;

  std::string name_;
  PciSpace space_;
  IoHandler& handler_;
  IoPriority priority_;
  uint64_t wanted_base_ = 0;
  uint64_t wanted_size_ = 0;
  std::vector<std::unique_ptr<Part>> parts_;
};

}  // namespace vireo
