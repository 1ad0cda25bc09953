// Names, memory operands and immediates of random byte strings against capstone,
// where both find an instruction of the same length.
#include <capstone/capstone.h>
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "cpu/decode/insn.h"
#include "tests/unit/cpu/native/random.h"
#include "tests/unit/cpu/native/trial_options.h"

namespace vireo {
namespace {

constexpr unsigned kStrings = 340000;  // a mode; a million in all
using Bytes = std::array<uint8_t, 15>;

// Number of an address register as ModRM has it (of a vector in VSIB, too);
// kRipPageReg for RIP.
int register_number(unsigned reg) {
  static constexpr unsigned k64[] = {X86_REG_RAX, X86_REG_RCX, X86_REG_RDX, X86_REG_RBX,
                                     X86_REG_RSP, X86_REG_RBP, X86_REG_RSI, X86_REG_RDI};
  static constexpr unsigned k32[] = {X86_REG_EAX, X86_REG_ECX, X86_REG_EDX, X86_REG_EBX,
                                     X86_REG_ESP, X86_REG_EBP, X86_REG_ESI, X86_REG_EDI};
  static constexpr unsigned k16[] = {X86_REG_AX, X86_REG_CX, X86_REG_DX, X86_REG_BX,
                                     X86_REG_SP, X86_REG_BP, X86_REG_SI, X86_REG_DI};
  for (int i = 0; i < 8; ++i) {
    if (reg == k64[i] || reg == k32[i] || reg == k16[i]) return i;
  }
  if (reg >= X86_REG_XMM0 && reg <= X86_REG_XMM15) return static_cast<int>(reg - X86_REG_XMM0);
  if (reg >= X86_REG_YMM0 && reg <= X86_REG_YMM15) return static_cast<int>(reg - X86_REG_YMM0);
  if (reg >= X86_REG_R8 && reg <= X86_REG_R15) return static_cast<int>(reg - X86_REG_R8) + 8;
  if (reg >= X86_REG_R8D && reg <= X86_REG_R15D) return static_cast<int>(reg - X86_REG_R8D) + 8;
  return reg == X86_REG_RIP || reg == X86_REG_EIP ? int{kRipPageReg} : int{kZeroReg};
}

int segment_number(unsigned reg) {
  switch (reg) {
    case X86_REG_ES:
      return kEs;
    case X86_REG_CS:
      return kCs;
    case X86_REG_SS:
      return kSs;
    case X86_REG_DS:
      return kDs;
    case X86_REG_FS:
      return kFs;
    case X86_REG_GS:
      return kGs;
    default:
      return -1;
  }
}

// Capstone's handle for a mode, with details.
class Capstone {
 public:
  explicit Capstone(CodeMode mode) {
    const cs_mode bits = mode == CodeMode::k64   ? CS_MODE_64
                         : mode == CodeMode::k32 ? CS_MODE_32
                                                 : CS_MODE_16;
    cs_open(CS_ARCH_X86, bits, &handle_);
    cs_option(handle_, CS_OPT_DETAIL, CS_OPT_ON);
    insn_ = cs_malloc(handle_);
  }
  ~Capstone() {
    cs_free(insn_, 1);
    cs_close(&handle_);
  }
  // Null when there is no instruction. Valid until the next call.
  const cs_insn* decode(const Bytes& bytes) {
    const uint8_t* code = bytes.data();
    size_t size = bytes.size();
    uint64_t address = 0;
    return cs_disasm_iter(handle_, &code, &size, &address, insn_) ? insn_ : nullptr;
  }

 private:
  csh handle_ = 0;
  cs_insn* insn_ = nullptr;
};

const cs_x86_op* memory_operand(const cs_x86& x86) {
  for (unsigned i = 0; i < x86.op_count; ++i) {
    if (x86.operands[i].type == X86_OP_MEM) return &x86.operands[i];
  }
  return nullptr;
}

// A base alone and an index alone of scale 1 are the same address.
struct Address {
  int base, index;
  unsigned scale;
  int64_t disp;
  bool operator==(const Address&) const = default;
};

Address ours(const Insn& insn) {
  Address a{insn.base, insn.index, insn.index == kZeroReg ? 1u : 1u << insn.scale, insn.disp};
  if (a.base == kRipPageReg) a.disp -= insn.len;
  if (a.index == kTwoPagesReg) a = {a.base, kZeroReg, 1, a.disp + 8192};
  return a;
}

Address theirs(const x86_op_mem& mem) {
  Address a{register_number(mem.base), register_number(mem.index), static_cast<unsigned>(mem.scale),
            mem.disp};
  if (a.index == kZeroReg) a.scale = 1;
  return a;
}

uint64_t address_mask(const Insn& insn) {
  return insn.addr_size == 8 ? ~uint64_t{0} : (uint64_t{1} << 8 * insn.addr_size) - 1;
}

std::string memory_difference(const Insn& insn, const cs_x86& x86) {
  const cs_x86_op* operand = memory_operand(x86);
  if (operand == nullptr || !insn.memory()) return {};
  Address a = ours(insn), b = theirs(operand->mem);
  a.disp = static_cast<int64_t>(static_cast<uint64_t>(a.disp) & address_mask(insn));
  b.disp = static_cast<int64_t>(static_cast<uint64_t>(b.disp) & address_mask(insn));
  if (a == b) return {};
  return fmt::format("address {} {} {} {:x} / {} {} {} {:x}", a.base, a.index, a.scale, a.disp,
                     b.base, b.index, b.scale, b.disp);
}

// Capstone names a segment only where a prefix chose one.
std::string segment_difference(const Insn& insn, const cs_x86& x86) {
  const cs_x86_op* operand = memory_operand(x86);
  if (operand == nullptr || !insn.memory()) return {};
  const int segment = segment_number(operand->mem.segment);
  if (segment < 0 || segment == insn.seg) return {};
  if (insn.mode == CodeMode::k64 && segment < kFs) return {};
  return fmt::format("segment {} / {}", insn.seg, segment);
}

bool has_immediate(const Insn& insn) {
  return std::any_of(std::begin(insn.row->operands), std::end(insn.row->operands), [](Opd o) {
    return o == Opd::kIb || o == Opd::kIbs || o == Opd::kIz || o == Opd::kIv;
  });
}

// How much of a sign extension both know: capstone takes ENTER's word, the
// doubleword of a 64-bit PUSH and some unsigned bytes for another size.
unsigned known_bytes(const Insn& insn, unsigned size) {
  const auto& operands = insn.row->operands;
  if (std::find(std::begin(operands), std::end(operands), Opd::kIb) != std::end(operands)) {
    return operands[0] == Opd::kIw ? 2 : 1;
  }
  return std::min<unsigned>(insn.op_size, std::clamp<unsigned>(size, 1, 4));
}

std::string immediate_difference(const Insn& insn, const cs_x86& x86) {
  if (!has_immediate(insn)) return {};
  for (unsigned i = 0; i < x86.op_count; ++i) {
    const cs_x86_op& operand = x86.operands[i];
    if (operand.type != X86_OP_IMM) continue;
    const unsigned bits = 8 * known_bytes(insn, operand.size);
    const uint64_t mask = bits >= 64 ? ~uint64_t{0} : (uint64_t{1} << bits) - 1;
    if (((insn.imm ^ static_cast<uint64_t>(operand.imm)) & mask) == 0) return {};
    return fmt::format("immediate {:x} / {:x}", insn.imm & mask, operand.imm);
  }
  return {};
}

// Names that differ for a reason: ours, capstone's.
struct Alias {
  std::string_view ours, theirs;
};
constexpr Alias kAliases[] = {
#include "tests/unit/cpu/decode/capstone_names.def"
};

bool is_prefix(uint8_t byte, CodeMode mode) {
  static constexpr uint8_t kPrefixes[] = {0x66, 0x67, 0xf0, 0xf2, 0xf3, 0x26,
                                          0x2e, 0x36, 0x3e, 0x64, 0x65};
  if (mode == CodeMode::k64 && (byte & 0xf0) == 0x40) return true;
  return std::find(std::begin(kPrefixes), std::end(kPrefixes), byte) != std::end(kPrefixes);
}

// Capstone loses a mandatory prefix, or takes another for it, where any more stand
// with it, and in 16-bit code.
bool unsure_of_prefix(const Insn& insn, const Bytes& bytes) {
  if (insn.row->prefix == Pfx::kAny) return false;
  if (insn.mode == CodeMode::k16) return true;
  const bool legacy = insn.row->vex == Vex::kNone && insn.row->prefix != Pfx::kNp;
  unsigned prefixes = 0;
  while (is_prefix(bytes[prefixes], insn.mode)) ++prefixes;
  return prefixes != (legacy ? 1 : 0);
}

std::string_view without_prefixes(std::string_view name) {
  for (const std::string_view prefix :
       {"xacquire ", "xrelease ", "lock ", "repne ", "repe ", "rep ", "bnd ", "notrack "}) {
    if (name.starts_with(prefix)) name.remove_prefix(prefix.size());
  }
  return name;
}

// Suffixes of size are not part of our names for strings and stacks.
bool same_but_size(std::string_view ours, std::string_view theirs) {
  if (theirs.size() != ours.size() + 1 || !theirs.starts_with(ours)) return false;
  return std::string_view("bwdqlf").find(theirs.back()) != std::string_view::npos;
}

// "push" for our "push ds"; "cmpeqps" for our CMPPS with an immediate.
bool said_otherwise(std::string_view ours, std::string_view theirs) {
  if (ours.starts_with(theirs) && ours[theirs.size()] == ' ') return true;
  const size_t stem = ours.find("cmp");
  return stem <= 1 && ours.size() == stem + 5 &&
         theirs.substr(0, stem + 3) == ours.substr(0, stem + 3) &&
         theirs.ends_with(ours.substr(stem + 3));
}

std::string name_difference(const Insn& insn, const cs_insn& found, const Bytes& bytes) {
  const std::string_view theirs = without_prefixes(found.mnemonic), name = insn.row->name;
  if (theirs == name || same_but_size(name, theirs) || said_otherwise(name, theirs)) return {};
  if (unsure_of_prefix(insn, bytes)) return {};
  for (const Alias& alias : kAliases) {
    if (alias.ours == name && alias.theirs == theirs) return {};
  }
  return fmt::format("name {} / {}", name, theirs);
}

// A VEX prefix of two or three bytes, with a register in vvvv or none.
size_t put_vex(Bytes& bytes, size_t at, Random& random) {
  const uint8_t vvvv = random.one_in(3) ? 0x78 : static_cast<uint8_t>(random.next() & 0x78);
  const auto low = static_cast<uint8_t>(random.below(8));
  if (random.one_in(3)) {
    bytes[at] = 0xc5;
    bytes[at + 1] = static_cast<uint8_t>(0xc0 | vvvv | low);
    return at + 2;
  }
  bytes[at] = 0xc4;
  bytes[at + 1] = static_cast<uint8_t>(0xc0 | random.below(2) << 5 | (1 + random.below(3)));
  bytes[at + 2] = static_cast<uint8_t>(vvvv | low | random.below(2) << 7);
  return at + 3;
}

Bytes random_bytes(Random& random, CodeMode mode) {
  static constexpr uint8_t kPrefixes[] = {0x66, 0x67, 0xf2, 0xf3, 0x2e, 0x65, 0xf0};
  Bytes bytes;
  for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(random.next());
  size_t at = 0;
  if (random.one_in(4)) {
    put_vex(bytes, 0, random);
    return bytes;
  }
  while (at < 3 && random.one_in(4)) bytes[at++] = random.pick(kPrefixes);
  if (mode == CodeMode::k64 && random.one_in(3)) {
    bytes[at++] = static_cast<uint8_t>(0x40 | random.below(16));
  }
  if (random.one_in(2)) bytes[at++] = 0x0f;
  return bytes;
}

std::string difference(Capstone& capstone, const Bytes& bytes, CodeMode mode) {
  Insn insn;
  Op op;
  if (decode(bytes, mode, insn) != DecodeStatus::kOk || !insn.row->emit(insn, op)) return {};
  const cs_insn* found = capstone.decode(bytes);
  if (found == nullptr || found->size != insn.len) return {};  // the length test's business
  const cs_x86& x86 = found->detail->x86;
  for (const auto& text : {memory_difference(insn, x86), segment_difference(insn, x86),
                           immediate_difference(insn, x86), name_difference(insn, *found, bytes)}) {
    if (text.empty()) continue;
    std::string hex;
    for (unsigned i = 0; i < insn.len; ++i) hex += fmt::format("{:02x} ", bytes[i]);
    return fmt::format("{}: {}: {} ({} {})", hex, insn.row->name, text, found->mnemonic,
                       found->op_str);
  }
  return {};
}

void compare_operands(CodeMode mode) {
  Capstone capstone(mode);
  Random random(trial_seed(static_cast<uint64_t>(mode) + 200));
  const unsigned strings = trial_count(kStrings);
  unsigned found = 0;
  for (unsigned i = 0; i < strings && found < 20; ++i) {
    const std::string text = difference(capstone, random_bytes(random, mode), mode);
    if (text.empty()) continue;
    ++found;
    FAIL_CHECK(text);
  }
  CHECK(found == 0);
}

TEST_CASE("names and operands agree with capstone in 16-bit code") {
  compare_operands(CodeMode::k16);
}
TEST_CASE("names and operands agree with capstone in 32-bit code") {
  compare_operands(CodeMode::k32);
}
TEST_CASE("names and operands agree with capstone in 64-bit code") {
  compare_operands(CodeMode::k64);
}

}  // namespace
}  // namespace vireo
