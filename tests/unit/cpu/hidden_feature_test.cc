// What CPUID hides does not exist: its instructions are undefined, its control
// register bits reserved, its MSRs absent.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <string>
#include <vector>

#include "cpu/exec/integer_ext.h"
#include "tests/unit/cpu/exec/fp_cases.h"
#include "tests/unit/cpu/exec/system_guest.h"

namespace vireo {
namespace {

std::string without(CpuFeature feature) {
  return fmt::format("max,-{}", cpu_feature_name(feature));
}

unsigned vector_of(SystemGuest& guest, const std::vector<uint8_t>& code) {
  guest.cpu.reset();
  guest.enter_long_mode();
  guest.cpu.gdtr = {SystemGuest::kGdt, SystemGuest::kGdtEntries * 8 - 1};
  guest.cpu.idtr = {SystemGuest::kIdt, 256 * 16 - 1};
  guest.cpu.tr = Segment{SystemGuest::kTssSelector, 0x8b, 0x67, SystemGuest::kTss};
  guest.cpu.regs[kRbx] = TestGuest::kData;
  guest.run(code, 2);
  return guest.frame().vector;
}

bool has_operand(const OpcodeRow& row, Opd operand) {
  return std::find(std::begin(row.operands), std::end(row.operands), operand) !=
         std::end(row.operands);
}

// A form of a VEX row, with [rbx] where it takes memory.
std::vector<uint8_t> vex_encoding(const OpcodeRow& row) {
  const unsigned w = vex_bit(row.vex, 16), l = vex_bit(row.vex, 4);
  const unsigned pp = row.prefix == Pfx::k66 ? 1 : row.prefix == Pfx::kF3 ? 2
                      : row.prefix == Pfx::kF2 ? 3 : 0;
  const unsigned reg = row.modrm >= 0 ? static_cast<unsigned>(row.modrm) & 7 : 0;
  std::vector<uint8_t> code = {0xc4, static_cast<uint8_t>(0xe0 | row.map),
                               static_cast<uint8_t>((w ? 0x80 : 0) | 0x78 | (l ? 4 : 0) | pp),
                               row.opcode};
  if (row.modrm >= 0 || row.mod != '*' || row.operands[0] != Opd::kNone) {
    const bool indices = has_operand(row, Opd::kMv);
    code.push_back(static_cast<uint8_t>((row.mod == 'r' ? 0xc3 : indices ? 0x04 : 0x03) |
                                        reg << 3));
    if (indices) code.push_back(0x0b);
  }
  if (has_operand(row, Opd::kIb) || has_operand(row, Opd::kLx)) code.push_back(0);
  return code;
}

// LZCNT and TZCNT turn into BSR and BSF.
bool becomes_older(const OpcodeRow& row) { return row.emit == emit_count_zeros; }

TEST_CASE("instructions of a hidden feature are undefined") {
  for (const CpuFeatureRow& feature : cpu_feature_rows()) {
    SystemGuest guest(without(feature.feature).c_str());
    CaseRandom random(feature.feature);
    for (const OpcodeRow& row : opcode_rows()) {
      if (row.feature != feature.feature || (row.attributes & kAttrNo64)) continue;
      if (becomes_older(row)) continue;
      const std::string name = row.name;
      INFO(name);
      const bool vex = row.vex != Vex::kNone;
      CHECK(vector_of(guest, vex ? vex_encoding(row) : random_encoding(row, random)) == kVectorUd);
    }
  }
}

TEST_CASE("CMPXCHG16B is undefined without its feature, CMPXCHG8B is not") {
  SystemGuest guest(without(kFeatCx16).c_str());
  CHECK(vector_of(guest, {0x48, 0x0f, 0xc7, 0x0b}) == kVectorUd);
  CHECK(vector_of(guest, {0x0f, 0xc7, 0x0b}) != kVectorUd);
}

TEST_CASE("LZCNT and TZCNT are BSR and BSF without their features") {
  for (const CpuFeature feature : {kFeatLzcnt, kFeatBmi1}) {
    TestGuest guest(without(feature).c_str());
    const uint8_t opcode = feature == kFeatLzcnt ? 0xbd : 0xbc;
    guest.cpu.regs[kRax] = 0x10;
    guest.cpu.regs[kRcx] = 7;
    guest.run({0xf3, 0x0f, opcode, 0xc8});  // of EAX into ECX
    CHECK(guest.cpu.regs[kRcx] == 4);
    guest.cpu.regs[kRax] = 0;
    guest.run({0xf3, 0x0f, opcode, 0xc8});
    CHECK(guest.cpu.regs[kRcx] == 4);  // zero leaves the destination alone
  }
}

struct ControlBit {
  CpuFeature feature;
  uint64_t bit;  // of CR4
};
constexpr ControlBit kControlBits[] = {
    {kFeatUmip, kCr4Umip},   {kFeatFsgsbase, kCr4Fsgsbase}, {kFeatPcid, kCr4Pcide},
    {kFeatSmep, kCr4Smep},   {kFeatSmap, kCr4Smap},         {kFeatXsave, kCr4Osxsave},
    {kFeatLa57, kCr4La57},   {kFeatPku, kCr4Pke},           {kFeatVme, kCr4Vme},
    {kFeatVme, kCr4Pvi},
};

TEST_CASE("CR4 bits of a hidden feature are reserved") {
  for (const ControlBit& control : kControlBits) {
    INFO(cpu_feature_name(control.feature));
    SystemGuest guest(without(control.feature).c_str());
    guest.cpu.regs[kRax] = guest.cpu.cr4 | control.bit;
    CHECK(guest.fault_of({0x0f, 0x22, 0xe0}).vector == kVectorGp);  // mov cr4, rax
  }
}

unsigned rdmsr_vector(const std::string& model, uint32_t index) {
  SystemGuest guest(model.c_str());
  guest.cpu.regs[kRcx] = index;
  return guest.fault_of({0x0f, 0x32, 0xf4}).vector;
}

TEST_CASE("MSRs of a hidden feature are absent") {
  CHECK(rdmsr_vector("max", 0x3b) == 256);
  CHECK(rdmsr_vector("max,-tsc_adjust", 0x3b) == kVectorGp);
  CHECK(rdmsr_vector("max", 0x10a) == 256);
  CHECK(rdmsr_vector("max,-arch_capabilities", 0x10a) == kVectorGp);
  CHECK(rdmsr_vector("max,-rdtscp", 0xc0000103) == 256);
  CHECK(rdmsr_vector("max,-rdtscp,-rdpid", 0xc0000103) == kVectorGp);
}

}  // namespace
}  // namespace vireo
