// Random page tables and random accesses: the processor's walker and TLB against
// the model.
#include <doctest/doctest.h>

#include <cstdlib>
#include <cstring>

#include "cpu/exec/protection_keys.h"
#include "cpu/exec/segment.h"
#include "tests/unit/cpu/exec/system_guest.h"
#include "tests/unit/cpu/mmu/model_walker.h"
#include "tests/unit/cpu/native/random.h"

namespace vireo {
namespace {

// Any seed by VIREO_SEED; a fixed one otherwise.
uint64_t seed() {
  const char* chosen = std::getenv("VIREO_SEED");
  return chosen != nullptr ? std::strtoull(chosen, nullptr, 0) : 1;
}

constexpr uint64_t kTables = 0x400000, kTablePages = 8, kTablesEnd = kTables + kTablePages * 4096;
// Few indexes, so that addresses meet the entries that there are.
constexpr unsigned kIndexes[] = {0, 1, 511};

class PagingTrial : public SystemGuest {
 public:
  explicit PagingTrial(Random& random) : random_(random) {
    choose_mode();
    for (uint64_t page = kTables; page < kTablesEnd; page += 4096) fill_table(page);
    for (uint64_t& pointer : cpu.pdptes) pointer = random_.one_in(6) ? 0 : table_page() | 1;
    cpu.mmu().flush_all();
    cpu.mode_changed();
  }

  bool wide() const { return cpu.long_mode_active() || (cpu.cr4 & kCr4Pae); }

  ModelRegisters registers() const {
    ModelRegisters r{cpu.cr0, cpu.cr3, cpu.cr4, cpu.efer, cpu.pkru, {}, cpu.long_mode_active()};
    std::memcpy(r.pdptes, cpu.pdptes, sizeof r.pdptes);
    return r;
  }

  uint64_t address() {
    uint64_t va = random_.below(4096);
    for (unsigned shift = 12; shift < 57; shift += 9) {
      va |= uint64_t{kIndexes[random_.below(3)]} << shift;
    }
    if (!cpu.long_mode_active()) return static_cast<uint32_t>(va | random_.next() << 30);
    const unsigned width = cpu.cr4 & kCr4La57 ? 57 : 48;
    const uint64_t sign = static_cast<uint64_t>(static_cast<int64_t>(va << (64 - width)) >>
                                                (64 - width));
    return random_.one_in(20) ? sign ^ uint64_t{1} << (47 + random_.below(17)) : sign;
  }

  // An entry that most walks get through.
  uint64_t entry() {
    uint64_t e = random_.one_in(3) ? random_.below(16) << 20 : table_page();
    e |= random_.one_in(20) ? 0 : 1;
    e |= random_.one_in(4) ? 0 : 2;
    e |= random_.one_in(6) ? 0 : 4;
    e |= random_.next() & 0x160;
    if (random_.one_in(3)) e = (e & ~uint64_t{0x1ff000}) | 0x80;
    if (random_.one_in(8)) e |= uint64_t{1} << random_.below(64);
    if (random_.one_in(4)) e |= random_.below(16) << 59;
    if (random_.one_in(6)) e |= uint64_t{1} << 63;
    if (random_.one_in(10)) e |= random_.below(256) << 13;
    return e;
  }

  // Changes one entry; where it stands.
  uint64_t change_entry() {
    const uint64_t at = table_page() + 8 * kIndexes[random_.below(3)];
    if (wide()) memory.write(GuestAddr{at}, entry());
    else memory.write(GuestAddr{at}, static_cast<uint32_t>(entry()));
    return at;
  }

 private:
  uint64_t table_page() { return kTables + 4096 * random_.below(kTablePages); }

  void fill_table(uint64_t page) {
    for (const unsigned index : kIndexes) {
      memory.write(GuestAddr{page + 8 * index}, entry());
      // 32-bit tables have 1024 entries of 4 bytes.
      if (wide()) continue;
      memory.write(GuestAddr{page + 4 * index}, static_cast<uint32_t>(entry()));
      memory.write(GuestAddr{page + 4 * (index + 512)}, static_cast<uint32_t>(entry()));
    }
  }

  void choose_mode() {
    const auto maybe = [&](uint64_t bits) { return random_.one_in(2) ? bits : 0; };
    cpu.cr0 = kCr0Pe | kCr0Pg | maybe(kCr0Wp);
    cpu.cr3 = table_page();
    cpu.efer = maybe(kEferNxe);
    cpu.cr4 = maybe(kCr4Smep) | maybe(kCr4Smap) | kCr4Pke | maybe(kCr4Pge);
    cpu.pkru = static_cast<uint32_t>(random_.next());
    switch (random_.below(5)) {
      case 0:
        cpu.cr4 |= maybe(kCr4Pse);
        break;
      case 1:
        cpu.cr4 |= kCr4Pae;
        break;
      case 2:
        cpu.cr4 |= kCr4La57;
        [[fallthrough]];
      default:
        cpu.cr4 |= kCr4Pae;
        cpu.efer |= kEferLme | kEferLma;
        // Contexts share no global pages here: see change_something().
        if (random_.one_in(2)) cpu.cr4 = (cpu.cr4 & ~kCr4Pge) | kCr4Pcide;
    }
  }

  Random& random_;
};

struct Attempt {
  uint64_t va;
  Access access;
  Mmu::Class c;
};

Attempt random_attempt(PagingTrial& trial, Random& random) {
  Attempt a{trial.address(), static_cast<Access>(random.below(3)),
            static_cast<Mmu::Class>(random.below(3))};
  // Fetches of supervisors are all of one class.
  if (a.access == Access::kExec && a.c == Mmu::kSupervisorAc) a.c = Mmu::kSupervisor;
  return a;
}

ModelAccess as_model(const Attempt& a) {
  return {a.va, a.access == Access::kWrite, a.access == Access::kExec, a.c == Mmu::kUser,
          a.c == Mmu::kSupervisorAc};
}

// The tables after the model's updates.
std::vector<std::byte> tables_of(const PagingTrial& trial) {
  std::vector<std::byte> bytes(kTablesEnd - kTables);
  REQUIRE(trial.memory.read_bytes(GuestAddr{kTables}, bytes));
  return bytes;
}

void apply(const ModelOutcome& outcome, std::vector<std::byte>& tables) {
  for (const auto& update : outcome.updates) {
    if (update.at < kTables || update.at >= kTablesEnd) continue;
    std::memcpy(tables.data() + (update.at - kTables), &update.value, update.size);
  }
}

struct Tally {
  unsigned done = 0, page_faults = 0, general = 0, reserved = 0, keys = 0;
};

void note(Tally& tally, const ModelOutcome& outcome) {
  using Kind = ModelOutcome::Kind;
  tally.done += outcome.kind == Kind::kDone;
  tally.page_faults += outcome.kind == Kind::kPageFault;
  tally.general += outcome.kind == Kind::kGeneralProtection;
  tally.reserved += (outcome.error & 8) != 0;
  tally.keys += (outcome.error & 0x20) != 0;
}

// One translation by both; the TLB is filled as an access would.
void compare(PagingTrial& trial, const Attempt& a, Tally& tally) {
  Cpu& cpu = trial.cpu;
  const ModelOutcome model = model_translate(trial.registers(), trial.memory, as_model(a));
  note(tally, model);
  std::vector<std::byte> expected = tables_of(trial);
  if (model.kind == ModelOutcome::Kind::kDone) apply(model, expected);
  Translation out;
  const TranslationFault fault = Mmu::attempt(cpu, a.va, a.access, a.c, out);
  const auto vector = model.kind == ModelOutcome::Kind::kDone        ? 0
                      : model.kind == ModelOutcome::Kind::kPageFault ? kVectorPf
                                                                     : kVectorGp;
  REQUIRE(fault.vector == vector);
  REQUIRE(fault.error_code == model.error);
  REQUIRE(tables_of(trial) == expected);
  if (fault.vector != 0) return;
  REQUIRE(out.physical.value == model.physical);
  cpu.mmu().fill(cpu, a.c, a.va, a.access, out);
}

// What the TLB lets through at once must be what a walk would allow without a
// fault and without marking any entry.
void check_tag(PagingTrial& trial, const Attempt& a, uint64_t tag, uintptr_t addend) {
  if (tag != (a.va & ~kPageMask)) return;
  const ModelOutcome model = model_translate(trial.registers(), trial.memory, as_model(a));
  REQUIRE(model.kind == ModelOutcome::Kind::kDone);
  REQUIRE(model.updates.empty());
  const GuestAddr physical{model.physical};
  const HostPage page = trial.memory.host_page(physical.page());
  REQUIRE(addend + a.va == reinterpret_cast<uintptr_t>(page.bytes) + physical.page_offset());
}

void check_tlb(PagingTrial& trial, uint64_t va) {
  for (unsigned i = 0; i < Mmu::kClasses; ++i) {
    const auto c = static_cast<Mmu::Class>(i);
    const TlbEntry entry = trial.cpu.mmu().table(c)[tlb_index(va)];
    check_tag(trial, {va, Access::kRead, c}, entry.read_tag, entry.addend);
    check_tag(trial, {va, Access::kWrite, c}, entry.write_tag, entry.addend);
    if (c == Mmu::kSupervisorAc) continue;  // fetches use the other one
    check_tag(trial, {va, Access::kExec, c}, entry.exec_tag, entry.addend);
  }
}

// Something changes, and the guest says so as it must.
void change_something(PagingTrial& trial, Random& random) {
  Cpu& cpu = trial.cpu;
  switch (random.below(4)) {
    case 0:
      trial.change_entry();
      // Global pages outlive a load of CR3.
      if (cpu.cr4 & (kCr4Pge | kCr4Pcide)) cpu.mmu().flush_all();
      else address_space_changed(cpu);
      break;
    case 1:
      set_pkru(cpu, random.one_in(2) ? cpu.pkru ^ 3u << random.below(32)
                                     : static_cast<uint32_t>(random.next()));
      break;
    case 2:
      // Every context has a root of its own, so that bit 63 is always right to use,
      // as long as no page is global.
      if (!(cpu.cr4 & kCr4Pcide)) break;
      cpu.cr3 = kTables + random.below(kTablePages) * 0x1001;
      address_space_changed(cpu, true);
      break;
    default:
      cpu.cr0 ^= kCr0Wp;
      cpu.mmu().flush_all();
  }
}

TEST_CASE("random tables: translations, faults and marks are the model's") {
  Random random(seed());
  Tally tally;
  for (int trials = 0; trials < 250; ++trials) {
    PagingTrial trial(random);
    for (int i = 0; i < 160; ++i) compare(trial, random_attempt(trial, random), tally);
  }
  // Every kind of outcome must have come up often, or this has shown little.
  for (const unsigned count : {tally.done, tally.page_faults, tally.general, tally.reserved,
                               tally.keys}) {
    CHECK(count > 100);
  }
}

TEST_CASE("random tables: the TLB never allows more than they do") {
  Random random(seed() + 1);
  Tally tally;
  for (int trials = 0; trials < 100; ++trials) {
    PagingTrial trial(random);
    std::vector<uint64_t> addresses(12);
    for (uint64_t& va : addresses) va = trial.address();
    for (int i = 0; i < 150; ++i) {
      Attempt a = random_attempt(trial, random);
      a.va = addresses[random.below(addresses.size())];
      compare(trial, a, tally);
      if (random.one_in(4)) change_something(trial, random);
      for (const uint64_t va : addresses) check_tlb(trial, va);
    }
  }
  CHECK(tally.done > 1000);
}

}  // namespace
}  // namespace vireo
