// A processor's saved state comes from a file: what no processor can have is refused.
#include <doctest/doctest.h>

#include <functional>

#include "tests/unit/cpu/guest_harness.h"

namespace vireo {
namespace {

// Whether a state with this change is taken.
bool taken(const std::function<void(Cpu&)>& change) {
  TestGuest saver, loader;
  change(saver.cpu);
  Archive saved = Archive::saver();
  saver.cpu.visit(saved);
  Archive loaded = Archive::loader(saved.bytes());
  loader.cpu.visit(loaded);
  loader.cpu.run(1);  // whatever it got
  return loaded.ok();
}

TEST_CASE("a saved processor with values that none can have is not taken") {
  CHECK(taken([](Cpu&) {}));
  CHECK(taken([](Cpu& cpu) { cpu.mxcsr = 0xffff; }));
  CHECK(taken([](Cpu& cpu) { cpu.set_a20(false); }));
  CHECK_FALSE(taken([](Cpu& cpu) { cpu.mxcsr = 0x801f80; }));
  CHECK_FALSE(taken([](Cpu& cpu) { cpu.x87.top = 8; }));
  CHECK_FALSE(taken([](Cpu& cpu) { cpu.cpl = 4; }));
  CHECK_FALSE(taken([](Cpu& cpu) { cpu.a20_mask = 0xffff; }));
}

}  // namespace
}  // namespace vireo
