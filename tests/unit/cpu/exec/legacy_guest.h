// A test guest at level 0 of 32-bit protected mode without paging.
#pragma once

#include "tests/unit/cpu/exec/system_guest.h"

namespace vireo {

// With a 32-bit TSS and IDT; `fault` runs code until a handler halts.
class LegacyGuest : public SystemGuest {
 public:
  static constexpr uint32_t kEsp0 = 0x208000;

  struct Fault {
    unsigned vector = 256;
    uint32_t error = 0, eip = 0, cs = 0, eflags = 0;
    bool operator==(const Fault&) const = default;
  };

  explicit LegacyGuest(const char* model = "max") : SystemGuest(model) {
    cpu.cr0 = kCr0Pe | kCr0Et;
    cpu.cr4 = 0;
    cpu.efer = 0;
    cpu.segs[kCs] = Segment{kCode32, 0xc9b, 0xffffffff, 0};
    cpu.mode_changed();
    memory.write(GuestAddr{kTss + 4}, kEsp0);
    memory.write(GuestAddr{kTss + 8}, SystemGuest::kData);
    for (unsigned vector = 0; vector < 256; ++vector) set_legacy_gate(vector, 0x8e00);
    cpu.idtr.limit = 256 * 8 - 1;
  }

  void set_legacy_gate(unsigned vector, uint16_t attributes, uint16_t selector = kCode32) {
    const uint64_t target = kHandlers + vector * 16;
    memory.write(GuestAddr{kIdt + vector * 8}, (target & 0xffff) | uint64_t{selector} << 16 |
                                                   uint64_t{attributes} << 32 |
                                                   (target >> 16) << 48);
  }

  uint32_t stack(unsigned index) {
    return memory.read<uint32_t>(GuestAddr{cpu.regs[kRsp] + 4 * index}).value();
  }

  // What the handler that has halted found; vector 256 if none did.
  Fault fault() {
    Fault f;
    if (!cpu.halted || cpu.rip < kHandlers || cpu.rip >= kHandlers + 4096) return f;
    f.vector = static_cast<unsigned>((cpu.rip - kHandlers) / 16);
    unsigned at = 0;
    if (pushes_error(f.vector)) f.error = stack(at++);
    f.eip = stack(at++);
    f.cs = stack(at++);
    f.eflags = stack(at++);
    return f;
  }
  Fault fault(std::initializer_list<uint8_t> code, uint64_t instructions = 16) {
    run(std::span(code.begin(), code.size()), instructions);
    return fault();
  }

  void set_segment(SegIndex index, uint16_t attributes, uint32_t limit, uint64_t base = 0) {
    cpu.segs[index] = Segment{SystemGuest::kData, attributes, limit, base};
    cpu.mode_changed();
  }

  void put(uint64_t address, std::initializer_list<uint8_t> bytes) {
    memory.write_bytes(GuestAddr{address}, std::as_bytes(std::span(bytes.begin(), bytes.size())));
  }

 private:
  static bool pushes_error(unsigned v) { return v == 8 || (v >= 10 && v <= 14) || v == 17; }
};

}  // namespace vireo
