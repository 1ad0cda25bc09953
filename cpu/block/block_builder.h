// Decodes one block: a run of instructions from one page into ops.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "cpu/block/block_cache.h"
#include "cpu/decode/insn.h"
#include "cpu/trace/trace_code.h"

namespace vireo {

class BlockBuilder {
 public:
  static constexpr unsigned kMaxInstructions = 64;
  // Block, one op per instruction (up to three when rows are counted and instructions
  // recorded), one that looks for a breakpoint, a fall-through op and a link slot.
  static constexpr size_t kMaxBytes = sizeof(Block) + (4 * kMaxInstructions + 4) * sizeof(Op);

  // `rip` is the guest's, `key.physical` where its bytes are; `out` has
  // kMaxBytes of room.
  BlockBuilder(Cpu& cpu, const BlockKey& key, uint64_t rip, std::byte* out);

  // At most `limit` (>= 1) instructions. False: a fault is pending.
  bool build(int64_t limit);

  // Whole (not cut short by `limit`) and from RAM: worth keeping.
  bool cacheable() const { return cacheable_; }
  bool from_ram() const { return from_ram_; }
  size_t bytes() const;

  // The physical page to fetch from at linear address `va`; false: a fault is
  // pending.
  static bool fetch_page(Cpu& cpu, uint64_t va, uint64_t& page);

 private:
  enum class Step : uint8_t { kTaken, kEnd, kFault };
  Step decode_next();
  Step decode_crossing(unsigned first_bytes);
  void keep(Insn& insn, DecodeStatus status, const uint8_t* bytes);
  bool code_reaches(uint64_t va) const;
  size_t read_bytes(uint64_t physical, uint8_t* out, size_t count);
  void mark_dead_flags();
  bool emit_all();
  unsigned emit_one(unsigned index);
  void emit_undefined(const Insn& insn, DecodeStatus status);
  void finish_op(Op& op, const Insn& insn, unsigned covered, unsigned index);
  void add_link(int64_t target);
  void pair_up(Op& op);
  bool breakpoint_at(unsigned offset) const;
  void add_breakpoint();
  void add_count(unsigned index);
  void add_record(unsigned index);
  void add_results(unsigned index);
  bool recordable(unsigned index) const;
  TraceCode code_of(unsigned index) const;
  static void count_second(Op& op, const Insn& second);
  bool offered(const Insn& insn) const;

  Cpu& cpu_;
  BlockKey key_;
  uint64_t rip_;
  Block* block_;
  Op* next_op_;
  unsigned offset_;  // page offset of the next instruction
  std::vector<Insn>& insns_;
  std::vector<DecodeStatus>& statuses_;
  std::vector<std::array<uint8_t, 15>> code_;  // of each, when they are recorded
  unsigned recorded_to_ = 0;  // instructions of the stretches so far
  bool ended_ = false;
  bool from_ram_ = true;
  bool cacheable_ = false;
  bool undefined_found_ = false;
  Op* unpaired_ = nullptr;  // the op of the instruction before, if another may join it
};

}  // namespace vireo
