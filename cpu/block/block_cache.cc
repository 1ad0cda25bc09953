// Finding, linking and forgetting blocks. Building them is in block_builder.cc.
#include "cpu/block/block_cache.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "cpu/block/block_builder.h"
#include "cpu/cpu.h"

namespace vireo {
namespace {

constexpr size_t kChunkBytes = size_t{1} << 20;

Block make_unlinked() {
  Block block;
  block.instructions = kNeverEnter;
  return block;
}

// The 64-byte lines of a page that [first, last] touches.
uint64_t line_mask(uint64_t first, uint64_t last) {
  const uint64_t from = first >> 6, to = last >> 6;
  return (~uint64_t{0} >> (63 - (to - from))) << from;
}

// In its first page.
uint64_t last_byte(const Block& block) {
  return std::min<uint64_t>(block.end, kPageSize) - 1;
}

bool overlaps(const Block& block, uint64_t first, uint64_t last) {
  return block.start <= last && last_byte(block) >= first;
}

}  // namespace

const Block BlockCache::kUnlinked = make_unlinked();

BlockCache::BlockCache() : scratch_(BlockBuilder::kMaxBytes) { new_generation(); }

void BlockCache::new_generation() {
  for (uint64_t& generation : generations_) generation = ++last_generation_;
  supervisor_non_global_ = false;
  jump_pages_.reset();
}

void BlockCache::enter_space(unsigned space, bool kept) {
  user_generation_ = 1 + space;
  if (!kept) generations_[user_generation_] = ++last_generation_;
  if (supervisor_non_global_) generations_[0] = ++last_generation_;
  supervisor_non_global_ = false;
}

void BlockCache::page_changed(uint64_t va) {
  const uint64_t page = va / kPageSize;
  // The page before, too: its last instruction may run into this one.
  if (jump_pages_[page % kJumpPageBits] || jump_pages_[(page - 1) % kJumpPageBits]) {
    new_generation();
  }
}

void BlockCache::remember_target(Cpu& cpu, uint64_t linear, const Block* block) {
  jump_entry(linear) = JumpEntry{linear, cpu.jump_tag, block};
  jump_pages_.set(linear / kPageSize % kJumpPageBits);
  const auto global = [&](uint64_t va) { return cpu.mmu().is_global(Mmu::kSupervisor, va); };
  if (cpu.cpl != 3 && !(global(linear) && (!block->crosses_page || global(linear + kPageSize)))) {
    supervisor_non_global_ = true;
  }
}

BlockCache::CodePage& BlockCache::code_page(Cpu& cpu, uint64_t page) {
  auto& slot = pages_[page];
  if (!slot) {
    slot = std::make_unique<CodePage>();
    recent(page) = RecentPage{};
  }
  if (!slot->told) {
    slot->told = true;
    cpu.memory().add_code(GuestAddr{page});
  }
  return *slot;
}

BlockCache::CodePage* BlockCache::find_page(uint64_t page) const {
  RecentPage& slot = recent(page);
  if (slot.page != page) {
    const auto it = pages_.find(page);
    if (it == pages_.end()) return nullptr;
    slot = RecentPage{page, it->second.get()};
  }
  return slot.code;
}

Block* BlockCache::lookup(const BlockKey& key) const {
  const CodePage* code = find_page(key.physical & ~kPageMask);
  if (code == nullptr) return nullptr;
  const uint64_t offset = key.physical & kPageMask;
  for (Block* b = code->chunks[offset >> 6]; b != nullptr; b = b->next_in_chunk) {
    if (b->start == offset && b->mode == key.mode && b->stack_big == key.stack_big &&
        b->single == key.single && b->limited == key.limited && b->flat32 == key.flat32 &&
        b->vex == key.vex) {
      return b;
    }
  }
  return nullptr;
}

void* BlockCache::allocate(size_t bytes) {
  if (arena_.empty() || arena_used_ + bytes > kChunkBytes) {
    arena_.push_back(std::make_unique_for_overwrite<std::byte[]>(kChunkBytes));
    arena_used_ = 0;
  }
  void* at = arena_.back().get() + arena_used_;
  arena_used_ += (bytes + 31) & ~size_t{31};
  return at;
}

// From now on stores to the block's bytes take the slow path.
void BlockCache::watch(Cpu& cpu, const Block& block, const BlockKey& key) {
  code_page(cpu, key.physical & ~kPageMask).lines |= line_mask(block.start, last_byte(block));
  if (!block.crosses_page) return;
  code_page(cpu, block.second_page).lines |= line_mask(0, block.end - kPageSize - 1);
}

// No page knows the scratch copy as one of its blocks.
void BlockCache::watch_scratch(Cpu& cpu, const Block& block, const BlockKey& key) {
  watch(cpu, block, key);
  scratch_code_[0] = {key.physical, key.physical + last_byte(block) - block.start + 1};
  scratch_code_[1] = {};
  if (!block.crosses_page) return;
  scratch_code_[1] = {block.second_page, block.second_page + block.end - kPageSize};
}

bool BlockCache::scratch_has(uint64_t begin, uint64_t end) const {
  return std::any_of(scratch_code_.begin(), scratch_code_.end(), [&](const Range& range) {
    return range.begin < end && begin < range.end;
  });
}

void BlockCache::insert(Cpu& cpu, Block* block, const BlockKey& key) {
  CodePage& page = code_page(cpu, key.physical & ~kPageMask);
  const auto lines = static_cast<unsigned>((last_byte(*block) >> 6) - (block->start >> 6));
  page.longest = std::max(page.longest, lines);
  Block*& head = page.chunks[block->start >> 6];
  block->next_in_chunk = head;
  head = block;
  if (block->crosses_page) code_page(cpu, block->second_page).crossers.push_back(block);
}

// Whether the page that holds the block's tail is still the one it was built
// from. Translating it may fault, as fetching would.
bool BlockCache::second_page_matches(Cpu& cpu, const Block* block, uint64_t rip, bool& fault) {
  uint64_t physical;
  const uint64_t linear = ((rip + cpu.seg_base[kCs]) & ~kPageMask) + kPageSize;
  fault = !BlockBuilder::fetch_page(cpu, linear, physical);
  return !fault && physical == block->second_page;
}

const Block* BlockCache::find(Cpu& cpu, uint64_t rip, bool single, int64_t limit) {
  const uint64_t linear = cpu.linear_ip(rip);
  uint64_t page;
  if (!BlockBuilder::fetch_page(cpu, linear, page)) return nullptr;
  const BlockKey key{page | (linear & kPageMask), cpu.code_mode, cpu.stack_big, single,
                     cpu.code_limited, cpu.flat32, cpu.vex_decodes()};
  Block* block = lookup(key);
  if (block != nullptr && block->crosses_page) {
    bool fault = false;
    const bool same = second_page_matches(cpu, block, rip, fault);
    if (fault) return nullptr;
    if (!same) {
      invalidate(cpu.memory(), GuestAddr{key.physical}, 1);
      block = nullptr;
    }
  }
  if (block == nullptr || block->instructions > limit) {
    block = build(cpu, rip, key, limit);
    if (block == nullptr) return nullptr;
  }
  if (!single && block != reinterpret_cast<Block*>(scratch_.data())) {
    remember_target(cpu, linear, block);
  }
  return block;
}

// Built in the scratch space first, whose size is the largest there can be;
// kept only when it is whole and stands in RAM. One that is cut short runs once,
// but what it overwrites of itself must be noticed all the same.
Block* BlockCache::build(Cpu& cpu, uint64_t rip, const BlockKey& key, int64_t limit) {
  BlockBuilder builder(cpu, key, rip, scratch_.data());
  if (!builder.build(limit)) return nullptr;
  auto* block = reinterpret_cast<Block*>(scratch_.data());
  if (!builder.cacheable()) {
    if (builder.from_ram()) watch_scratch(cpu, *block, key);
    return block;
  }
  if (arena_.size() >= limit_ && arena_used_ + builder.bytes() > kChunkBytes) clear(cpu);
  auto* kept = static_cast<Block*>(allocate(builder.bytes()));
  std::memcpy(static_cast<void*>(kept), block, builder.bytes());
  watch(cpu, *kept, key);
  insert(cpu, kept, key);
  return kept;
}

bool BlockCache::covers(GuestAddr addr, uint64_t length) const {
  CodePage* page = find_page(addr.page().value);
  if (page == nullptr || length == 0) return false;
  const uint64_t first = addr.page_offset(), last = first + length - 1;
  if (!(page->lines & line_mask(first, last))) return false;
  return page->has_code(first, last) || scratch_has(addr.value, addr.value + length);
}

// Boot loaders and BIOSes keep data among their code and store to it at every turn: only
// the lines that are written to, and those from which a block reaches them, are looked at.
void BlockCache::invalidate(GuestMemory& memory, GuestAddr addr, uint64_t length) {
  CodePage* page = find_page(addr.page().value);
  if (page == nullptr || length == 0) return;
  const uint64_t first = addr.page_offset(), last = first + length - 1;
  uint64_t stale = line_mask(first, last);
  for (Block*& head : page->chunks_reaching(stale)) {
    for (Block** link = &head; *link != nullptr;) {
      Block* block = *link;
      if (block->instructions != kNeverEnter && !overlaps(*block, first, last)) {
        link = &block->next_in_chunk;
        continue;
      }
      stale |= line_mask(block->start, last_byte(*block));
      block->instructions = kNeverEnter;
      *link = block->next_in_chunk;
    }
  }
  std::erase_if(page->crossers, [&](Block* block) {
    const uint64_t tail_end = block->end - kPageSize;
    if (block->instructions != kNeverEnter && first >= tail_end) return false;
    stale |= line_mask(0, tail_end - 1);
    block->instructions = kNeverEnter;  // its own page drops it at the next look
    return true;
  });
  page->recount(stale);
  if (page->lines != 0 || !page->told) return;
  page->told = false;
  memory.remove_code(addr.page());
}

std::span<Block*> BlockCache::CodePage::chunks_reaching(uint64_t mask) {
  const auto from = static_cast<unsigned>(std::countr_zero(mask));
  const auto end = static_cast<unsigned>(std::bit_width(mask));
  const unsigned begin = from - std::min(from, longest);
  return std::span(chunks).subspan(begin, end - begin);
}

bool BlockCache::CodePage::has_code(uint64_t first, uint64_t last) {
  for (const Block* block : chunks_reaching(line_mask(first, last))) {
    for (; block != nullptr; block = block->next_in_chunk) {
      if (overlaps(*block, first, last)) return true;
    }
  }
  return std::any_of(crossers.begin(), crossers.end(),
                     [&](const Block* block) { return first < block->end - kPageSize; });
}

void BlockCache::CodePage::recount(uint64_t mask) {
  uint64_t held = 0;
  for (const Block* block : chunks_reaching(mask)) {
    for (; block != nullptr; block = block->next_in_chunk) {
      held |= line_mask(block->start, last_byte(*block));
    }
  }
  for (const Block* block : crossers) held |= line_mask(0, block->end - kPageSize - 1);
  lines = (lines & ~mask) | held;
}

void BlockCache::cut_at(GuestMemory& memory, uint64_t page_offset) {
  for (const auto& [page, code] : pages_) invalidate(memory, GuestAddr{page | page_offset}, 1);
}

void BlockCache::clear(Cpu& cpu) {
  for (auto& [page, code] : pages_) {
    if (code->told) cpu.memory().remove_code(GuestAddr{page});
  }
  pages_.clear();
  recent_pages_.fill(RecentPage{});
  arena_.clear();
  arena_used_ = 0;
  jumps_.fill(JumpEntry{});
  cpu.link_from = nullptr;  // it points into what is gone
}

}  // namespace vireo
