// Lengths of random byte strings against capstone, and lengths at the edges.
#include <capstone/capstone.h>
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <array>
#include <vector>

#include "tests/unit/cpu/decode/length_differences.h"
#include "tests/unit/cpu/native/random.h"

namespace vireo {
namespace {

using Bytes = std::array<uint8_t, 15>;

class Capstone {
 public:
  explicit Capstone(CodeMode mode) {
    cs_open(CS_ARCH_X86,
            mode == CodeMode::k64 ? CS_MODE_64 : mode == CodeMode::k32 ? CS_MODE_32 : CS_MODE_16,
            &handle_);
  }
  ~Capstone() { cs_close(&handle_); }
  // The length, or 0; the mnemonic.
  size_t length(const Bytes& bytes, std::string& mnemonic) {
    cs_insn* insn = nullptr;
    if (cs_disasm(handle_, bytes.data(), bytes.size(), 0x1000, 1, &insn) == 0) return 0;
    const size_t size = insn->size;
    mnemonic = insn->mnemonic;
    cs_free(insn, 1);
    return size;
  }

 private:
  csh handle_ = 0;
};

// Any bytes, with more prefixes and two-byte opcodes than chance would bring.
Bytes random_bytes(Random& random, CodeMode mode) {
  static constexpr uint8_t kPrefixes[] = {0x66, 0x67, 0xf2, 0xf3, 0x2e, 0x65, 0xf0};
  Bytes bytes;
  for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(random.next());
  size_t at = 0;
  while (at < 5 && random.one_in(3)) bytes[at++] = random.pick(kPrefixes);
  if (mode == CodeMode::k64 && random.one_in(3)) {
    bytes[at++] = static_cast<uint8_t>(0x40 | random.below(16));
  }
  if (random.one_in(8)) {
    bytes[at] = random.one_in(2) ? 0xc4 : 0xc5;
    // Maps 1 to 3, and no LES or LDS.
    if (random.one_in(2)) bytes[at + 1] |= 0xc0;
    if (bytes[at] == 0xc4) bytes[at + 1] = static_cast<uint8_t>((bytes[at + 1] & 0xe0) |
                                                                (1 + random.below(3)));
    return bytes;
  }
  if (random.one_in(2)) bytes[at++] = 0x0f;
  return bytes;
}

uint8_t opcode_map(const Insn& insn, const Bytes& bytes) {
  if (insn.row != nullptr) return insn.row->map;
  for (size_t i = 0; i + 1 < bytes.size(); ++i) {
    if (bytes[i] != 0x0f) continue;
    return bytes[i + 1] == 0x38 ? 2 : bytes[i + 1] == 0x3a ? 3 : 1;
  }
  return 0;
}

std::string hex(const Bytes& bytes) {
  std::string text;
  for (const uint8_t byte : bytes) text += fmt::format("{:02x} ", byte);
  return text;
}

// Empty when both agree or the difference has a known reason.
std::string difference(Capstone& capstone, const Bytes& bytes, CodeMode mode) {
  Insn insn;
  Op op;
  const bool ok = decode(bytes, mode, insn) == DecodeStatus::kOk && insn.row->emit(insn, op);
  std::string mnemonic;
  const size_t theirs = capstone.length(bytes, mnemonic);
  if (ok == (theirs != 0) && (!ok || theirs == insn.len)) return {};
  const auto kind = !ok           ? LengthDifference::Kind::kOnlyCapstone
                    : theirs == 0 ? LengthDifference::Kind::kOnlyOurs
                                  : LengthDifference::Kind::kLength;
  if (explain({kind, insn, opcode_map(insn, bytes), mnemonic}) != nullptr) return {};
  return fmt::format("{}: ours {} {}, capstone {} {}", hex(bytes), ok ? insn.row->name : "#UD",
                     insn.len, theirs, mnemonic);
}

void compare_lengths(CodeMode mode) {
  constexpr unsigned kStrings = 200000;
  Capstone capstone(mode);
  Random random(static_cast<uint64_t>(mode) + 100);
  unsigned found = 0;
  for (unsigned i = 0; i < kStrings && found < 20; ++i) {
    const std::string text = difference(capstone, random_bytes(random, mode), mode);
    if (text.empty()) continue;
    ++found;
    FAIL_CHECK(text);
  }
  CHECK(found == 0);
}

TEST_CASE("lengths agree with capstone in 16-bit code") { compare_lengths(CodeMode::k16); }
TEST_CASE("lengths agree with capstone in 32-bit code") { compare_lengths(CodeMode::k32); }
TEST_CASE("lengths agree with capstone in 64-bit code") { compare_lengths(CodeMode::k64); }

DecodeStatus decode_bytes(std::initializer_list<uint8_t> bytes, Insn& insn,
                          CodeMode mode = CodeMode::k64) {
  return decode(std::span(bytes.begin(), bytes.size()), mode, insn);
}

TEST_CASE("every prefix of an instruction's bytes is truncated") {
  // lock add qword [r12 + r13*8 + 0x12345678], 0x12345678
  const std::initializer_list<uint8_t> code = {0xf0, 0x4b, 0x81, 0x84, 0xec, 0x78, 0x56,
                                               0x34, 0x12, 0x78, 0x56, 0x34, 0x12};
  Insn insn;
  for (size_t n = 0; n < code.size(); ++n) {
    CHECK(decode(std::span(code.begin(), n), CodeMode::k64, insn) == DecodeStatus::kTruncated);
  }
  CHECK(decode_bytes(code, insn) == DecodeStatus::kOk);
  CHECK(insn.len == 13);
}

TEST_CASE("fifteen bytes are an instruction, sixteen are too long") {
  std::vector<uint8_t> code(14, 0x66);
  code.push_back(0x90);
  Insn insn;
  CHECK(decode(code, CodeMode::k64, insn) == DecodeStatus::kOk);
  CHECK(insn.len == 15);
  code.insert(code.begin(), 0x66);
  CHECK(decode(code, CodeMode::k64, insn) == DecodeStatus::kTooLong);
}

TEST_CASE("too many prefixes are too long before they are truncated") {
  const std::vector<uint8_t> code(15, 0x2e);
  Insn insn;
  CHECK(decode(code, CodeMode::k64, insn) == DecodeStatus::kTooLong);
}

TEST_CASE("a REX prefix counts only right before the opcode") {
  Insn insn;
  CHECK(decode_bytes({0x48, 0x66, 0x89, 0xc0}, insn) == DecodeStatus::kOk);
  CHECK(insn.op_size == 2);
  CHECK(decode_bytes({0x66, 0x48, 0x89, 0xc0}, insn) == DecodeStatus::kOk);
  CHECK(insn.op_size == 8);
}

TEST_CASE("PAUSE has no REX.B: with it F3 90 exchanges R8 and RAX") {
  Insn insn;
  CHECK(decode_bytes({0xf3, 0x90}, insn) == DecodeStatus::kOk);
  CHECK(std::string_view(insn.row->name) == "pause");
  CHECK(decode_bytes({0xf3, 0x48, 0x90}, insn) == DecodeStatus::kOk);
  CHECK(std::string_view(insn.row->name) == "pause");
  CHECK(decode_bytes({0xf3, 0x41, 0x90}, insn) == DecodeStatus::kOk);
  CHECK(std::string_view(insn.row->name) == "nop");
}

TEST_CASE("the last of F2 and F3 counts") {
  Insn insn;
  CHECK(decode_bytes({0xf2, 0xf3, 0xa6}, insn) == DecodeStatus::kOk);
  CHECK(insn.rep);
  CHECK_FALSE(insn.repne);
}

TEST_CASE("16-bit addresses name the documented registers and segments") {
  struct Form {
    uint8_t modrm;
    uint8_t base, index, seg;
  };
  static constexpr Form kForms[] = {
      {0x00, kRbx, kRsi, kDs},     {0x01, kRbx, kRdi, kDs},     {0x02, kRbp, kRsi, kSs},
      {0x03, kRbp, kRdi, kSs},     {0x04, kRsi, kZeroReg, kDs}, {0x05, kRdi, kZeroReg, kDs},
      {0x06, kZeroReg, kZeroReg, kDs}, {0x07, kRbx, kZeroReg, kDs}, {0x46, kRbp, kZeroReg, kSs},
  };
  for (const Form& form : kForms) {
    Insn insn;
    CHECK(decode_bytes({0x8b, form.modrm, 0x80, 0xff}, insn, CodeMode::k16) == DecodeStatus::kOk);
    CHECK(insn.base == form.base);
    CHECK(insn.index == form.index);
    CHECK(insn.seg == form.seg);
    CHECK(insn.addr_size == 2);
  }
}

TEST_CASE("VEX gives what REX and the mandatory prefixes give") {
  Insn insn;
  CHECK(decode_bytes({0xc5, 0xf8, 0x77}, insn) == DecodeStatus::kOk);
  CHECK(insn.len == 3);
  CHECK(insn.vex);
  CHECK_FALSE(insn.vex256);
  CHECK(decode_bytes({0xc4, 0x61, 0xfc, 0x77}, insn) == DecodeStatus::kOk);
  CHECK(insn.vex256);
  CHECK(insn.rex == 0x4c);
}

TEST_CASE("VEX stands alone, and vvvv is 1111b where it names nothing") {
  Insn insn;
  for (const uint8_t prefix : {0x66, 0xf2, 0xf3, 0xf0, 0x40}) {
    CHECK(decode_bytes({prefix, 0xc5, 0xf8, 0x77}, insn) == DecodeStatus::kUndefined);
  }
  CHECK(decode_bytes({0x65, 0xc5, 0xf8, 0x77}, insn) == DecodeStatus::kOk);
  CHECK(decode_bytes({0xc5, 0xf0, 0x77}, insn) == DecodeStatus::kUndefined);
  CHECK(decode_bytes({0xc5, 0xf9, 0x77}, insn) == DecodeStatus::kUndefined);
}

TEST_CASE("C4 and C5 are LES and LDS with a memory operand outside 64-bit mode") {
  Insn insn;
  CHECK(decode_bytes({0xc5, 0x00}, insn, CodeMode::k32) == DecodeStatus::kOk);
  CHECK_FALSE(insn.vex);
  CHECK(decode_bytes({0xc4, 0x03}, insn, CodeMode::k32) == DecodeStatus::kOk);
  CHECK_FALSE(insn.vex);
  CHECK(decode_bytes({0xc5, 0xf8, 0x77}, insn, CodeMode::k32) == DecodeStatus::kOk);
  CHECK(insn.vex);
  CHECK(decode_bytes({0xc5}, insn, CodeMode::k32) == DecodeStatus::kTruncated);
}

TEST_CASE("RIP-relative operands count from the end of the instruction, immediates included") {
  Insn insn;
  insn.ip = 0x123;
  // mov dword [rip + 0x10], 0x11223344: ten bytes
  CHECK(decode_bytes({0xc7, 0x05, 0x10, 0, 0, 0, 0x44, 0x33, 0x22, 0x11}, insn) ==
        DecodeStatus::kOk);
  CHECK(insn.base == kRipPageReg);
  CHECK(insn.disp == 0x123 + 10 + 0x10);
}

TEST_CASE("a RIP-relative displacement near 2 GiB still fits") {
  Insn insn;
  insn.ip = 0xff0;
  CHECK(decode_bytes({0x8b, 0x05, 0xff, 0xff, 0xff, 0x7f}, insn) == DecodeStatus::kOk);
  CHECK(insn.index == kTwoPagesReg);
  CHECK(int64_t{insn.disp} + 8192 == int64_t{0x7fffffff} + 0xff0 + 6);
}

}  // namespace
}  // namespace vireo
