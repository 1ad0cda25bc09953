#include "tests/unit/cpu/native/side_by_side.h"

#include <fmt/format.h>

#include <cstring>

namespace vireo {
namespace {

constexpr uint64_t kSeenFlags = kArithFlags | kFlagDf;
constexpr uint64_t kMostInstructions = 20000;  // parts of a REP instruction count
constexpr const char* kNames[16] = {"rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi",
                                    "r8",  "r9",  "r10", "r11", "r12", "r13", "r14", "r15"};

std::string describe(const Trial& trial) {
  std::string text = trial.width == NativeCpu::Width::k32 ? "32-bit" : "64-bit";
  for (const uint8_t byte : trial.code) text += fmt::format(" {:02x}", byte);
  for (unsigned i = 0; i < 16; ++i) text += fmt::format(" {}={:x}", kNames[i], trial.in.gpr[i]);
  return text + fmt::format(" rflags={:x}: ", trial.in.rflags);
}

std::string end_text(const NativeEnd& end) {
  return end.faulted() ? fmt::format("vector {} at {:x}", end.vector, end.rip) : "no fault";
}

}  // namespace

SideBySide::SideBySide(uint64_t seed)
    : stack_(NativeCpu::kStackSize), data_(NativeCpu::kDataSize) {
  // Exceptions go to a stack of their own, as signals do.
  for (unsigned vector = 0; vector < 32; ++vector) guest_.set_gate(vector, 0x8e01);
  Random random(seed);
  new_memory(random);
}

void SideBySide::new_memory(Random& random) {
  for (uint8_t& byte : stack_) byte = static_cast<uint8_t>(random.next());
  for (uint8_t& byte : data_) byte = static_cast<uint8_t>(random.next());
}

void SideBySide::set_memory(const Trial& trial) {
  std::memcpy(native_.stack().data(), stack_.data(), stack_.size());
  std::memcpy(native_.data().data(), data_.data(), data_.size());
  guest_.memory.write_bytes(GuestAddr{NativeCpu::kStackBase}, std::as_bytes(std::span(stack_)));
  guest_.memory.write_bytes(GuestAddr{NativeCpu::kData}, std::as_bytes(std::span(data_)));
  for (const Trial::Patch& patch : trial.patches) {
    std::memcpy(reinterpret_cast<void*>(patch.address), patch.bytes.data(), patch.bytes.size());
    guest_.memory.write_bytes(GuestAddr{patch.address}, std::as_bytes(std::span(patch.bytes)));
  }
}

void SideBySide::run_guest(const Trial& trial) {
  Cpu& cpu = guest_.cpu;
  std::vector<uint8_t> code = trial.code;
  code.push_back(0xf4);
  guest_.memory.write_bytes(GuestAddr{trial.at}, std::as_bytes(std::span(code)));
  const bool wide = trial.width == NativeCpu::Width::k64;
  cpu.segs[kCs] = wide ? Segment{SystemGuest::kCode64, 0xa9b, 0xffffffff, 0}
                       : Segment{SystemGuest::kCode32, 0xc9b, 0xffffffff, 0};
  cpu.mode_changed();
  for (unsigned i = 0; i < 16; ++i) cpu.regs[i] = trial.in.gpr[i];
  cpu.write_rflags(trial.in.rflags & kSeenFlags);
  cpu.rip = trial.at;
  cpu.halted = false;
  cpu.run(kMostInstructions);
  for (unsigned i = 0; i < 16; ++i) guest_regs_.gpr[i] = cpu.regs[i];
  guest_regs_.rflags = cpu.read_rflags();
  guest_end_ = {};
  const SystemGuest::Frame frame = guest_.frame();
  if (frame.vector < 32) {
    guest_end_ = {static_cast<int>(frame.vector), frame.rip};
    guest_regs_.gpr[kRsp] = frame.rsp;
    guest_regs_.rflags = frame.flags;
  } else if (!cpu.halted) {
    guest_end_ = {255, cpu.rip};
  }
}

std::string SideBySide::run(const Trial& trial) {
  set_memory(trial);
  NativeRegs regs = trial.in;
  end_ = native_.run(trial.code, regs, trial.at, trial.width);
  run_guest(trial);
  const std::string difference = compare(trial, regs);
  return difference.empty() ? difference : describe(trial) + difference;
}

std::string SideBySide::compare(const Trial& trial, const NativeRegs& native) {
  if (end_.vector != guest_end_.vector || (end_.faulted() && end_.rip != guest_end_.rip)) {
    return fmt::format("host: {}, ours: {}", end_text(end_), end_text(guest_end_));
  }
  for (unsigned i = 0; i < 16; ++i) {
    if (native.gpr[i] == guest_regs_.gpr[i]) continue;
    return fmt::format("{}: host {:x}, ours {:x}", kNames[i], native.gpr[i], guest_regs_.gpr[i]);
  }
  // A fault may leave the flags changed where the SDM calls them undefined.
  const uint64_t flags = kSeenFlags & ~trial.ignored_flags;
  if ((native.rflags ^ guest_regs_.rflags) & flags) {
    return fmt::format("flags: host {:x}, ours {:x}", native.rflags & flags,
                       guest_regs_.rflags & flags);
  }
  return compare_memory();
}

std::string SideBySide::compare_memory() {
  std::vector<uint8_t> ours(NativeCpu::kDataSize);
  for (const auto area : {native_.stack(), native_.data()}) {
    const auto base = reinterpret_cast<uint64_t>(area.data());
    guest_.memory.read_bytes(GuestAddr{base}, std::as_writable_bytes(std::span(ours)));
    if (std::memcmp(ours.data(), area.data(), area.size()) == 0) continue;
    for (size_t i = 0; i < area.size(); ++i) {
      if (ours[i] == area[i]) continue;
      return fmt::format("[{:x}]: host {:02x}, ours {:02x}", base + i, area[i], ours[i]);
    }
  }
  return {};
}

}  // namespace vireo
