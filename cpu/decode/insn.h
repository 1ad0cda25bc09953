// A decoded instruction, before handlers are chosen, and the rows of the one
// instruction table from which decoder, emitters, tests and reports all work.
#pragma once

#include <cstdint>
#include <span>

#include "cpu/block/op.h"

namespace vireo {

// Operands in the letters of the SDM's opcode maps (SDM 2D appendix A.2).
// Lower-case sizes: b byte, w word, v by operand size, y 32/64, z 16/32,
// d 32, q 64, x vector.
enum class Opd : uint8_t {
  kNone,
  kEb, kEw, kEd, kEq, kEv, kEy,      // ModRM r/m: register or memory
  kMb, kMw, kMd, kMq, kMx, kM, kMp,  // memory only (Mp: far pointer)
  kRv, kRy,                          // register only, from r/m
  kGb, kGw, kGv, kGy, kGd,           // ModRM reg
  kZb, kZv,                          // register in the low opcode bits
  kSw, kCy, kDy,                     // segment, control, debug register (ModRM reg)
  kVx, kWx, kUx,                     // vector: reg, r/m, register-only r/m
  kPq, kQq, kNq,                     // MMX: reg, r/m, register-only r/m
  kHx, kBy,                          // VEX.vvvv: vector, general register
  kLx,                               // vector register in the high bits of an immediate byte
  kMv,                               // memory with a vector of indices (VSIB)
  kIb, kIbs, kIw, kIz, kIv,          // immediates (Ibs: byte, sign-extended)
  kJb, kJz,                          // relative jumps
  kAp,                               // far pointer in the instruction
  kOb, kOv,                          // moffs
  kAl, kAx, kCl, kDx, kOne,          // fixed
};

// How a row's prefix column matches the 66, F2, F3 prefixes.
enum class Pfx : uint8_t {
  kAny,   // prefixes are plain (66 = operand size, F2/F3 = REP or ignored)
  kNp,    // none of 66, F2, F3
  k66, kF3, kF2,
};

// What of VEX.L and VEX.W a row asks for (SDM 2A 2.3). kNone: a row without VEX
// prefix. Lig: L is ignored; L0, L1: 128 or 256 bits only; L01: both. No W: any,
// which for a general register of size y tells 32 from 64 bits.
enum class Vex : uint8_t {
  kNone = 0,
  kL01 = 1, kLig = 1 | 32, kL0 = 1 | 2, kL1 = 1 | 4,
  kL01W0 = 1 | 8, kLigW0 = 1 | 8 | 32, kL0W0 = 1 | 2 | 8, kL1W0 = 1 | 4 | 8,
  kL01W1 = 1 | 16, kLigW1 = 1 | 16 | 32, kL0W1 = 1 | 2 | 16, kL1W1 = 1 | 4 | 16,
};
constexpr bool vex_bit(Vex vex, unsigned bit) { return static_cast<unsigned>(vex) & bit; }
// Whether a row with `vex` is for an instruction with these bits.
constexpr bool vex_matches(Vex vex, bool l, bool w) {
  return !vex_bit(vex, l ? 2 : 4) && !vex_bit(vex, w ? 8 : 16);
}

// Row attributes.
enum : uint32_t {
  kAttrNone = 0,
  kAttrEnds = 1u << 0,       // ends the block
  kAttrLink = 1u << 1,       // followed by a LinkSlot (direct jumps)
  kAttrD64 = 1u << 2,        // operand size defaults to 64 in 64-bit mode
  kAttrF64 = 1u << 3,        // operand size is always 64 in 64-bit mode
  kAttrNo64 = 1u << 4,       // #UD in 64-bit mode
  kAttrOnly64 = 1u << 5,     // #UD outside 64-bit mode
  kAttrLock = 1u << 6,       // LOCK is legal with a memory destination
  kAttrFaults = 1u << 7,     // may fault even without a memory operand
  kAttrByte = 1u << 8,       // operand size is one byte
  kAttrStart = 1u << 9,      // must be the first instruction of its block
  kAttrMemReg = 1u << 10,    // mod is ignored and taken as register (MOV CR/DR)
  kAttrRep = 1u << 11,       // F2/F3 are REP prefixes
};

struct Insn;
// Chooses the handler and fills the operands of `op` (ip, len and remaining are
// set by the builder). False: the encoding is undefined (#UD).
using Emit = bool (*)(const Insn& insn, Op& op);

struct OpcodeRow {
  const char* name;
  uint8_t map;       // 0: one byte; 1: 0F; 2: 0F 38; 3: 0F 3A
  uint8_t opcode;
  int16_t modrm;     // -1: any; 0-7: ModRM.reg must equal; 0x100|b: ModRM byte is b
  Pfx prefix;
  char mod;          // '*' any, 'm' memory, 'r' register
  Opd operands[4];
  uint32_t attributes;
  Emit emit;
  uint16_t arg;              // for the emitter: which of a family
  uint16_t flags_read;       // RFLAGS arithmetic bits
  uint16_t flags_written;    // RFLAGS arithmetic bits, defined or not
  uint16_t flags_undefined;  // subset of flags_written left undefined by the SDM
  uint8_t feature;           // CpuFeature that must be offered, or 0
  Vex vex = Vex::kNone;
};

struct Insn {
  const OpcodeRow* row = nullptr;
  CodeMode mode = CodeMode::k64;
  uint8_t len = 0;
  uint8_t opcode = 0;
  uint8_t op_size = 4;    // operand size in bytes: 1, 2, 4, 8
  uint8_t addr_size = 8;  // 2, 4, 8
  uint8_t seg = kDs;      // segment of the memory operand, overrides applied
  bool seg_override = false;
  uint8_t rex = 0;        // the REX byte or 0; with VEX, 64-bit mode: what it would be
  bool vex = false;
  bool vex256 = false;    // VEX.L
  uint8_t vvvv = 0;       // register number in VEX.vvvv
  bool lock = false, rep = false, repne = false, prefix66 = false;
  bool has_modrm = false;
  uint8_t modrm = 0;
  uint8_t mod = 0;
  uint8_t reg = 0;        // ModRM.reg with REX.R
  uint8_t rm = 0;         // ModRM.rm with REX.B (register form)
  uint8_t base = kZeroReg, index = kZeroReg, scale = 0;  // memory form, register numbers
  int32_t disp = 0;
  uint64_t imm = 0;       // immediate, sign-extended to 64 bits; or moffs; or far offset
  uint16_t imm2 = 0;      // ENTER's level, far selector
  uint16_t ip = 0;        // page offset of the first byte
  bool stack_big = false; // SS.B when the block is for legacy modes
  bool code_limited = false;  // CS does not reach 4 GiB: jumps must check their targets
  bool flat32 = false;    // of CpuState::flat32
  bool flags_dead = false;  // nobody looks at the arithmetic flags it writes
  bool undefined = false;   // decodes, but is #UD on this processor or in this mode
  bool memory() const { return has_modrm && mod != 3; }
  // The register that an operand Lx names.
  uint8_t imm_register() const {
    return static_cast<uint8_t>(imm >> 4 & (mode == CodeMode::k64 ? 15 : 7));
  }
};

// All rows (cpu/decode/x86_opcodes.def and the files it names).
std::span<const OpcodeRow> opcode_rows();

enum class DecodeStatus : uint8_t {
  kOk,
  kUndefined,  // #UD; insn.len is what was consumed
  kTooLong,    // over 15 bytes: #GP(0)
  kTruncated,  // more bytes needed than given
};

// Decodes the instruction at bytes[0..]. `bytes` may be shorter than 15; then
// kTruncated says that more are needed. Fills insn; insn.ip must be set by the
// caller (RIP-relative displacements are folded against kRipPageReg).
DecodeStatus decode(std::span<const uint8_t> bytes, CodeMode mode, Insn& insn);

}  // namespace vireo
