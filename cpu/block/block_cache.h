// All decoded blocks, found by physical address and by RIP, and forgotten when
// the bytes under them change.
#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <memory>
#include <span>
#include <unordered_map>
#include <vector>

#include "cpu/block/op.h"
#include "cpu/decode/insn.h"
#include "cpu/mmu/mmu.h"
#include "machine/base/guest_memory.h"

namespace vireo {

class Cpu;

// What must agree for a cached block to be the right one.
struct BlockKey {
  uint64_t physical = 0;  // of the first byte
  CodeMode mode = CodeMode::k64;
  bool stack_big = false;
  bool single = false;
  bool limited = false;  // jumps must mind the limit of CS
  bool flat32 = false;   // CpuState::flat32
  bool vex = false;      // VEX encodings are instructions
  bool operator==(const BlockKey&) const = default;
};

// Indirect jumps look here first: the linear address and a tag that changes with
// everything that could make the same address mean other code.
struct JumpEntry {
  uint64_t rip = 1;  // linear: with the base of CS
  uint64_t tag = 0;
  const Block* block = nullptr;
};
inline constexpr size_t kJumpEntries = 16384;
inline constexpr size_t kJumpPageBits = 4096;
inline size_t jump_index(uint64_t rip) { return (rip ^ rip >> 12) & (kJumpEntries - 1); }

class BlockCache {
 public:
  BlockCache();

  // The block at `rip`, built if need be: at most `limit` instructions long
  // (a shorter one is not kept). Null: a fault is pending in the Cpu.
  const Block* find(Cpu& cpu, uint64_t rip, bool single, int64_t limit);

  // Forgets the blocks that cover any byte of [addr, addr + length), one page.
  void invalidate(GuestMemory& memory, GuestAddr addr, uint64_t length);
  // Forgets the blocks that cover the byte at this offset of any page.
  void cut_at(GuestMemory& memory, uint64_t page_offset);
  // Whether a block, or the scratch copy of one, has a byte of the range, of one page.
  bool covers(GuestAddr addr, uint64_t length) const;
  void clear(Cpu& cpu);
  // What decoded code may take, in MiB (at least 1); then all is forgotten.
  void set_limit(size_t mib) { limit_ = mib; }

  // Jump-target cache. Its entries hold for one generation of mappings; supervisor
  // code and the users of each of the TLB's spaces have generations of their own, as
  // the kernel's global pages outlive a change of address space.
  //   new_generation     any mapping or mode may have changed
  //   enter_space        CR3 was loaded: global pages stay, and with `kept` those
  //                      that users of this space had
  //   page_changed       one page's mapping was invalidated
  JumpEntry& jump_entry(uint64_t rip) { return jumps_[jump_index(rip)]; }
  JumpEntry* jump_table() { return jumps_.data(); }
  void new_generation();
  void enter_space(unsigned space, bool kept);
  void page_changed(uint64_t va);
  uint64_t generation(bool user) const { return generations_[user ? user_generation_ : 0]; }

  // Work space of the builder, kept so that building allocates nothing.
  std::vector<Insn> build_insns;
  std::vector<DecodeStatus> build_statuses;

  // Whether a block is the builder's scratch copy, good for one execution.
  bool is_scratch(const Block* block) const {
    return reinterpret_cast<const std::byte*>(block) == scratch_.data();
  }

  // Stands for "not linked yet" in a LinkSlot: no budget admits it.
  static const Block kUnlinked;

 private:
  struct CodePage {
    uint64_t lines = 0;                  // which 64-byte lines hold code
    std::array<Block*, 64> chunks{};     // blocks by the line of their first byte
    unsigned longest = 0;                // lines that a block reaches behind its first, at most
    std::vector<Block*> crossers;        // blocks of the page before that end here
    bool told = false;                   // to guest memory, as a page with code

    // The chunks from which a block may reach one of the lines in `mask`, which has one.
    std::span<Block*> chunks_reaching(uint64_t mask);
    // Whether a block has a byte of [first, last].
    bool has_code(uint64_t first, uint64_t last);
    // Finds out anew which of the lines in `mask` hold code.
    void recount(uint64_t mask);
  };
  // Where the scratch copy's bytes are.
  struct Range {
    uint64_t begin = 0, end = 0;
  };
  Block* lookup(const BlockKey& key) const;
  bool second_page_matches(Cpu& cpu, const Block* block, uint64_t rip, bool& fault);
  Block* build(Cpu& cpu, uint64_t rip, const BlockKey& key, int64_t limit);
  void remember_target(Cpu& cpu, uint64_t linear, const Block* block);
  void watch(Cpu& cpu, const Block& block, const BlockKey& key);
  void watch_scratch(Cpu& cpu, const Block& block, const BlockKey& key);
  bool scratch_has(uint64_t begin, uint64_t end) const;
  void insert(Cpu& cpu, Block* block, const BlockKey& key);
  void* allocate(size_t bytes);
  CodePage& code_page(Cpu& cpu, uint64_t page);
  CodePage* find_page(uint64_t page) const;

  std::vector<std::unique_ptr<std::byte[]>> arena_;
  size_t arena_used_ = 0;
  size_t limit_ = 24;  // in chunks, which are of 1 MiB
  std::unordered_map<uint64_t, std::unique_ptr<CodePage>> pages_;
  // The pages looked up of late, direct mapped: spares the hash table.
  struct RecentPage {
    uint64_t page = 1;  // no page has this address
    CodePage* code = nullptr;
  };
  RecentPage& recent(uint64_t page) const {
    return recent_pages_[page / kPageSize % kRecentPages];
  }
  static constexpr size_t kRecentPages = 512;
  mutable std::array<RecentPage, kRecentPages> recent_pages_{};
  std::vector<std::byte> scratch_;
  std::array<Range, 2> scratch_code_;  // of its first and its second page
  std::array<JumpEntry, kJumpEntries> jumps_;
  // Of supervisors, then of the users of each space; no two are ever alike.
  std::array<uint64_t, 1 + Mmu::kSpaces> generations_;
  uint64_t last_generation_ = 0;
  unsigned user_generation_ = 1;
  bool supervisor_non_global_ = false;  // supervisor entries came from non-global pages
  std::bitset<kJumpPageBits> jump_pages_;  // pages that entries lie in, hashed
};

}  // namespace vireo
