// The mode in which a kernel is entered (Linux Documentation/arch/x86/boot.rst).
#include "tests/unit/board/machine_bench.h"

using namespace vireo;
using namespace vireo::testing;

TEST_CASE("an ELF32 kernel is entered in 32-bit protected mode without paging") {
  // In 64-bit mode 0x40 is a prefix; in 32-bit mode it increments eax.
  const GuestCode code = std::move(GuestCode()
                                       .bytes({0x0F, 0x20, 0xC0})  // mov eax, cr0
                                       .bytes({0xC1, 0xE8, 0x1F})  // shr eax, 31: PG
                                       .bytes({0x40})
                                       .append(exit_with_al()));
  MachineBench bench(code);
  bench.host.files["guest"] = code.elf32();
  CHECK(bench.run().exit_code == debug_exit_code(1));
}
