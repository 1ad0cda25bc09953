// Architectural state of one x86-64 processor, as plain data (SDM 3A chapter 2
// and SDM 1 chapter 3), laid out so that the hot part shares few cache lines.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "cpu/mmu/tlb.h"
#include "cpu/state/flags.h"

namespace vireo {

struct JumpEntry;

// Register numbers as encoded in instructions.
enum GprIndex : uint8_t {
  kRax, kRcx, kRdx, kRbx, kRsp, kRbp, kRsi, kRdi,
  kR8, kR9, kR10, kR11, kR12, kR13, kR14, kR15,
  kZeroReg,    // always 0: an absent base or index
  kRipPageReg, // RIP minus the page offset of the code: RIP = this + Op::ip
  kTwoPagesReg, // always 8192: lets a RIP-relative displacement near 2^31 be folded
  kGprSlots
};

enum SegIndex : uint8_t { kEs, kCs, kSs, kDs, kFs, kGs, kNoSeg, kSegSlots = 8 };

// A segment register with its hidden part (SDM 3A 3.4.3). `attributes` has the
// access byte in bits 0-7 (type, S, DPL, P) and AVL, L, D/B, G in bits 8-11.
struct Segment {
  uint16_t selector = 0;
  uint16_t attributes = 0;
  uint32_t limit = 0;  // in bytes, granularity applied
  uint64_t base = 0;

  unsigned type() const { return attributes & 15; }
  unsigned dpl() const { return attributes >> 5 & 3; }
  bool present() const { return attributes & 0x80; }
  bool code_or_data() const { return attributes & 0x10; }
  bool is_code() const { return (attributes & 0x18) == 0x18; }
  bool long_mode() const { return attributes & 0x200; }
  bool big() const { return attributes & 0x400; }
};

struct DescriptorTable {
  uint64_t base = 0;
  uint16_t limit = 0;
};

// One vector register; 32 bytes wide so that AVX needs no new layout.
union alignas(32) VecReg {
  uint8_t u8[32];
  uint16_t u16[16];
  uint32_t u32[8];
  uint64_t u64[4];
  float f32[8];
  double f64[4];
};

// x87 state (SDM 1 chapter 8). Physical registers; ST(i) is
// st[(top + i) & 7]. MMn shares the significand of physical register n.
struct X87Reg {
  uint64_t significand = 0;
  uint16_t sign_exponent = 0;
};
struct X87State {
  std::array<X87Reg, 8> st;
  uint16_t control = 0x037f;
  uint16_t status = 0;     // without TOP, which is in `top`
  uint8_t top = 0;
  uint8_t empty = 0xff;    // bit n: physical register n is empty
  uint16_t opcode = 0;
  uint64_t instruction_pointer = 0;
  uint64_t data_pointer = 0;
  uint16_t instruction_selector = 0;
  uint16_t data_selector = 0;
  bool error_ignored = false;  // IGNNE#, for the exception that waits now
};

// CR0, CR4 and EFER bits (SDM 3A 2.5, 2.2.1).
inline constexpr uint64_t kCr0Pe = 1u << 0, kCr0Mp = 1u << 1, kCr0Em = 1u << 2, kCr0Ts = 1u << 3,
                          kCr0Et = 1u << 4, kCr0Ne = 1u << 5, kCr0Wp = 1u << 16,
                          kCr0Am = 1u << 18, kCr0Nw = 1u << 29, kCr0Cd = 1u << 30,
                          kCr0Pg = 1u << 31;
inline constexpr uint64_t kCr4Vme = 1u << 0, kCr4Pvi = 1u << 1, kCr4Tsd = 1u << 2, kCr4De = 1u << 3,
                          kCr4Pse = 1u << 4, kCr4Pae = 1u << 5, kCr4Mce = 1u << 6,
                          kCr4Pge = 1u << 7, kCr4Pce = 1u << 8, kCr4Osfxsr = 1u << 9,
                          kCr4Osxmmexcpt = 1u << 10, kCr4Umip = 1u << 11, kCr4Fsgsbase = 1u << 16,
                          kCr4Pcide = 1u << 17, kCr4Osxsave = 1u << 18, kCr4Smep = 1u << 20,
                          kCr4Smap = 1u << 21, kCr4La57 = 1u << 12, kCr4Pke = 1u << 22;
inline constexpr uint64_t kDebugControlLbr = 1u << 0, kDebugControlBtf = 1u << 1;
inline constexpr uint64_t kMiscEnableMonitor = 1u << 18;  // of IA32_MISC_ENABLE (SDM 4)
inline constexpr uint64_t kEferSce = 1u << 0, kEferLme = 1u << 8, kEferLma = 1u << 10,
                          kEferNxe = 1u << 11;

// Exception vectors (SDM 3A table 6-1).
enum Vector : uint8_t {
  kVectorDe = 0, kVectorDb = 1, kVectorNmi = 2, kVectorBp = 3, kVectorOf = 4, kVectorBr = 5,
  kVectorUd = 6, kVectorNm = 7, kVectorDf = 8, kVectorTs = 10, kVectorNp = 11, kVectorSs = 12,
  kVectorGp = 13, kVectorPf = 14, kVectorMf = 16, kVectorAc = 17, kVectorMc = 18, kVectorXm = 19,
};

// Code size in force: part of a block's key.
enum class CodeMode : uint8_t { k16 = 0, k32 = 1, k64 = 2 };

struct CpuState {
  // --- hot: touched by most ops ---
  uint64_t regs[kGprSlots] = {};
  TlbEntry* tlb = nullptr;       // the table of the privilege class in force
  int64_t budget = 0;            // instructions that may still start, after the current block
  PackedFlags flags = 0;         // arithmetic flags
  uint8_t cpl = 0;
  CodeMode code_mode = CodeMode::k16;
  bool stepping = false;         // a one-instruction block runs: device access allowed
  bool exit_request = false;     // return to the run loop's caller at the next boundary
  bool halted = false;
  bool inhibit_interrupts = false;  // shadow of STI and MOV SS, one instruction long
  bool stack_shadow = false;     // of MOV SS alone: it holds debug exceptions back as well
  bool between_iterations = false;  // RIP is at a REP instruction, some iterations done
  bool stack_big = false;        // SS.B (legacy modes)
  bool code_limited = false;     // CS does not reach 4 GiB (legacy modes)
  // 32-bit code, and CS, DS and SS are all of 4 GiB from 0, with a 32-bit stack.
  bool flat32 = false;
  uint64_t rflags = 2;           // the bits of RFLAGS which are not in `flags`
  uint64_t seg_base[kSegSlots] = {};  // mirrors of segs[i].base; 0 for kNoSeg
  // Legacy modes: offsets below this one need no check of the segment, whatever
  // is done there (cpu/exec/segment_check.h); all 4 GiB for kNoSeg.
  uint64_t seg_plain[kSegSlots] = {0, 0, 0, 0, 0, 0, uint64_t{1} << 32, 0};
  uint64_t rip = 0;              // valid between blocks only
  // Indirect jumps: the cache of targets, and the tag that an entry must have:
  // generation << 8 | vex_decodes() << 7 | flat32 << 6 | code_limited << 5 |
  // privilege class << 4 | code mode << 1 | stack_big.
  JumpEntry* jumps = nullptr;
  uint64_t jump_tag = 0;

  // --- the rest ---
  Segment segs[6];
  Segment ldtr, tr;
  DescriptorTable gdtr, idtr;
  uint64_t cr0 = 0, cr2 = 0, cr3 = 0, cr4 = 0, cr8 = 0, efer = 0;
  uint64_t dr[8] = {};
  uint64_t debug_control = 0;    // IA32_DEBUGCTL (SDM 3B 18.4.1)
  uint64_t star = 0, lstar = 0, cstar = 0, sfmask = 0, kernel_gs_base = 0, tsc_aux = 0;
  uint64_t sysenter_cs = 0, sysenter_esp = 0, sysenter_eip = 0;
  uint64_t pat = 0x0007040600070406;
  uint64_t tsc_offset = 0;       // added to virtual nanoseconds
  uint64_t tsc_adjust = 0;
  uint64_t misc_enable = 1;
  uint64_t mtrr_def_type = 0;
  uint64_t mtrr_fixed[11] = {};
  uint64_t mtrr_base[8] = {}, mtrr_mask[8] = {};
  uint64_t microcode_revision = 0;
  uint64_t xcr0 = 1;             // SDM 1 13.3
  uint32_t pkru = 0;             // SDM 3A 4.6.2
  uint32_t smbase = 0x30000;     // SDM 3C 31.11
  bool smm = false;              // in system management mode
  // Bit 20 is clear while the A20 gate holds that address line at 0.
  uint64_t a20_mask = ~uint64_t{0};
  uint64_t pdptes[4] = {};       // PAE paging: loaded by MOV to CR3 (SDM 3A 4.4.1)

  X87State x87;
  uint32_t mxcsr = 0x1f80;
  VecReg vec[16] = {};

  bool long_mode_active() const { return efer & kEferLma; }
  bool paging() const { return cr0 & kCr0Pg; }
  bool protected_mode() const { return cr0 & kCr0Pe; }
  bool v86() const { return rflags & kFlagVm; }
  // Real and virtual-8086 mode know no VEX (SDM 2A 2.3.1).
  bool vex_decodes() const { return protected_mode() && !v86(); }
  unsigned iopl() const { return rflags >> 12 & 3; }
  // The whole of RFLAGS, and back.
  uint64_t read_rflags() const { return (rflags & ~kArithFlags) | unpack_flags(flags) | 2; }
  void write_rflags(uint64_t value) {
    flags = pack_flags(value);
    rflags = (value & ~kArithFlags) | 2;
  }
};

}  // namespace vireo
