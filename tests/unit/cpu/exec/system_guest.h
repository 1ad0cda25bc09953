// A test guest with what an operating system sets up: GDT, IDT, TSS, and a
// handler for each vector which halts, so that a test can look at the frame.
#pragma once

#include <optional>

#include "tests/unit/cpu/guest_harness.h"

namespace vireo {

class SystemGuest : public TestGuest {
 public:
  static constexpr uint64_t kGdt = 0x20000, kIdt = 0x21000, kHandlers = 0x22000, kTss = 0x24000;
  static constexpr uint64_t kKernelStack = 0x208000, kIst1 = 0x209000, kUserStack = 0x210000;
  static constexpr uint64_t kKernelEntry = 0x110000, kUserCode = 0x120000;
  static constexpr uint16_t kCode32 = 0x08, kCode64 = 0x10, kData = 0x18, kUser32 = 0x23,
                            kUserData = 0x2b, kUser64 = 0x33, kTssSelector = 0x38,
                            kCallGateSelector = 0x48, kAbsent = 0x58, kConforming = 0x60,
                            kReadOnly = 0x68, kCode16 = 0x70, kLdtSelector = 0x78,
                            kExecuteOnly = 0x88;
  static constexpr uint64_t kGdtEntries = 18;

  // What the handler of a vector found.
  struct Frame {
    unsigned vector = 256;
    uint64_t error = 0, rip = 0, cs = 0, flags = 0, rsp = 0, ss = 0;
  };

  explicit SystemGuest(const char* model = "max") : TestGuest(model) {
    fill_gdt();
    for (unsigned vector = 0; vector < 256; ++vector) set_gate(vector, 0x8e00);
    memory.fill(GuestAddr{kHandlers}, 256 * 16, std::byte{0xf4});
    memory.write(GuestAddr{kTss + 4}, kKernelStack);
    memory.write(GuestAddr{kTss + 36}, kIst1);
    memory.write(GuestAddr{kTss + 102}, uint16_t{0x68});
    cpu.gdtr = {kGdt, kGdtEntries * 8 - 1};
    cpu.idtr = {kIdt, 256 * 16 - 1};
    cpu.tr = Segment{kTssSelector, 0x8b, 0x67, kTss};
    cpu.ldtr = Segment{};
  }

  void set_descriptor(uint16_t selector, uint64_t value) {
    memory.write(GuestAddr{kGdt + (selector & ~7u)}, value);
  }
  uint64_t descriptor(uint16_t selector) {
    return memory.read<uint64_t>(GuestAddr{kGdt + (selector & ~7u)}).value();
  }

  // `attributes`: P, DPL, type and IST as in bits 32-47 of a gate.
  void set_gate(unsigned vector, uint16_t attributes, uint16_t selector = kCode64) {
    const uint64_t target = kHandlers + vector * 16;
    const uint64_t low = (target & 0xffff) | uint64_t{selector} << 16 | uint64_t{attributes} << 32 |
                         (target >> 16 & 0xffff) << 48;
    memory.write(GuestAddr{kIdt + vector * 16}, low);
    memory.write(GuestAddr{kIdt + vector * 16 + 8}, target >> 32);
  }

  // At level 3, in 64-bit or compatibility mode.
  void enter_user(uint16_t code = kUser64) {
    cpu.segs[kCs] =
        Segment{code, static_cast<uint16_t>(code == kUser64 ? 0xafb : 0xcfb), 0xffffffff, 0};
    for (const SegIndex s : {kSs, kDs, kEs}) cpu.segs[s] = Segment{kUserData, 0xcf3, 0xffffffff, 0};
    cpu.set_cpl(3);
    cpu.mode_changed();
    cpu.regs[kRsp] = kUserStack;
  }

  // Runs `code` until a handler halts; what the handler found.
  Frame fault_of(std::initializer_list<uint8_t> code, uint64_t instructions = 16) {
    run(std::span(code.begin(), code.size()), instructions);
    return frame();
  }

  Frame frame() {
    Frame f;
    if (!cpu.halted || cpu.rip < kHandlers || cpu.rip >= kHandlers + 4096) return f;
    f.vector = static_cast<unsigned>((cpu.rip - kHandlers) / 16);
    uint64_t at = cpu.regs[kRsp];
    if (has_error_code(f.vector)) f.error = pop(at);
    f.rip = pop(at);
    f.cs = pop(at);
    f.flags = pop(at);
    f.rsp = pop(at);
    f.ss = pop(at);
    return f;
  }

  void push(uint64_t value) {
    cpu.regs[kRsp] -= 8;
    memory.write(GuestAddr{cpu.regs[kRsp]}, value);
  }

 private:
  static bool has_error_code(unsigned v) { return v == 8 || (v >= 10 && v <= 14) || v == 17; }

  uint64_t pop(uint64_t& at) {
    const uint64_t value = memory.read<uint64_t>(GuestAddr{at}).value_or(0);
    at += 8;
    return value;
  }

  void fill_gdt() {
    set_descriptor(kCode32, 0x00cf9a000000ffff);
    set_descriptor(kCode64, 0x00af9a000000ffff);
    set_descriptor(kData, 0x00cf92000000ffff);
    set_descriptor(kUser32, 0x00cffa000000ffff);
    set_descriptor(kUserData, 0x00cff2000000ffff);
    set_descriptor(kUser64, 0x00affa000000ffff);
    set_descriptor(kTssSelector, 0x0000890000000067 | kTss << 16);
    // A 64-bit call gate for level 3 into kCode64 at kKernelEntry.
    set_descriptor(kCallGateSelector, (kKernelEntry & 0xffff) | uint64_t{kCode64} << 16 |
                                          uint64_t{0xec00} << 32 | (kKernelEntry >> 16) << 48);
    set_descriptor(kAbsent, 0x00cf12000000ffff);
    set_descriptor(kConforming, 0x00af9e000000ffff);
    set_descriptor(kReadOnly, 0x00cf90000000ffff);
    set_descriptor(kCode16, 0x00009a000000ffff);
    set_descriptor(kLdtSelector, 0x0000820400000017);
    set_descriptor(kExecuteOnly, 0x00cf98000000ffff);
  }
};

}  // namespace vireo
