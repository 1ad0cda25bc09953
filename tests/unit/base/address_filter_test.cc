// -dfilter's ranges.
#include "machine/base/address_filter.h"

#include <doctest/doctest.h>

namespace vireo {
namespace {

TEST_CASE("without ranges every address passes") { CHECK(AddressFilter().contains(0)); }

TEST_CASE("a range is given by its ends, or by its start or end and a size") {
  const auto filter = AddressFilter::parse("0x1000..0x1fff,0x3000+0x10,0x5000-0x10");
  REQUIRE(filter);
  CHECK_FALSE(filter->contains(0xfff));
  CHECK(filter->contains(0x1000));
  CHECK(filter->contains(0x1fff));
  CHECK_FALSE(filter->contains(0x2000));
  CHECK(filter->contains(0x300f));
  CHECK_FALSE(filter->contains(0x3010));
  CHECK_FALSE(filter->contains(0x4ff0));
  CHECK(filter->contains(0x4ff1));
  CHECK(filter->contains(0x5000));
  CHECK_FALSE(filter->contains(0x5001));
}

TEST_CASE("what is no range is refused by name") {
  for (const char* text : {"", "0x1000", "1...2", "2..1", "a+b", "0x1000+0", "5-7",
                           "0xffffffffffffffff+2", "1..2,3"}) {
    CAPTURE(text);
    CHECK_FALSE(AddressFilter::parse(text));
  }
  CHECK(AddressFilter::parse("5..x").error().message.find("-dfilter: '5..x'") == 0);
}

}  // namespace
}  // namespace vireo
