// The software TLB: filling, flushing, contexts, protecting code.
#include "cpu/mmu/mmu.h"

#include "cpu/cpu.h"
#include "cpu/trace/insn_trace.h"
#include "machine/base/trace_event.h"

namespace vireo {

Mmu::Mmu()
    : storage_(std::make_unique<std::array<TlbTable, kTables>>()), tables_(*storage_) {
  current_ = {&tables_[kSupervisor], &tables_[kSupervisorAc], &user_table(0)};
}

Mmu::Class Mmu::class_of(const TlbEntry* table) const {
  unsigned c = 0;  // the last one, users', is that of checked_table() as well
  while (c + 1 < kClasses && current_[c]->entries() != table) ++c;
  return static_cast<Class>(c);
}

void Mmu::fill(Cpu& cpu, Class c, uint64_t va, Access access, const Translation& translation) {
  const GuestAddr physical = translation.physical.page();
  const HostPage page = cpu.memory().host_page(physical);
  if (page.bytes == nullptr) return;
  const uint64_t tag = va & ~kPageMask;
  const uintptr_t addend = reinterpret_cast<uintptr_t>(page.bytes) - tag;
  TlbEntry& entry = current_[c]->claim(
      va, addend,
      {physical.value, translation.global, translation.page_shift, translation.key});
  if (translation.page_shift == 30) huge_regions_.set(va >> 30 & 63);
  else if (translation.page_shift > 12) large_regions_.set(va >> 21 & 4095);
  if (access == Access::kExec) {
    entry.exec_tag = tag;
    return;
  }
  // A data breakpoint must see each access to its page.
  if (cpu.watches_page(tag)) return;
  entry.read_tag = tag;
  if (!translation.writable || !page.writable || *page.holds_code != 0) return;
  entry.write_tag = InsnTrace::armed() ? tag | kTlbTraced : tag;
}

unsigned Mmu::find_space(uint16_t pcid) const {
  unsigned i = 0;
  while (i < kSpaces && spaces_[i].pcid != pcid) ++i;
  return i;
}

unsigned Mmu::oldest_space() const {
  unsigned oldest = 0;
  for (unsigned i = 1; i < kSpaces; ++i) {
    if (spaces_[i].entered < spaces_[oldest].entered) oldest = i;
  }
  return oldest;
}

bool Mmu::enter_context(uint16_t pcid, bool keep) {
  if (TraceEvents::on(LogItem::kMmu)) {
    TraceEvents::tell(LogItem::kMmu, "address_space", {TraceField::hex("pcid", pcid),
                                                       TraceField::count("keep", keep ? 1 : 0)});
  }
  unsigned to = find_space(pcid);
  const bool known = to < kSpaces;
  if (!known) {
    to = oldest_space();
    user_table(to).clear();
  } else if (!keep) {
    user_table(to).clear_non_global();
  }
  spaces_[to] = {pcid, ++entered_};
  space_ = to;
  current_[kUser] = &user_table(to);
  tables_[kSupervisor].clear_non_global();
  tables_[kSupervisorAc].clear_non_global();
  return known && keep;
}

void Mmu::forget_context(uint16_t pcid) {
  const unsigned i = find_space(pcid);
  if (i == kSpaces) return;
  user_table(i).clear();
  spaces_[i] = {};
}

// The contexts lose their names as well: registers may have been set by other
// ways than MOV to CR3, and nobody's pages may be taken for another's.
void Mmu::flush_all() {
  if (TraceEvents::on(LogItem::kMmu)) TraceEvents::tell(LogItem::kMmu, "tlb_flush", {});
  for (TlbTable& table : tables_) table.clear();
  spaces_.fill({});
  large_regions_.reset();
  huge_regions_.reset();
}

void Mmu::flush_non_global() {
  for (TlbTable& table : tables_) table.clear_non_global();
}

bool Mmu::flush_page(uint64_t va) {
  if (TraceEvents::on(LogItem::kMmu)) {
    TraceEvents::tell(LogItem::kMmu, "tlb_flush_page", {TraceField::hex("addr", va)});
  }
  for (TlbTable& table : tables_) table.clear_page(va);
  // 4 MiB pages (32-bit paging) span two regions.
  const bool large = large_regions_[va >> 21 & 4095] || large_regions_[(va >> 21 ^ 1) & 4095] ||
                     huge_regions_[va >> 30 & 63];
  if (!large) return false;
  for (TlbTable& table : tables_) table.clear_large(va);
  return true;
}

void Mmu::flush_keys(uint32_t changed) {
  for (TlbTable& table : tables_) table.clear_keys(changed);
}

void Mmu::protect_code(const uint8_t* host_page) {
  for (TlbTable& table : tables_) table.write_protect(reinterpret_cast<uintptr_t>(host_page));
}

}  // namespace vireo
