#include "cpu/block/trace.h"

#include <capstone/capstone.h>
#include <fmt/format.h>

#include <algorithm>

#include "cpu/cpu.h"
#include "machine/base/log.h"

namespace vireo {
namespace {

// One capstone handle per code size, opened when first needed.
csh capstone_handle(CodeMode mode) {
  static csh handles[3] = {};
  csh& handle = handles[static_cast<unsigned>(mode)];
  if (handle != 0) return handle;
  const cs_mode bits = mode == CodeMode::k64   ? CS_MODE_64
                       : mode == CodeMode::k32 ? CS_MODE_32
                                               : CS_MODE_16;
  if (cs_open(CS_ARCH_X86, bits, &handle) != CS_ERR_OK) handle = 0;
  return handle;
}

// Reads code for printing; bytes that are not mapped RAM end it.
size_t peek_code(Cpu& cpu, uint64_t linear, uint8_t* out, size_t count) {
  for (size_t i = 0; i < count; ++i) {
    GuestAddr physical;
    if (!Mmu::probe(cpu, linear + i, physical)) return i;
    const auto byte = std::as_writable_bytes(std::span(out + i, 1));
    if (!cpu.memory().read_as_cpu(physical, byte)) return i;
  }
  return count;
}

std::string hex_bytes(const uint8_t* bytes, size_t count) {
  std::string text;
  for (size_t i = 0; i < count; ++i) text += fmt::format("{:02x} ", bytes[i]);
  return text;
}

}  // namespace

std::string disassemble(const uint8_t* bytes, size_t count, CodeMode mode, uint64_t rip) {
  const csh handle = capstone_handle(mode);
  cs_insn* insn = nullptr;
  const size_t found = handle != 0 ? cs_disasm(handle, bytes, count, rip, 1, &insn) : 0;
  if (found == 0) return fmt::format(".byte 0x{:02x}", count > 0 ? bytes[0] : 0);
  std::string text = fmt::format("{} {}", insn->mnemonic, insn->op_str);
  cs_free(insn, found);
  return text;
}

namespace {

// " <start_kernel+0x10>", or nothing.
std::string symbol_text(uint64_t address) {
  if (Log::symbols() == nullptr) return "";
  const std::string name = Log::symbols()->describe(address);
  return name.empty() ? "" : fmt::format(" <{}>", name);
}

}  // namespace

void trace_block_code(Cpu& cpu, const std::vector<Insn>& insns, uint64_t rip, uint64_t offset) {
  if (!Log::filter().contains(rip)) return;
  Log::line(fmt::format("----------------{}", symbol_text(rip)));
  for (const Insn& insn : insns) {
    const uint64_t at = rip - offset + insn.ip;
    uint8_t bytes[15];
    const size_t got = peek_code(cpu, at + cpu.seg_base[kCs], bytes,
                                 std::min<size_t>(std::max<size_t>(insn.len, 1), sizeof bytes));
    Log::line(fmt::format("0x{:016x}:  {:<32}{}", at, hex_bytes(bytes, got),
                          disassemble(bytes, got, insn.mode, at)));
  }
}

void trace_step(Cpu& cpu) {
  if (!Log::filter().contains(cpu.rip)) return;
  if (Log::on(LogItem::kCpu)) Log::line(dump_registers(cpu));
  if (!Log::on(LogItem::kExec)) return;
  uint8_t bytes[15];
  const size_t got = peek_code(cpu, cpu.rip + cpu.seg_base[kCs], bytes, sizeof bytes);
  Log::line(fmt::format("{:>12} {:04x}:{:016x}{} {}", cpu.retired(), cpu.segs[kCs].selector,
                        cpu.rip, symbol_text(cpu.rip),
                        disassemble(bytes, got, cpu.code_mode, cpu.rip)));
}

std::string dump_registers(const Cpu& cpu) {
  static constexpr const char* kNames[16] = {"RAX", "RCX", "RDX", "RBX", "RSP", "RBP",
                                             "RSI", "RDI", "R8 ", "R9 ", "R10", "R11",
                                             "R12", "R13", "R14", "R15"};
  static constexpr const char* kSegments[6] = {"ES", "CS", "SS", "DS", "FS", "GS"};
  std::string text;
  for (unsigned i = 0; i < 16; ++i) {
    text += fmt::format("{}={:016x}{}", kNames[i], cpu.regs[i], i % 4 == 3 ? "\n" : " ");
  }
  text += fmt::format("RIP={:016x} RFL={:08x} CPL={} HLT={}\n", cpu.rip, cpu.read_rflags(),
                      cpu.cpl, cpu.halted ? 1 : 0);
  for (unsigned i = 0; i < 6; ++i) {
    const Segment& s = cpu.segs[i];
    text += fmt::format("{} ={:04x} {:016x} {:08x} {:04x}\n", kSegments[i], s.selector, s.base,
                        s.limit, s.attributes);
  }
  text += fmt::format("CR0={:08x} CR2={:016x} CR3={:016x} CR4={:08x}\nEFER={:016x}", cpu.cr0,
                      cpu.cr2, cpu.cr3, cpu.cr4, cpu.efer);
  return text;
}

}  // namespace vireo
