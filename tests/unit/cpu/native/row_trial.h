// Random instructions made from a row of the instruction table: an encoding,
// and registers and memory under which it does something harmless.
#pragma once

#include <optional>
#include <span>

#include "cpu/decode/insn.h"
#include "tests/unit/cpu/native/random.h"
#include "tests/unit/cpu/native/side_by_side.h"

namespace vireo {

// The rows of x86_integer.def and x86_integer_ext.def.
std::span<const OpcodeRow> integer_rows();

// Rows whose effect is more than registers, flags and memory: branches, which
// must not leave the code, and string instructions, which have tests of their
// own.
bool is_plain_row(const OpcodeRow& row);

class RowTrial {
 public:
  RowTrial(const OpcodeRow& row, NativeCpu::Width width, Random& random);

  // A trial; nothing when the choices made came to an encoding whose result is
  // undefined as a whole.
  std::optional<Trial> make();

  // For programs: bytes only, whose memory operand (if any) is an absolute or
  // RIP-relative address in the data area.
  std::vector<uint8_t> make_bytes(uint64_t at);

 private:
  void choose_sizes();
  void choose_registers();
  void choose_memory();
  void choose_base_and_index();
  void append_prefixes();
  void append_vex(unsigned rxb);
  void append_opcode();
  void append_modrm();
  void append_memory_modrm();
  void append_immediates();
  void append(uint64_t value, unsigned bytes);
  void assemble();
  void set_operands();
  void set_address_registers();
  void set_divide();
  uint64_t undefined_flags() const;
  bool undefined_result() const;
  bool has_operand(Opd operand) const;
  bool has_vex() const { return row_.vex != Vex::kNone; }
  unsigned rm_size() const;

  const OpcodeRow& row_;
  bool wide_;
  Random& random_;
  Trial trial_;

  bool has_modrm_ = false, memory_ = false, simple_memory_ = false;
  unsigned op_size_ = 4;
  bool prefix66_ = false, prefix67_ = false, lock_ = false, rex_ = false;
  int segment_ = -1;  // prefix byte
  int repeat_ = -1;   // prefix byte without meaning here
  unsigned reg_ = 0, rm_ = 0, vvvv_ = 0;  // with REX bits
  int base_ = -1, index_ = -1;
  bool rip_relative_ = false;
  unsigned scale_ = 0, disp_bytes_ = 0;
  int32_t disp_ = 0;
  uint64_t target_ = 0;  // address of the memory operand
  uint64_t imm_ = 0;
};

}  // namespace vireo
