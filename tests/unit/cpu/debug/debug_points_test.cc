#include "cpu/debug/debug_points.h"

#include <doctest/doctest.h>

namespace vireo {
namespace {

using Watch = DebugPoints::Watch;

TEST_CASE("a breakpoint set twice must be removed twice") {
  DebugPoints points;
  points.add_breakpoint(0xffffffff81000123);
  points.add_breakpoint(0xffffffff81000123);
  CHECK(points.remove_breakpoint(0xffffffff81000123));
  CHECK(points.breaks_at(0xffffffff81000123));
  CHECK(points.remove_breakpoint(0xffffffff81000123));
  CHECK_FALSE(points.breaks_at(0xffffffff81000123));
  CHECK_FALSE(points.remove_breakpoint(0xffffffff81000123));
}

TEST_CASE("a page offset counts while any breakpoint has it") {
  DebugPoints points;
  points.add_breakpoint(0x1123);
  points.add_breakpoint(0x7123);
  points.add_breakpoint(0x7124);
  CHECK(points.breaks_at_offset(0x123));
  points.remove_breakpoint(0x1123);
  CHECK(points.breaks_at_offset(0x123));
  points.remove_breakpoint(0x7123);
  CHECK_FALSE(points.breaks_at_offset(0x123));
  CHECK(points.breaks_at_offset(0x124));
}

TEST_CASE("a watchpoint meets the accesses of its kind which share a byte with it") {
  DebugPoints points;
  points.add_watchpoint(0x1ffe, 4, Watch::kWrite);
  CHECK(points.meets(0x1ff8, 8, true).address == 0x1ffe);
  CHECK(points.meets(0x2001, 1, true).address == 0x2001);
  CHECK_FALSE(points.meets(0x2002, 8, true).met);
  CHECK_FALSE(points.meets(0x1ffa, 4, true).met);
  CHECK_FALSE(points.meets(0x1ffe, 4, false).met);
  points.add_watchpoint(0x3000, 1, Watch::kRead);
  CHECK_FALSE(points.meets(0x3000, 1, true).met);
  CHECK(points.meets(0x3000, 1, false).watch == Watch::kRead);
  points.add_watchpoint(0x4000, 1, Watch::kAccess);
  CHECK(points.meets(0x4000, 1, true).met);
  CHECK(points.meets(0x4000, 1, false).met);
}

TEST_CASE("a watchpoint knows its pages, up to the last address there is") {
  DebugPoints points;
  points.add_watchpoint(0x1ffe, 4, Watch::kWrite);
  CHECK(points.watches_page(0x1000));
  CHECK(points.watches_page(0x2fff));
  CHECK_FALSE(points.watches_page(0x3000));
  points.add_watchpoint(~uint64_t{0} - 1, 8, Watch::kWrite);
  CHECK(points.watches_page(~uint64_t{0}));
  CHECK_FALSE(points.watches_page(0));
  CHECK(points.meets(~uint64_t{0}, 1, true).met);
}

TEST_CASE("only the watchpoint that was set can be removed") {
  DebugPoints points;
  points.add_watchpoint(0x1000, 4, Watch::kWrite);
  CHECK_FALSE(points.remove_watchpoint(0x1000, 2, Watch::kWrite));
  CHECK_FALSE(points.remove_watchpoint(0x1000, 4, Watch::kRead));
  CHECK(points.watches_data());
  CHECK(points.remove_watchpoint(0x1000, 4, Watch::kWrite));
  CHECK_FALSE(points.watches_data());
}

}  // namespace
}  // namespace vireo
