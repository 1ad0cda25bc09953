// 66, F2 and F3 in every order before opcodes to which each of them means
// something else: MOVBE and CRC32, ADCX and ADOX, bit scans and counts.
#include <doctest/doctest.h>

#include <vector>

#include "tests/unit/cpu/native/side_by_side.h"

namespace vireo {
namespace {

using Bytes = std::vector<uint8_t>;

// All sequences of up to three of the prefixes.
std::vector<Bytes> prefix_sequences() {
  std::vector<Bytes> all = {{}};
  for (size_t from = 0, to = 1; all[from].size() < 3; to = all.size()) {
    for (; from < to; ++from) {
      for (const uint8_t prefix : {0x66, 0xf2, 0xf3}) {
        Bytes longer = all[from];
        longer.push_back(prefix);
        all.push_back(longer);
      }
    }
  }
  return all;
}

void check(SideBySide& pair, const Bytes& prefixes, bool rex_w, const Bytes& opcode,
           uint8_t modrm, uint64_t undefined) {
  Trial trial;
  trial.code = prefixes;
  if (rex_w) trial.code.push_back(0x48);
  trial.code.insert(trial.code.end(), opcode.begin(), opcode.end());
  trial.code.push_back(modrm);
  trial.ignored_flags = undefined;
  for (unsigned i = 0; i < 16; ++i) trial.in.gpr[i] = 0x0123456789abcdef * (i + 1);
  trial.in.gpr[kRsp] = NativeCpu::kStackBase + 0x2000;
  trial.in.gpr[kRbx] = NativeCpu::kData + 0x100;
  CHECK(pair.run(trial) == "");
}

// [rbx] and a register; into ECX.
void check_forms(const Bytes& opcode, uint64_t undefined) {
  if (!NativeCpu::available()) return;
  SideBySide pair(3);
  for (const Bytes& prefixes : prefix_sequences()) {
    for (const uint8_t modrm : {0x0b, 0xca}) {
      for (const bool rex_w : {false, true}) {
        check(pair, prefixes, rex_w, opcode, modrm, undefined);
      }
    }
  }
}

TEST_CASE("prefixes choose between MOVBE and CRC32 as on the host") {
  check_forms({0x0f, 0x38, 0xf0}, 0);
  check_forms({0x0f, 0x38, 0xf1}, 0);
}

TEST_CASE("prefixes choose between ADCX and ADOX as on the host") {
  check_forms({0x0f, 0x38, 0xf6}, 0);
}

TEST_CASE("prefixes choose among bit scans and counts as on the host") {
  constexpr uint64_t kOpen = kArithFlags & ~(kFlagZf | kFlagCf);
  check_forms({0x0f, 0xbc}, kOpen | kFlagCf);
  check_forms({0x0f, 0xbd}, kOpen | kFlagCf);
  check_forms({0x0f, 0xb8}, 0);
}

}  // namespace
}  // namespace vireo
