#include "cpu/trace/trace_registers.h"

#include <fmt/format.h>

#include <algorithm>

#include "cpu/cpu.h"

namespace vireo {
namespace {

constexpr const char* kGeneral[17] = {"rax", "rcx", "rdx", "rbx", "rsp", "rbp",
                                      "rsi", "rdi", "r8",  "r9",  "r10", "r11",
                                      "r12", "r13", "r14", "r15", "rflags"};
constexpr const char* kSegments[8] = {"es", "cs", "ss", "ds", "fs", "gs", "ldtr", "tr"};
constexpr const char* kRest[] = {
    "gdtr.base", "gdtr.limit", "idtr.base",   "idtr.limit",   "cr0",          "cr2",
    "cr3",       "cr4",        "cr8",         "efer",         "cpl",          "xcr0",
    "pkru",      "dr0",        "dr1",         "dr2",          "dr3",          "dr6",
    "dr7",       "debugctl",   "star",        "lstar",        "cstar",        "sfmask",
    "kernel_gs", "tsc_aux",    "sysenter_cs", "sysenter_esp", "sysenter_eip", "pat",
    "tsc_offset", "tsc_adjust", "misc_enable", "mtrr_default", "smm",         "smbase",
    "a20_mask",  "halted"};
static_assert(std::size(kSegments) * 2 + std::size(kRest) == kTraceSystemCount);

// Selector, attributes and limit in one number.
uint64_t segment_word(const Segment& s) {
  return s.selector | uint64_t{s.attributes} << 16 | uint64_t{s.limit} << 32;
}

void gather_system(const Cpu& cpu, uint64_t* out) {
  const Segment* segments[8] = {&cpu.segs[0], &cpu.segs[1], &cpu.segs[2], &cpu.segs[3],
                                &cpu.segs[4], &cpu.segs[5], &cpu.ldtr,    &cpu.tr};
  for (const Segment* segment : segments) {
    *out++ = segment_word(*segment);
    *out++ = segment->base;
  }
  const uint64_t rest[std::size(kRest)] = {
      cpu.gdtr.base,      cpu.gdtr.limit,    cpu.idtr.base,    cpu.idtr.limit,
      cpu.cr0,            cpu.cr2,           cpu.cr3,          cpu.cr4,
      cpu.cr8,            cpu.efer,          cpu.cpl,          cpu.xcr0,
      cpu.pkru,           cpu.dr[0],         cpu.dr[1],        cpu.dr[2],
      cpu.dr[3],          cpu.dr[6],         cpu.dr[7],        cpu.debug_control,
      cpu.star,           cpu.lstar,         cpu.cstar,        cpu.sfmask,
      cpu.kernel_gs_base, cpu.tsc_aux,       cpu.sysenter_cs,  cpu.sysenter_esp,
      cpu.sysenter_eip,   cpu.pat,           cpu.tsc_offset,   cpu.tsc_adjust,
      cpu.misc_enable,    cpu.mtrr_def_type, cpu.smm ? 1u : 0, cpu.smbase,
      cpu.a20_mask,       cpu.halted ? 1u : 0};
  std::copy(std::begin(rest), std::end(rest), out);
}

}  // namespace

uint64_t trace_flags(const Cpu& cpu) { return cpu.read_rflags() & ~kFlagRf; }

void gather_trace_vectors(const Cpu& cpu, TraceRegisters& out) {
  uint64_t* at = out.data() + kTraceX87;
  for (const X87Reg& r : cpu.x87.st) {
    *at++ = r.significand;
    *at++ = r.sign_exponent;
  }
  const X87State& x = cpu.x87;
  *at++ = x.control | uint64_t{x.status} << 16 | uint64_t{x.top} << 32 | uint64_t{x.empty} << 40 |
          uint64_t{x.opcode} << 48;
  *at++ = x.instruction_pointer;
  *at++ = x.data_pointer;
  *at++ = cpu.mxcsr;
  for (const VecReg& v : cpu.vec) at = std::copy(std::begin(v.u64), std::end(v.u64), at);
}

void gather_trace_registers(const Cpu& cpu, TraceRegisters& out) {
  out[kTraceFlags] = trace_flags(cpu);
  gather_system(cpu, out.data() + kTraceSystem);
  gather_trace_vectors(cpu, out);
}

std::string trace_register_name(unsigned number) {
  if (number < kTraceSystem) return kGeneral[number];
  if (number < kTraceX87) {
    const unsigned i = number - kTraceSystem;
    if (i >= 16) return kRest[i - 16];
    return fmt::format("{}{}", kSegments[i / 2], i % 2 ? ".base" : "");
  }
  if (number < kTraceVector) {
    constexpr const char* kControl[4] = {"x87.control", "x87.ip", "x87.dp", "mxcsr"};
    const unsigned i = number - kTraceX87;
    if (i >= 16) return kControl[i - 16];
    return fmt::format("r{}{}", i / 2, i % 2 ? ".exponent" : "");
  }
  const unsigned i = number - kTraceVector;
  return i / 4 < 16 ? fmt::format("ymm{}[{}]", i / 4, i % 4) : fmt::format("register{}", number);
}

}  // namespace vireo
