#include "tests/fuzz/cpu_code.h"

#include "cpu/decode/insn.h"

namespace vireo::fuzz {
namespace {

class CodeWriter {
 public:
  CodeWriter(FuzzInput& input, std::vector<uint8_t>& code) : input_(input), code_(code) {}

  void instruction() {
    const OpcodeRow& row = opcode_rows()[input_.below(static_cast<uint32_t>(opcode_rows().size()))];
    shape_ = input_.take<uint16_t>();
    stray_prefixes();
    if (row.vex != Vex::kNone)
      vex_prefix(row);
    else
      legacy_prefix(row);
    put(row.opcode);
    modrm(row);
    for (unsigned i = 0; i < 5; ++i) put(input_.take<uint8_t>() & (shape_ & 0x100 ? 0xff : 0x1f));
  }

 private:
  void put(unsigned byte) { code_.push_back(static_cast<uint8_t>(byte)); }

  void stray_prefixes() {
    static constexpr uint8_t kPrefixes[] = {0x66, 0x67, 0xf2, 0xf3, 0xf0, 0x2e, 0x36, 0x64,
                                            0x65, 0x26, 0x3e, 0x48, 0x41, 0x4f, 0x66, 0x67};
    while ((shape_ & 3) == 3) {
      put(kPrefixes[input_.take<uint8_t>() & 15]);
      shape_ = static_cast<uint16_t>(shape_ & 0xfffc) | (input_.take<uint8_t>() & 3);
    }
  }

  void legacy_prefix(const OpcodeRow& row) {
    static constexpr uint8_t kMandatory[] = {0, 0, 0x66, 0xf3, 0xf2};
    if (row.prefix >= Pfx::k66) put(kMandatory[static_cast<unsigned>(row.prefix)]);
    if (shape_ & 0x200) put(0x40 | (shape_ >> 12));  // INC or DEC outside 64-bit mode
    if (row.map >= 1) put(0x0f);
    if (row.map >= 2) put(row.map == 2 ? 0x38 : 0x3a);
  }

  void vex_prefix(const OpcodeRow& row) {
    static constexpr uint8_t kPp[] = {0, 0, 1, 2, 3};
    const unsigned l = vex_bit(row.vex, 4) || (!vex_bit(row.vex, 2) && (shape_ & 0x400)) ? 4 : 0;
    const unsigned w =
        vex_bit(row.vex, 16) || (!vex_bit(row.vex, 8) && (shape_ & 0x800)) ? 0x80 : 0;
    const unsigned vvvv = shape_ & 0x1000 ? 0x78u : (input_.take<uint8_t>() & 0x78u);
    put(0xc4);
    put(0xe0 | row.map);
    put(w | vvvv | l | kPp[static_cast<unsigned>(row.prefix)]);
  }

  // A byte too many does no harm where the row has none.
  void modrm(const OpcodeRow& row) {
    unsigned byte = input_.take<uint8_t>();
    if (row.modrm >= 0x100)
      byte = row.modrm & 0xff;
    else if (row.modrm >= 0)
      byte = (byte & 0xc7) | static_cast<unsigned>(row.modrm) << 3;
    if (row.mod == 'm' && byte >= 0xc0 && !(shape_ & 0x10)) byte &= 0x3f;
    if (row.mod == 'r' && row.modrm < 0x100 && !(shape_ & 0x10)) byte |= 0xc0;
    put(byte);
  }

  FuzzInput& input_;
  std::vector<uint8_t>& code_;
  uint16_t shape_ = 0;
};

}  // namespace

std::vector<uint8_t> fuzzed_code(FuzzInput& input, size_t size) {
  std::vector<uint8_t> code;
  CodeWriter writer(input, code);
  while (code.size() < size && !input.empty()) {
    if ((input.take<uint8_t>() & 7) == 0)
      code.push_back(input.take<uint8_t>());
    else
      writer.instruction();
  }
  code.resize(size, 0x90);
  return code;
}

}  // namespace vireo::fuzz
