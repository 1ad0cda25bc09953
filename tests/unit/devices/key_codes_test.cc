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

TEST_CASE("keys by their usages on USB are keys by name") {
  CHECK(key_at_usage(0x04) == "a");
  CHECK(key_at_usage(0x28) == "ret");
  CHECK(key_at_usage(0x3a) == "f1");
  CHECK(key_at_usage(0x52) == "up");
  CHECK(key_at_usage(0x62) == "kp_0");
  CHECK(key_at_usage(0x65) == "menu");
  CHECK(key_at_usage(0xe0) == "ctrl");
  CHECK(key_at_usage(0xe7) == "meta_r");
  for (unsigned usage = 0; usage < 1000; ++usage) {
    if (!key_at_usage(usage).empty()) CHECK(key_change(key_at_usage(usage), true).ok());
  }
  for (const unsigned nobodys : {0u, 3u, 0x48u, 0x66u, 0xe8u, ~0u}) {
    CHECK(key_at_usage(nobodys).empty());
  }
}
