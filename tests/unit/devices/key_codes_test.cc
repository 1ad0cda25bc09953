// The bytes of key strokes.
#include "machine/devices/key_codes.h"

#include <doctest/doctest.h>

using namespace vireo;

TEST_CASE("key strokes: pressed in order and released in reverse, with prefixes") {
  CHECK(*key_stroke({"a"}) == std::vector<uint8_t>{0x1c, 0xf0, 0x1c});
  CHECK(*key_stroke({"ctrl", "delete"}) ==
        std::vector<uint8_t>{0x14, 0xe0, 0x71, 0xe0, 0xf0, 0x71, 0xf0, 0x14});
  CHECK(key_stroke({})->empty());
  CHECK(key_stroke({"shift", "foo"}).error().message.find("no key 'foo'") != std::string::npos);
}

TEST_CASE("a key that is only pressed, or only released") {
  CHECK(*key_change("delete", true) == std::vector<uint8_t>{0xe0, 0x71});
  CHECK(*key_change("delete", false) == std::vector<uint8_t>{0xe0, 0xf0, 0x71});
  CHECK_FALSE(key_change("foo", true).ok());
}
