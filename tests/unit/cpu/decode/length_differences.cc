#include "tests/unit/cpu/decode/length_differences.h"

#include <algorithm>
#include <initializer_list>
#include <string_view>

namespace vireo {
namespace {

using Kind = LengthDifference::Kind;

bool named(std::string_view name, std::initializer_list<const char*> list) {
  return std::find(list.begin(), list.end(), name) != list.end();
}

std::string_view ours(const LengthDifference& d) {
  return d.insn.row != nullptr ? d.insn.row->name : "";
}

bool has_mandatory_prefix(const LengthDifference& d) {
  const auto rows = opcode_rows();
  return std::any_of(rows.begin(), rows.end(), [&](const OpcodeRow& row) {
    return row.map == d.map && row.opcode == d.insn.opcode && row.prefix != Pfx::kAny;
  });
}

// Instruction set extensions that CPUID never offers here. XOP and EVEX mnemonics
// begin with a v, as do those of virtual machines.
bool of_unoffered_extension(const LengthDifference& d) {
  const std::string_view name = d.mnemonic;
  if (named(name, {"verr", "verw"}) || d.insn.vex) return false;
  static constexpr const char* kPrefixes[] = {"v",      "aes",  "pclmul", "sha1",    "sha256",
                                              "xcrypt", "xsha", "xsaves", "xrstors", "pf"};
  return std::any_of(std::begin(kPrefixes), std::end(kPrefixes),
                     [&](std::string_view p) { return name.substr(0, p.size()) == p; }) ||
         named(name, {"clgi", "encls", "enclu", "extrq", "femms", "getsec", "insertq",
                      "invept", "invvpid", "invlpga", "montmul", "movntss",
                      "movntsd", "pavgusb", "pi2fd", "pi2fw", "pmulhrw", "pswapd", "rsm", "salc",
                      "skinit", "stgi", "xabort", "xbegin", "xend", "xtest"});
}

// General-register instructions behind VEX with L set, F16C with W set, ciphers on
// YMM registers, FMA of four operands, and mask registers.
bool of_unoffered_vex(const LengthDifference& d) {
  const std::string_view name = d.mnemonic;
  static constexpr const char* kPrefixes[] = {"k", "vfm", "vfnm", "vaes", "vpclmul", "vpermil2"};
  return d.insn.vex &&
         (std::any_of(std::begin(kPrefixes), std::end(kPrefixes),
                      [&](std::string_view p) { return name.substr(0, p.size()) == p; }) ||
          named(name, {"andn", "bextr", "blsi", "blsmsk", "blsr", "bzhi", "mulx", "pdep", "pext",
                       "rorx", "sarx", "shlx", "shrx", "vcvtph2ps", "vcvtps2ph"}));
}

// Rows of that name ask for one value of VEX.W.
bool wants_vex_w(const LengthDifference& d) {
  const auto rows = opcode_rows();
  return d.insn.vex && std::any_of(rows.begin(), rows.end(), [&](const OpcodeRow& row) {
    return row.name == d.mnemonic && (vex_bit(row.vex, 8) || vex_bit(row.vex, 16));
  });
}

struct Rule {
  const char* why;
  Kind kind;
  bool (*applies)(const LengthDifference&);
};

const Rule kRules[] = {
    {"an extension that CPUID does not offer", Kind::kOnlyCapstone, of_unoffered_extension},
    {"a VEX.L or VEX.W that the instruction does not have, or mask registers",
     Kind::kOnlyCapstone, of_unoffered_vex},
    {"VEX.W as the instruction does not allow it, which capstone overlooks", Kind::kOnlyCapstone,
     wants_vex_w},
    {"no form with these mandatory prefixes (NP in the SDM), which capstone overlooks",
     Kind::kOnlyCapstone, has_mandatory_prefix},
    {"LOCK without a memory destination, which capstone overlooks", Kind::kOnlyCapstone,
     [](const LengthDifference& d) { return d.insn.lock; }},
    {"no such control, debug or segment register", Kind::kOnlyCapstone,
     [](const LengthDifference& d) {
       return d.mnemonic == "mov" && named(ours(d), {"mov"});
     }},
    {"a mandatory prefix that capstone loses among other prefixes, or in 16-bit code",
     Kind::kOnlyOurs,
     [](const LengthDifference& d) { return d.insn.row->prefix != Pfx::kAny; }},
    {"register forms of hints and fences, and prefetches of later processors", Kind::kOnlyOurs,
     [](const LengthDifference& d) {
       return named(ours(d), {"nop", "prefetch", "prefetchnta", "prefetcht0", "prefetcht1",
                              "prefetcht2", "prefetchw", "lfence", "mfence", "sfence"});
     }},
    {"UD0 has a ModRM byte on Intel processors", Kind::kOnlyOurs,
     [](const LengthDifference& d) { return ours(d) == "ud0"; }},
    {"REX.R means nothing to a segment register", Kind::kOnlyOurs,
     [](const LengthDifference& d) {
       return (d.insn.opcode == 0x8c || d.insn.opcode == 0x8e) && d.map == 0 && (d.insn.rex & 4);
     }},
    {"a meaningless F2 or F3 before a MOV of an absolute address", Kind::kOnlyOurs,
     [](const LengthDifference& d) {
       return d.insn.opcode >= 0xa0 && d.insn.opcode <= 0xa3 && d.map == 0 &&
              (d.insn.rep || d.insn.repne);
     }},
    {"UD0 and UD1 have a ModRM byte", Kind::kLength,
     [](const LengthDifference& d) { return named(ours(d), {"ud0", "ud1"}); }},
    {"66 does not shorten near branches in 64-bit mode (as on Intel processors)", Kind::kLength,
     [](const LengthDifference& d) {
       return d.insn.mode == CodeMode::k64 && d.insn.prefix66 &&
              (d.insn.row->attributes & kAttrF64);
     }},
    {"REX.W does not shorten CALL, nor does it give RET imm16 more bytes", Kind::kLength,
     [](const LengthDifference& d) {
       return (d.insn.rex & 8) && named(ours(d), {"call", "ret"});
     }},
    {"66 with F2 or F3: capstone takes the immediate as 32 bits", Kind::kLength,
     [](const LengthDifference& d) {
       return d.insn.prefix66 && (d.insn.rep || d.insn.repne) && named(ours(d), {"push", "call"});
     }},
};

}  // namespace

const char* explain(const LengthDifference& difference) {
  for (const Rule& rule : kRules) {
    if (rule.kind == difference.kind && rule.applies(difference)) return rule.why;
  }
  return nullptr;
}

}  // namespace vireo
