// What those who look into a machine see of its processors.
#include "cpu/mmu/page_list.h"
#include "machine/board/inspect/cpu_view.h"
#include "machine/board/inspect/page_text.h"
#include "tests/unit/board/machine_bench.h"

using namespace vireo;
using namespace vireo::testing;

namespace {

struct Inspected : MachineBench {
  Inspected() : MachineBench(GuestCode().jump_here()) { REQUIRE(build().ok()); }
  Cpu& cpu() { return machine->panel().processors.boot().cpu(); }
  GuestMemory& memory() { return machine->panel().core.memory; }
  void write_entry(uint64_t table, uint64_t index, uint64_t entry) {
    REQUIRE(memory().write(GuestAddr{table + index * 8}, entry));
  }
};

constexpr uint64_t kTable = 0x800000;  // where the tests put paging structures
constexpr uint64_t kPresentWritableUser = 7;

}  // namespace

TEST_CASE("inspect: every mapping that is listed is where a walk ends, and none changes a table") {
  Inspected bench;
  const uint64_t before = bench.machine->state_hash();
  unsigned count = 0;
  (void)for_each_mapping(bench.cpu(), [&](const PageMapping& page) {
    GuestAddr physical{};
    CHECK(Mmu::probe(bench.cpu(), page.linear, physical));
    CHECK(physical.value == page.physical);
    return ++count < 100;
  });
  CHECK(count > 0);
  CHECK(bench.machine->state_hash() == before);
}

TEST_CASE("inspect: rights are those of all levels, and upper halves are sign-extended") {
  Inspected bench;
  bench.write_entry(kTable, 511, (kTable + 0x1000) | kPresentWritableUser);
  bench.write_entry(kTable + 0x1000, 0, (kTable + 0x2000) | 1);  // read-only, supervisor
  bench.write_entry(kTable + 0x2000, 1, 0x200000 | kPresentWritableUser | 0x80);
  bench.cpu().cr3 = kTable;
  CHECK(pages_text(bench.cpu()) == "ffffff8000200000: 0000000000200000 --P------\n");
  CHECK(memory_ranges_text(bench.cpu()) ==
        "ffffff8000200000-ffffff8000400000 0000000000200000 -r-\n");
}

TEST_CASE("inspect: neighbours with the same rights are one range") {
  Inspected bench;
  bench.write_entry(kTable, 0, (kTable + 0x1000) | kPresentWritableUser);
  bench.write_entry(kTable + 0x1000, 0, (kTable + 0x2000) | kPresentWritableUser);
  bench.write_entry(kTable + 0x2000, 0, (kTable + 0x3000) | kPresentWritableUser);
  for (uint64_t i = 0; i < 3; ++i) {
    bench.write_entry(kTable + 0x3000, i, (0x5000 - i * 0x1000) | kPresentWritableUser);
  }
  bench.cpu().cr3 = kTable;
  CHECK(memory_ranges_text(bench.cpu()) ==
        "0000000000000000-0000000000003000 0000000000003000 urw\n");
}

TEST_CASE("inspect: tables that lead into themselves come to an end") {
  Inspected bench;
  for (uint64_t i = 0; i < 512; ++i) bench.write_entry(kTable, i, kTable | kPresentWritableUser);
  bench.cpu().cr3 = kTable;
  uint64_t count = 0;
  CHECK_FALSE(for_each_mapping(bench.cpu(), [&](const PageMapping&) { return ++count != 0; }));
  CHECK(count <= kMaxPageEntries);
  CHECK(pages_text(bench.cpu()).find("(there is more)\n") != std::string::npos);
}

TEST_CASE("inspect: the older forms of paging") {
  Inspected bench;
  Cpu& cpu = bench.cpu();
  cpu.efer = 0;
  cpu.cr3 = kTable;
  cpu.cr4 = kCr4Pse;
  CHECK(bench.memory().write(GuestAddr{kTable + 4}, uint32_t{0x00c00087}));  // 4 MiB
  CHECK(bench.memory().write(GuestAddr{kTable + 8}, uint32_t{kTable + 0x1007}));
  CHECK(bench.memory().write(GuestAddr{kTable + 0x1004}, uint32_t{0x5003}));
  CHECK(pages_text(cpu) ==
        "0000000000400000: 0000000000c00000 --P----UW\n"
        "0000000000801000: 0000000000005000 --------W\n");
  cpu.cr4 = kCr4Pae;
  cpu.pdptes[3] = (kTable + 0x2000) | 1;
  bench.write_entry(kTable + 0x2000, 2, 0x600000 | 0x83 | uint64_t{1} << 63);
  CHECK(pages_text(cpu) == "00000000c0400000: 0000000000600000 X-P-----W\n");
}

TEST_CASE("inspect: without paging nothing is mapped") {
  Inspected bench;
  bench.cpu().cr0 &= ~kCr0Pg;
  CHECK(pages_text(bench.cpu()) == "paging is off\n");
}

TEST_CASE("inspect: registers by name, their halves and the parts of segments") {
  Inspected bench;
  Cpu& cpu = bench.cpu();
  cpu.regs[kRbx] = 0x1122334455667788;
  CHECK(register_value(cpu, "rbx") == 0x1122334455667788);
  CHECK(register_value(cpu, "ebx") == 0x55667788);
  CHECK(register_value(cpu, "rip") == GuestCode::kBase);
  CHECK(register_value(cpu, "cs") == GuestCode::kCodeSelector);
  CHECK(register_value(cpu, "cs.base") == 0);
  CHECK(register_value(cpu, "cr3") == cpu.cr3);
  CHECK_FALSE(register_value(cpu, "foo"));
  CHECK_FALSE(register_value(cpu, "cs.foo"));
  const std::string text = registers_text(cpu);
  CHECK(text.find("RBX=1122334455667788") != std::string::npos);
  CHECK(text.find("XMM00=") != std::string::npos);
}

TEST_CASE("inspect: memory is read across pages, and never where there is none") {
  Inspected bench;
  CHECK(bench.memory().write(GuestAddr{0x200ffe}, uint32_t{0x04030201}));
  std::byte bytes[4];
  CHECK(read_linear(bench.cpu(), 0x200ffe, bytes));
  CHECK(bytes[3] == std::byte{4});
  CHECK_FALSE(read_physical(bench.memory(), 0xfee00000, bytes));
  CHECK_FALSE(read_physical(bench.memory(), UINT64_MAX - 1, bytes));
  CHECK_FALSE(read_linear(bench.cpu(), 0xffff900000000000, bytes));
}
