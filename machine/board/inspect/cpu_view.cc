#include "machine/board/inspect/cpu_view.h"

#include <fmt/format.h>

#include <algorithm>

#include "cpu/block/trace.h"
#include "cpu/decode/insn.h"

namespace vireo {
namespace {

constexpr unsigned kLongestInstruction = 15;

constexpr std::string_view kGprs[] = {"rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi",
                                      "r8",  "r9",  "r10", "r11", "r12", "r13", "r14", "r15"};
constexpr std::string_view kSegments[] = {"es", "cs", "ss", "ds", "fs", "gs"};

std::optional<unsigned> index_of(std::span<const std::string_view> names, std::string_view name) {
  const auto at = std::find(names.begin(), names.end(), name);
  if (at == names.end()) return std::nullopt;
  return static_cast<unsigned>(at - names.begin());
}

// "eax", "esp": the low half of a register that has a name of its own.
std::optional<uint64_t> half_register(const Cpu& cpu, std::string_view name) {
  if (name.size() != 3 || name.front() != 'e') return std::nullopt;
  const std::string wide = fmt::format("r{}", name.substr(1));
  if (wide == "rip") return cpu.rip & 0xffffffff;
  const auto index = index_of(std::span(kGprs).first(8), wide);
  if (!index) return std::nullopt;
  return cpu.regs[*index] & 0xffffffff;
}

std::optional<uint64_t> segment_part(const Cpu& cpu, std::string_view name) {
  const size_t dot = name.find('.');
  const auto index = index_of(kSegments, name.substr(0, dot));
  if (!index) return std::nullopt;
  const Segment& segment = cpu.segs[*index];
  if (dot == std::string_view::npos) return segment.selector;
  const std::string_view part = name.substr(dot + 1);
  if (part == "base") return segment.base;
  if (part == "limit") return segment.limit;
  if (part == "attr") return segment.attributes;
  return std::nullopt;
}

std::optional<uint64_t> system_register(const Cpu& cpu, std::string_view name) {
  const std::pair<std::string_view, uint64_t> known[] = {{"rip", cpu.rip},
                                                         {"pc", cpu.linear_ip(cpu.rip)},
                                                         {"rflags", cpu.read_rflags()},
                                                         {"eflags", cpu.read_rflags() & 0xffffffff},
                                                         {"cr0", cpu.cr0},
                                                         {"cr2", cpu.cr2},
                                                         {"cr3", cpu.cr3},
                                                         {"cr4", cpu.cr4},
                                                         {"cr8", cpu.cr8},
                                                         {"efer", cpu.efer},
                                                         {"cpl", cpu.cpl},
                                                         {"fs_base", cpu.segs[kFs].base},
                                                         {"gs_base", cpu.segs[kGs].base},
                                                         {"k_gs_base", cpu.kernel_gs_base},
                                                         {"tr", cpu.tr.selector},
                                                         {"ldtr", cpu.ldtr.selector},
                                                         {"gdtr", cpu.gdtr.base},
                                                         {"idtr", cpu.idtr.base},
                                                         {"mxcsr", cpu.mxcsr},
                                                         {"lstar", cpu.lstar}};
  for (const auto& [register_name, value] : known) {
    if (register_name == name) return value;
  }
  if (name.size() == 3 && name.substr(0, 2) == "dr" && name[2] >= '0' && name[2] <= '7') {
    return cpu.dr[name[2] - '0'];
  }
  return std::nullopt;
}

std::string table_line(std::string_view name, uint64_t base, uint64_t limit) {
  return fmt::format("{}= {:016x} {:08x}\n", name, base, limit);
}

std::string system_text(const Cpu& cpu) {
  std::string text;
  const auto segment = [&](std::string_view name, const Segment& s) {
    text += fmt::format("{}={:04x} {:016x} {:08x} {:04x}\n", name, s.selector, s.base, s.limit,
                        s.attributes);
  };
  segment("LDT", cpu.ldtr);
  segment("TR ", cpu.tr);
  text += table_line("GDT", cpu.gdtr.base, cpu.gdtr.limit);
  text += table_line("IDT", cpu.idtr.base, cpu.idtr.limit);
  text += fmt::format("DR0={:016x} DR1={:016x} DR2={:016x} DR3={:016x}\n", cpu.dr[0], cpu.dr[1],
                      cpu.dr[2], cpu.dr[3]);
  text += fmt::format("DR6={:016x} DR7={:016x} CR8={:x} SMM={}\n", cpu.dr[6], cpu.dr[7], cpu.cr8,
                      cpu.smm ? 1 : 0);
  return text;
}

std::string unit_text(const Cpu& cpu) {
  const X87State& x87 = cpu.x87;
  std::string text =
      fmt::format("FCW={:04x} FSW={:04x} FTW={:02x} MXCSR={:08x}\n", x87.control,
                  static_cast<unsigned>(x87.status | x87.top << 11),
                  static_cast<unsigned>(static_cast<uint8_t>(~x87.empty)), cpu.mxcsr);
  for (unsigned i = 0; i < 8; ++i) {
    text += fmt::format("FPR{}={:016x} {:04x}{}", i, x87.st[i].significand, x87.st[i].sign_exponent,
                        i % 2 == 1 ? "\n" : " ");
  }
  const bool wide = (cpu.xcr0 & 4) != 0;
  for (unsigned i = 0; i < 16; ++i) {
    const auto& u64 = cpu.vec[i].u64;
    text += fmt::format("{}{:02}=", wide ? "YMM" : "XMM", i);
    if (wide) text += fmt::format("{:016x} {:016x} ", u64[3], u64[2]);
    text += fmt::format("{:016x} {:016x}{}", u64[1], u64[0], wide || i % 2 == 1 ? "\n" : " ");
  }
  return text;
}

}  // namespace

std::optional<uint64_t> register_value(const Cpu& cpu, std::string_view name) {
  if (const auto index = index_of(kGprs, name)) return cpu.regs[*index];
  if (const auto half = half_register(cpu, name)) return half;
  if (const auto part = segment_part(cpu, name)) return part;
  return system_register(cpu, name);
}

std::string registers_text(Cpu& cpu) {
  return dump_registers(cpu) + "\n" + system_text(cpu) + unit_text(cpu);
}

bool read_linear(Cpu& cpu, uint64_t address, std::span<std::byte> out) {
  while (!out.empty()) {
    const uint64_t in_page = kPageSize - address % kPageSize;
    const auto part = out.first(std::min<uint64_t>(in_page, out.size()));
    GuestAddr physical{};
    if (!Mmu::probe(cpu, address, physical)) return false;
    if (!cpu.memory().read_as_cpu(physical, part)) return false;
    out = out.subspan(part.size());
    address += part.size();
  }
  return true;
}

bool read_physical(const GuestMemory& memory, uint64_t address, std::span<std::byte> out) {
  return memory.read_bytes(GuestAddr{address}, out);
}

std::optional<Disassembled> disassemble_at(Cpu& cpu, uint64_t address, bool physical) {
  std::byte bytes[kLongestInstruction];
  unsigned got = 0;
  const auto read = [&](unsigned at) {
    const auto one = std::span(bytes).subspan(at, 1);
    return physical ? read_physical(cpu.memory(), address + at, one)
                    : read_linear(cpu, address + at, one);
  };
  while (got < kLongestInstruction && read(got)) ++got;
  if (got == 0) return std::nullopt;
  const auto* code = reinterpret_cast<const uint8_t*>(bytes);
  Insn insn;
  const bool good = decode(std::span(code, got), cpu.code_mode, insn) == DecodeStatus::kOk;
  const unsigned length = good ? insn.len : 1;
  return Disassembled{disassemble(code, good ? length : got, cpu.code_mode, address), length};
}

}  // namespace vireo
