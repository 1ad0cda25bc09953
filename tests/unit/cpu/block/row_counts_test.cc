// Which row of the instruction table an exception is counted for.
#include "cpu/block/row_counts.h"

#include <doctest/doctest.h>

#include "tests/unit/cpu/exec/system_guest.h"

namespace vireo {
namespace {

// Counts for a while, and leaves counting as it was.
class Counting {
 public:
  Counting() : was_on_(RowCounts::on()) { Log::enable(LogItem::kRows); }
  ~Counting() {
    if (!was_on_) Log::disable_all();
  }

 private:
  bool was_on_;
};

uint64_t faults_of(const char* title, unsigned vector) {
  for (size_t i = 0; i < opcode_rows().size(); ++i) {
    if (row_title(opcode_rows()[i]) == title) return RowCounts::all().rows()[i].faults[vector];
  }
  FAIL("no row is called ", title);
  return 0;
}

uint64_t all_faults(unsigned vector) {
  uint64_t sum = 0;
  for (const RowCount& row : RowCounts::all().rows()) sum += row.faults[vector];
  return sum;
}

TEST_CASE("an exception counts for the row that raised it") {
  const Counting counting;
  const uint64_t before = faults_of("ud2 0f 0b", kVectorUd);
  SystemGuest guest;
  CHECK(guest.fault_of({0x90, 0x0f, 0x0b}).vector == kVectorUd);
  CHECK(faults_of("ud2 0f 0b", kVectorUd) == before + 1);
}

TEST_CASE("an encoding that no row has is #UD, which counts for no row") {
  const Counting counting;
  const uint64_t rows = all_faults(kVectorUd);
  const uint64_t other = RowCounts::all().other().faults[kVectorUd];
  for (const bool behind : {false, true}) {
    SystemGuest guest;
    // 0f 04 is nothing, alone or behind a NOP
    const auto frame = behind ? guest.fault_of({0x90, 0x0f, 0x04}) : guest.fault_of({0x0f, 0x04});
    CHECK(frame.vector == kVectorUd);
  }
  CHECK(all_faults(kVectorUd) == rows);
  CHECK(RowCounts::all().other().faults[kVectorUd] == other + 2);
}

TEST_CASE("a fetch that faults counts for no row") {
  const Counting counting;
  const uint64_t rows = all_faults(kVectorPf);
  const uint64_t other = RowCounts::all().other().faults[kVectorPf];
  SystemGuest guest;
  guest.memory.write(GuestAddr{TestGuest::kPml4 + 0x2000 + 8 * 4}, uint64_t{0});
  guest.cpu.regs[kRax] = 0x800000;
  CHECK(guest.fault_of({0xff, 0xe0}).vector == kVectorPf);  // jmp rax
  CHECK(all_faults(kVectorPf) == rows);
  CHECK(RowCounts::all().other().faults[kVectorPf] == other + 1);
}

}  // namespace
}  // namespace vireo
