#include "machine/board/inspect/page_text.h"

#include <fmt/format.h>

#include "cpu/mmu/page_list.h"
#include "cpu/mmu/paging_bits.h"

namespace vireo {
namespace {

constexpr uint64_t kWriteThrough = 1u << 3, kNoCache = 1u << 4;

// Puts neighbours with the same rights together.
class Ranges {
 public:
  bool add(const PageMapping& page) {
    const bool joins = bytes_ != 0 && page.linear == start_ + bytes_ && page.user == user_ &&
                       page.writable == writable_;
    if (joins) {
      bytes_ += page.bytes;
      return true;
    }
    finish();
    start_ = page.linear;
    bytes_ = page.bytes;
    user_ = page.user;
    writable_ = page.writable;
    return lines_ < kMaxPageLines;
  }
  void finish() {
    if (bytes_ == 0) return;
    ++lines_;
    text_ += fmt::format("{:016x}-{:016x} {:016x} {}r{}\n", start_, start_ + bytes_, bytes_,
                         user_ ? 'u' : '-', writable_ ? 'w' : '-');
    bytes_ = 0;
  }
  std::string take() { return std::move(text_); }

 private:
  std::string text_;
  unsigned lines_ = 0;
  uint64_t start_ = 0, bytes_ = 0;
  bool user_ = false, writable_ = false;
};

std::string flags_text(const PageMapping& page) {
  const auto flag = [](bool on, char letter) { return on ? letter : '-'; };
  const uint64_t entry = page.entry;
  const bool large = page.bytes > 4096;
  const char letters[] = {flag(page.no_execute, 'X'),
                          flag(entry & kPteGlobal, 'G'),
                          flag(large, 'P'),
                          flag(entry & kPteDirty, 'D'),
                          flag(entry & kPteAccessed, 'A'),
                          flag(entry & kNoCache, 'C'),
                          flag(entry & kWriteThrough, 'T'),
                          flag(page.user, 'U'),
                          flag(page.writable, 'W')};
  return {letters, sizeof letters};
}

std::string finished(std::string text, bool complete, const Cpu& cpu) {
  if (!complete) return text + "(there is more)\n";
  if (!text.empty()) return text;
  return cpu.paging() ? "nothing is mapped\n" : "paging is off\n";
}

}  // namespace

std::string memory_ranges_text(Cpu& cpu) {
  Ranges ranges;
  const bool complete =
      for_each_mapping(cpu, [&](const PageMapping& page) { return ranges.add(page); });
  if (complete) ranges.finish();
  return finished(ranges.take(), complete, cpu);
}

std::string pages_text(Cpu& cpu) {
  std::string text;
  unsigned lines = 0;
  const bool complete = for_each_mapping(cpu, [&](const PageMapping& page) {
    text += fmt::format("{:016x}: {:016x} {}\n", page.linear, page.physical, flags_text(page));
    return ++lines < kMaxPageLines;
  });
  return finished(std::move(text), complete, cpu);
}

}  // namespace vireo
