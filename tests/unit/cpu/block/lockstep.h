// One program on several guests that are given their instructions in portions
// of different size: all must be in the same state whenever they have retired
// the same number.
#pragma once

#include <algorithm>
#include <doctest/doctest.h>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "tests/unit/cpu/exec/system_guest.h"

namespace vireo {

struct Program {
  uint64_t at = TestGuest::kCode;
  std::vector<uint8_t> code;
  // Registers, memory, handlers: called once for each guest.
  std::function<void(SystemGuest&)> prepare = [](SystemGuest&) {};
};

// What a guest can see of its processor, and its count of instructions.
struct CpuImage {
  std::array<uint64_t, 16> regs;
  uint64_t rip, rflags, cr2, retired;
  bool halted;
  bool operator==(const CpuImage&) const = default;
};

inline CpuImage image_of(const Cpu& cpu) {
  CpuImage image{{}, cpu.rip, cpu.read_rflags(), cpu.cr2, cpu.retired(), cpu.halted};
  std::copy_n(cpu.regs, 16, image.regs.begin());
  return image;
}

inline void start(SystemGuest& guest, const Program& program) {
  guest.memory.write_bytes(GuestAddr{program.at}, std::as_bytes(std::span(program.code)));
  guest.cpu.rip = program.at;
  program.prepare(guest);
}

// Runs `count` instructions, or fewer when the guest halts or shuts down.
inline CpuExit run_in_portions(Cpu& cpu, uint64_t count, uint64_t portion) {
  const uint64_t end = cpu.retired() + count;
  CpuExit exit = CpuExit::kBudget;
  while (cpu.retired() < end) {
    exit = cpu.run(std::min(portion, end - cpu.retired()));
    if (exit == CpuExit::kHalted || exit == CpuExit::kTripleFault) break;
  }
  return exit;
}

// RAM that programs may change: everything below 4 MiB.
inline std::vector<std::byte> ram_of(const SystemGuest& guest) {
  std::vector<std::byte> bytes(4 << 20);
  guest.memory.read_bytes(GuestAddr{0}, bytes);
  return bytes;
}

// Compares one-instruction stepping with portions of 2, 7, 13, 64, 1000 and all
// at once, `checkpoints` times on the way to `instructions`. True when all agree.
inline bool check_portions(const Program& program, uint64_t instructions,
                           unsigned checkpoints = 10) {
  const uint64_t stretch = std::max<uint64_t>(instructions / checkpoints, 1);
  std::vector<CpuImage> wanted;
  SystemGuest stepped;
  start(stepped, program);
  for (unsigned i = 0; i < checkpoints; ++i) {
    run_in_portions(stepped.cpu, stretch, 1);
    wanted.push_back(image_of(stepped.cpu));
  }
  const auto ram = ram_of(stepped);
  bool same = true;
  for (const uint64_t portion : {uint64_t{2}, uint64_t{7}, uint64_t{13}, uint64_t{64},
                                 uint64_t{1000}, instructions}) {
    SystemGuest guest;
    start(guest, program);
    for (unsigned i = 0; i < checkpoints && same; ++i) {
      run_in_portions(guest.cpu, stretch, portion);
      const CpuImage image = image_of(guest.cpu);
      same = image == wanted[i];
      INFO("portion ", portion, " checkpoint ", i, " retired ", image.retired, " of ",
           wanted[i].retired, " rip ", image.rip, " of ", wanted[i].rip);
      CHECK(same);
    }
    if (same && ram_of(guest) != ram) same = false;
    INFO("portion ", portion);
    CHECK(same);
    if (!same) break;
  }
  return same;
}

// The gate of `vector` goes to `code`, put at `at`; on stack `ist`, if not 0.
inline void install_handler(SystemGuest& guest, unsigned vector, uint64_t at,
                            std::initializer_list<uint8_t> code, unsigned ist = 0) {
  guest.memory.write_bytes(GuestAddr{at}, std::as_bytes(std::span(code.begin(), code.size())));
  const uint64_t low = (at & 0xffff) | uint64_t{SystemGuest::kCode64} << 16 |
                       uint64_t{0x8e00 + ist} << 32 | (at >> 16 & 0xffff) << 48;
  guest.memory.write(GuestAddr{SystemGuest::kIdt + vector * 16}, low);
  guest.memory.write(GuestAddr{SystemGuest::kIdt + vector * 16 + 8}, at >> 32);
}

}  // namespace vireo
