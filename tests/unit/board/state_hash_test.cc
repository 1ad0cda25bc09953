// A state's hash tells states apart and does not see untouched memory.
#include "machine/board/state_hash.h"

#include <doctest/doctest.h>

using namespace vireo;

namespace {

uint64_t hash_of(const GuestMemory& memory) {
  StateHash hash;
  hash.add(memory);
  return hash.value();
}

}  // namespace

TEST_CASE("a page of zeros counts as untouched") {
  GuestMemory memory = GuestMemory::on_heap(0x10000);
  const uint64_t fresh = hash_of(memory);
  memory.write(GuestAddr{0x3000}, uint8_t{1});
  const uint64_t touched = hash_of(memory);
  memory.write(GuestAddr{0x3000}, uint8_t{0});
  CHECK(touched != fresh);
  CHECK(hash_of(memory) == fresh);
}

TEST_CASE("the place of a byte matters") {
  GuestMemory one = GuestMemory::on_heap(0x10000);
  GuestMemory other = GuestMemory::on_heap(0x10000);
  one.write(GuestAddr{0x3000}, uint8_t{1});
  other.write(GuestAddr{0x4000}, uint8_t{1});
  CHECK(hash_of(one) != hash_of(other));
}

TEST_CASE("lengths and order matter") {
  StateHash a, b, c;
  a.add("ab");
  a.add("c");
  b.add("a");
  b.add("bc");
  c.add("c");
  c.add("ab");
  CHECK(a.value() != b.value());
  CHECK(a.value() != c.value());
}
