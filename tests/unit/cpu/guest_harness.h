// A machine for instruction tests: RAM, a CPU in 64-bit mode on identity
// mapped pages, and code bytes to run.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <vector>

#include "cpu/cpu.h"
#include "machine/base/guest_memory.h"
#include "machine/base/io_space.h"
#include "machine/base/virtual_clock.h"

namespace vireo {

class TestGuest {
 public:
  static constexpr uint64_t kRam = 16 << 20;
  static constexpr uint64_t kCode = 0x100000;   // where run() puts code
  static constexpr uint64_t kStack = 0x200000;  // RSP at the start
  static constexpr uint64_t kData = 0x300000;   // free for tests
  static constexpr uint64_t kPml4 = 0x10000;

  explicit TestGuest(const char* model = "max")
      : memory(GuestMemory::on_heap(kRam)),
        cpu(memory, mmio, ports, clock, CpuModel::parse(model).value()) {
    enter_long_mode();
  }

  // Copies `code` to kCode and points RIP there.
  void load(std::span<const uint8_t> code) {
    memory.write_bytes(GuestAddr{kCode}, std::as_bytes(code));
    cpu.rip = kCode;
  }
  // Runs exactly `count` instructions of `code` (or fewer, if it halts).
  CpuExit run(std::span<const uint8_t> code, uint64_t count) {
    load(code);
    return cpu.run(count);
  }
  CpuExit run(std::initializer_list<uint8_t> code, uint64_t count = 1) {
    return run(std::span(code.begin(), code.size()), count);
  }

  // 64-bit mode at CPL 0, first 4 GiB mapped one to one by 2 MiB pages (user,
  // writable), SSE and AVX enabled, interrupts off, an empty IDT: any exception ends in
  // a triple fault unless the test installs handlers.
  void enter_long_mode() {
    map_identity();
    cpu.cr0 = kCr0Pe | kCr0Mp | kCr0Et | kCr0Ne | kCr0Wp | kCr0Pg;
    cpu.cr3 = kPml4;
    cpu.cr4 = kCr4Pae | kCr4Osfxsr | kCr4Osxmmexcpt;
    if (cpu.has(kFeatXsave)) {
      cpu.cr4 |= kCr4Osxsave;
      cpu.xcr0 = 7;
    }
    cpu.efer = kEferLme | kEferLma | kEferSce | kEferNxe;
    cpu.segs[kCs] = Segment{0x10, 0xa9b, 0xffffffff, 0};
    for (SegIndex s : {kEs, kSs, kDs, kFs, kGs}) {
      cpu.segs[s] = Segment{0x18, 0xc93, 0xffffffff, 0};
    }
    cpu.set_cpl(0);
    cpu.mode_changed();
    cpu.regs[kRsp] = kStack;
    cpu.idtr.limit = 0;
  }

  GuestMemory memory;
  IoSpace mmio{"mmio", 0};
  IoSpace ports{"ports", 0x10000};
  VirtualClock clock;
  Cpu cpu;

 private:
  void map_identity() {
    constexpr uint64_t kFlags = 7, kLarge = 0x80;
    memory.write(GuestAddr{kPml4}, uint64_t{(kPml4 + 0x1000) | kFlags});
    for (uint64_t g = 0; g < 4; ++g) {
      const uint64_t directory = kPml4 + 0x2000 + g * 0x1000;
      memory.write(GuestAddr{kPml4 + 0x1000 + g * 8}, uint64_t{directory | kFlags});
      for (uint64_t i = 0; i < 512; ++i) {
        const uint64_t page = (g << 30) + (i << 21);
        memory.write(GuestAddr{directory + i * 8}, uint64_t{page | kFlags | kLarge});
      }
    }
  }
};

}  // namespace vireo
