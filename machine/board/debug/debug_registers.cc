#include "machine/board/debug/debug_registers.h"

#include <cstring>
#include <vector>

#include "cpu/exec/control_regs.h"
#include "cpu/exec/x87_environment.h"

namespace vireo {
namespace {

using Value = RegisterValue;

// TF to ID, but not VM, which switches the mode (SDM 1, 3.4.3).
constexpr uint64_t kFlagsWritable = 0x3d7fd5;
constexpr uint64_t kCr0Plain = kCr0Mp | kCr0Em | kCr0Ts | kCr0Ne | kCr0Wp | kCr0Am;
constexpr uint64_t kCr4Modes = kCr4Pae | kCr4La57 | kCr4Pcide;
constexpr uint64_t kEferPlain = kEferSce | kEferNxe;

uint64_t number(const Value& value, unsigned bytes = 8) {
  uint64_t result = 0;
  std::memcpy(&result, value.bytes.data(), bytes);
  return result;
}
void put(Value& value, uint64_t from) { std::memcpy(value.bytes.data(), &from, sizeof(from)); }

void mapping_changed(Cpu& cpu) {
  cpu.mmu().flush_all();
  cpu.blocks().new_generation();
  cpu.mode_changed();
}

// --- core ---

void read_general(const Cpu& cpu, unsigned n, Value& value) { put(value, cpu.regs[n]); }
bool write_general(Cpu& cpu, unsigned n, const Value& value) {
  cpu.regs[n] = number(value);
  return true;
}

void read_rip(const Cpu& cpu, unsigned, Value& value) { put(value, cpu.rip); }
// Goes on there, also out of a halt.
bool write_rip(Cpu& cpu, unsigned, const Value& value) {
  if (cpu.rip == number(value)) return true;
  cpu.rip = number(value);
  cpu.between_iterations = cpu.halted = false;
  return true;
}

void read_eflags(const Cpu& cpu, unsigned, Value& value) { put(value, cpu.read_rflags()); }
bool write_eflags(Cpu& cpu, unsigned, const Value& value) {
  const uint64_t old = cpu.read_rflags(), now = number(value, 4);
  if ((old ^ now) & kFlagVm) return false;
  cpu.write_rflags((old & ~kFlagsWritable) | (now & kFlagsWritable));
  cpu.mode_changed();
  return true;
}

// gdb's order.
constexpr SegIndex kSegmentOrder[] = {kCs, kSs, kDs, kEs, kFs, kGs};

void read_selector(const Cpu& cpu, unsigned n, Value& value) {
  put(value, cpu.segs[kSegmentOrder[n]].selector);
}
// Where a selector is more than a base, loading one may fault: not offered.
bool write_selector(Cpu& cpu, unsigned n, const Value& value) {
  Segment& segment = cpu.segs[kSegmentOrder[n]];
  const auto selector = static_cast<uint16_t>(number(value, 4));
  if (selector == segment.selector) return true;
  if (cpu.protected_mode() && !cpu.v86()) return false;
  segment.selector = selector;
  segment.base = uint64_t{selector} << 4;
  cpu.mode_changed();
  return true;
}

void read_st(const Cpu& cpu, unsigned n, Value& value) {
  const X87Reg& st = cpu.x87.st[(cpu.x87.top + n) & 7];
  std::memcpy(value.bytes.data(), &st.significand, 8);
  std::memcpy(value.bytes.data() + 8, &st.sign_exponent, 2);
}
bool write_st(Cpu& cpu, unsigned n, const Value& value) {
  X87Reg& st = cpu.x87.st[(cpu.x87.top + n) & 7];
  std::memcpy(&st.significand, value.bytes.data(), 8);
  std::memcpy(&st.sign_exponent, value.bytes.data() + 8, 2);
  return true;
}

enum X87Word : unsigned {
  kControl,
  kStatus,
  kTag,
  kCodeSelector,
  kCode,
  kDataSelector,
  kData,
  kOpcode
};

uint64_t x87_word(const X87State& x, unsigned word) {
  switch (word) {
    case kControl:
      return x.control;
    case kStatus:
      return x87_status_word(x);
    case kTag:
      return x87_tag_word(x);
    case kCodeSelector:
      return x.instruction_selector;
    case kCode:
      return x.instruction_pointer & 0xffffffff;
    case kDataSelector:
      return x.data_selector;
    case kData:
      return x.data_pointer & 0xffffffff;
    default:
      return x.opcode;
  }
}

void read_x87(const Cpu& cpu, unsigned word, Value& value) { put(value, x87_word(cpu.x87, word)); }

// Which registers are empty; the rest of a tag follows from the contents.
void set_tags(X87State& x, uint64_t tags) {
  x.empty = 0;
  for (unsigned n = 0; n < 8; ++n) {
    if ((tags >> 2 * n & 3) == 3) x.empty |= static_cast<uint8_t>(1u << n);
  }
}

bool write_x87(Cpu& cpu, unsigned word, const Value& value) {
  X87State& x = cpu.x87;
  const uint64_t bits = number(value, 4);
  if (bits == x87_word(x, word)) return true;
  if (word == kControl)
    x87_set_control(x, static_cast<uint16_t>(bits));
  else if (word == kStatus)
    x87_set_status_word(x, static_cast<uint16_t>(bits));
  else if (word == kTag)
    set_tags(x, bits);
  else if (word == kCodeSelector)
    x.instruction_selector = static_cast<uint16_t>(bits);
  else if (word == kCode)
    x.instruction_pointer = bits;
  else if (word == kDataSelector)
    x.data_selector = static_cast<uint16_t>(bits);
  else if (word == kData)
    x.data_pointer = bits;
  else
    x.opcode = static_cast<uint16_t>(bits & 0x7ff);
  return true;
}

// --- vectors ---

void read_xmm(const Cpu& cpu, unsigned n, Value& value) {
  std::memcpy(value.bytes.data(), cpu.vec[n].u8, 16);
}
bool write_xmm(Cpu& cpu, unsigned n, const Value& value) {
  std::memcpy(cpu.vec[n].u8, value.bytes.data(), 16);
  return true;
}
void read_ymm_high(const Cpu& cpu, unsigned n, Value& value) {
  std::memcpy(value.bytes.data(), cpu.vec[n].u8 + 16, 16);
}
bool write_ymm_high(Cpu& cpu, unsigned n, const Value& value) {
  std::memcpy(cpu.vec[n].u8 + 16, value.bytes.data(), 16);
  return true;
}
void read_mxcsr(const Cpu& cpu, unsigned, Value& value) { put(value, cpu.mxcsr); }
bool write_mxcsr(Cpu& cpu, unsigned, const Value& value) {
  if (number(value, 4) & ~uint64_t{0xffff}) return false;
  cpu.mxcsr = static_cast<uint32_t>(number(value, 4));
  return true;
}

// --- segment bases and system registers ---

void read_base(const Cpu& cpu, unsigned n, Value& value) { put(value, cpu.segs[n].base); }
bool write_base(Cpu& cpu, unsigned n, const Value& value) {
  cpu.segs[n].base = number(value);
  cpu.mode_changed();
  return true;
}

void read_kernel_gs(const Cpu& cpu, unsigned, Value& value) { put(value, cpu.kernel_gs_base); }
bool write_kernel_gs(Cpu& cpu, unsigned, const Value& value) {
  cpu.kernel_gs_base = number(value);
  return true;
}

void read_cr0(const Cpu& cpu, unsigned, Value& value) { put(value, cpu.cr0); }
bool write_cr0(Cpu& cpu, unsigned, const Value& value) {
  if ((cpu.cr0 ^ number(value)) & ~kCr0Plain) return false;
  cpu.cr0 = number(value);
  mapping_changed(cpu);
  return true;
}
void read_cr2(const Cpu& cpu, unsigned, Value& value) { put(value, cpu.cr2); }
bool write_cr2(Cpu& cpu, unsigned, const Value& value) {
  cpu.cr2 = number(value);
  return true;
}
void read_cr3(const Cpu& cpu, unsigned, Value& value) { put(value, cpu.cr3); }
bool write_cr3(Cpu& cpu, unsigned, const Value& value) {
  constexpr uint64_t kAddress = (uint64_t{1} << 40) - 1;
  if (number(value) & ~kAddress) return false;
  cpu.cr3 = number(value);
  mapping_changed(cpu);
  return true;
}
void read_cr4(const Cpu& cpu, unsigned, Value& value) { put(value, cpu.cr4); }
bool write_cr4(Cpu& cpu, unsigned, const Value& value) {
  if ((number(value) & ~known_cr4(cpu)) || ((cpu.cr4 ^ number(value)) & kCr4Modes)) return false;
  cpu.cr4 = number(value);
  cpu.debug_registers_changed();
  mapping_changed(cpu);
  return true;
}
void read_cr8(const Cpu& cpu, unsigned, Value& value) { put(value, cpu.cr8); }
bool write_cr8(Cpu& cpu, unsigned, const Value& value) {
  if (number(value) > 15) return false;
  if (number(value) == cpu.cr8) return true;
  cpu.cr8 = number(value);
  if (cpu.apic() != nullptr) cpu.apic()->set_cr8(static_cast<uint8_t>(cpu.cr8));
  return true;
}
void read_efer(const Cpu& cpu, unsigned, Value& value) { put(value, cpu.efer); }
bool write_efer(Cpu& cpu, unsigned, const Value& value) {
  if ((cpu.efer ^ number(value)) & ~kEferPlain) return false;
  cpu.efer = number(value);
  mapping_changed(cpu);
  return true;
}

// A value that is there already is no change, whatever it would switch.
template <auto read, auto write>
bool write_changed(Cpu& cpu, unsigned n, const Value& value) {
  Value now;
  read(cpu, n, now);
  return now.bytes == value.bytes || write(cpu, n, value);
}

// Registers of one kind, with numbers that follow each other.
struct Group {
  std::span<const std::string_view> names;
  DebugRegister row;  // of the first one
};

constexpr std::string_view kGeneral[] = {"rax", "rbx", "rcx", "rdx", "rsi", "rdi", "rbp", "rsp",
                                         "r8",  "r9",  "r10", "r11", "r12", "r13", "r14", "r15"};
// gdb's order is not that of the encoding.
constexpr uint8_t kGeneralIndex[] = {kRax, kRbx, kRcx, kRdx, kRsi, kRdi, kRbp, kRsp,
                                     kR8,  kR9,  kR10, kR11, kR12, kR13, kR14, kR15};
constexpr std::string_view kRip[] = {"rip"}, kEflags[] = {"eflags"};
constexpr std::string_view kSelectors[] = {"cs", "ss", "ds", "es", "fs", "gs"};
constexpr std::string_view kSt[] = {"st0", "st1", "st2", "st3", "st4", "st5", "st6", "st7"};
constexpr std::string_view kX87Words[] = {"fctrl", "fstat", "ftag",  "fiseg",
                                          "fioff", "foseg", "fooff", "fop"};
constexpr std::string_view kXmm[] = {"xmm0",  "xmm1",  "xmm2",  "xmm3", "xmm4",  "xmm5",
                                     "xmm6",  "xmm7",  "xmm8",  "xmm9", "xmm10", "xmm11",
                                     "xmm12", "xmm13", "xmm14", "xmm15"};
constexpr std::string_view kMxcsr[] = {"mxcsr"};
constexpr std::string_view kBases[] = {"fs_base", "gs_base"};
constexpr std::string_view kKernelGs[] = {"k_gs_base"};
constexpr std::string_view kCr0[] = {"cr0"}, kCr2[] = {"cr2"}, kCr3[] = {"cr3"}, kCr4[] = {"cr4"},
                           kCr8[] = {"cr8"}, kEfer[] = {"efer"};
constexpr std::string_view kYmmHigh[] = {"ymm0h",  "ymm1h",  "ymm2h",  "ymm3h", "ymm4h",  "ymm5h",
                                         "ymm6h",  "ymm7h",  "ymm8h",  "ymm9h", "ymm10h", "ymm11h",
                                         "ymm12h", "ymm13h", "ymm14h", "ymm15h"};

#define VIREO_ACCESS(what) &read_##what, &write_changed<&read_##what, &write_##what>

using Type = RegisterType;
using Set = RegisterSet;

constexpr Group kGroups[] = {
    {kGeneral, {"", 8, Type::kInteger, Set::kCore, 0, VIREO_ACCESS(general)}},
    {kRip, {"", 8, Type::kCodePointer, Set::kCore, 0, VIREO_ACCESS(rip)}},
    {kEflags, {"", 4, Type::kEflags, Set::kCore, 0, VIREO_ACCESS(eflags)}},
    {kSelectors, {"", 4, Type::kInteger, Set::kCore, 0, VIREO_ACCESS(selector)}},
    {kSt, {"", 10, Type::kX87, Set::kCore, 0, VIREO_ACCESS(st)}},
    {kX87Words, {"", 4, Type::kInteger, Set::kCore, 0, VIREO_ACCESS(x87)}},
    {kXmm, {"", 16, Type::kXmm, Set::kSse, 0, VIREO_ACCESS(xmm)}},
    {kMxcsr, {"", 4, Type::kMxcsr, Set::kSse, 0, VIREO_ACCESS(mxcsr)}},
    {kBases, {"", 8, Type::kInteger, Set::kSegments, vireo::kFs, VIREO_ACCESS(base)}},
    {kKernelGs, {"", 8, Type::kInteger, Set::kSystem, 0, VIREO_ACCESS(kernel_gs)}},
    {kCr0, {"", 8, Type::kInteger, Set::kSystem, 0, VIREO_ACCESS(cr0)}},
    {kCr2, {"", 8, Type::kInteger, Set::kSystem, 0, VIREO_ACCESS(cr2)}},
    {kCr3, {"", 8, Type::kInteger, Set::kSystem, 0, VIREO_ACCESS(cr3)}},
    {kCr4, {"", 8, Type::kInteger, Set::kSystem, 0, VIREO_ACCESS(cr4)}},
    {kCr8, {"", 8, Type::kInteger, Set::kSystem, 0, VIREO_ACCESS(cr8)}},
    {kEfer, {"", 8, Type::kInteger, Set::kSystem, 0, VIREO_ACCESS(efer)}},
    {kYmmHigh, {"", 16, Type::kYmmHigh, Set::kAvx, 0, VIREO_ACCESS(ymm_high)}},
};
#undef VIREO_ACCESS

std::vector<DebugRegister> list_registers(bool avx) {
  std::vector<DebugRegister> all;
  for (const Group& group : kGroups) {
    if (group.row.set == Set::kAvx && !avx) continue;
    for (size_t i = 0; i < group.names.size(); ++i) {
      DebugRegister row = group.row;
      row.name = group.names[i];
      row.index = static_cast<uint8_t>(row.index + i);
      if (group.names.data() == kGeneral) {
        row.index = kGeneralIndex[i];
        if (row.index == kRbp || row.index == kRsp) row.type = Type::kDataPointer;
      }
      all.push_back(row);
    }
  }
  return all;
}

}  // namespace

std::span<const DebugRegister> debug_registers(const Cpu& cpu) {
  static const std::vector<DebugRegister> plain = list_registers(false);
  static const std::vector<DebugRegister> with_avx = list_registers(true);
  return cpu.has(kFeatAvx) ? with_avx : plain;
}

}  // namespace vireo
