// Seeded randomness: a function of the seed and of what was taken before.
#include "machine/base/entropy_source.h"

#include <doctest/doctest.h>

namespace vireo {
namespace {

std::vector<std::byte> take(EntropySource& source, size_t count) {
  std::vector<std::byte> bytes(count);
  CHECK(source.fill(bytes) == count);
  return bytes;
}

TEST_CASE("the same seed gives the same bytes, another seed others") {
  SeededEntropy one(7), same(7), other(8);
  const auto bytes = take(one, 100);
  CHECK(take(same, 100) == bytes);
  CHECK(take(other, 100) != bytes);
}

TEST_CASE("a saved source goes on where it was") {
  SeededEntropy source(7);
  take(source, 13);
  Archive saved = Archive::saver();
  source.visit(saved);
  const auto expected = take(source, 50);
  SeededEntropy restored(0);
  Archive loader = Archive::loader(saved.bytes());
  restored.visit(loader);
  CHECK(loader.ok());
  CHECK(take(restored, 50) == expected);
}

TEST_CASE("every bit is set about half of the time") {
  SeededEntropy source(0);
  const auto bytes = take(source, 1 << 16);
  for (unsigned bit = 0; bit < 8; ++bit) {
    size_t ones = 0;
    for (const std::byte byte : bytes) ones += std::to_integer<unsigned>(byte) >> bit & 1;
    CHECK(ones > 32000);
    CHECK(ones < 33536);
  }
}

}  // namespace
}  // namespace vireo
