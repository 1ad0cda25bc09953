#include "images/kernel/bzimage.h"

#include <doctest/doctest.h>

#include "tests/unit/images/kernel/kernel_builder.h"

namespace vireo {
namespace {

using namespace testing;

TEST_CASE("a bzImage's header gives its layout") {
  const Bytes payload = sample_bytes(1000);
  const Bytes file = make_bzimage(payload);

  const auto image = parse_bzimage(file, "vmlinuz");

  REQUIRE(image.ok());
  CHECK(image->protocol == 0x020f);
  CHECK(image->version == "6.1.0-test");
  CHECK(image->protected_mode.data() == file.data() + kTestSetupBytes);
  CHECK(image->payload.data() == file.data() + kTestSetupBytes + kTestPayloadOffset);
  CHECK(image->payload.size() == 1000);
  CHECK(image->pref_address == 0x100'0000);
  CHECK(image->init_size == 1 << 20);
  CHECK(image->alignment == 0x20'0000);
  CHECK(image->command_line_max == 2047);
  CHECK(image->initrd_addr_max == 0x7fff'ffff);
  CHECK(image->relocatable);
  CHECK(image->loaded_high);
  CHECK(image->has_64bit_entry());
}

TEST_CASE("the setup header ends where its jump leads") {
  const Bytes file = make_bzimage(sample_bytes(100));
  const auto image = parse_bzimage(file, "vmlinuz");
  REQUIRE(image.ok());
  CHECK(image->setup_header.data() == file.data() + 0x1f1);
  CHECK(image->setup_header.size() == 0x202 + 0x6a - 0x1f1);
}

TEST_CASE("an old protocol leaves newer fields at their defaults") {
  Bytes file = make_bzimage(sample_bytes(100));
  put(file, setup::kVersion, uint16_t{0x0202});

  const auto image = parse_bzimage(file, "vmlinuz");

  REQUIRE(image.ok());
  CHECK(image->initrd_addr_max == 0x37ff'ffff);
  CHECK(image->command_line_max == 255);
  CHECK(image->payload.empty());
  CHECK_FALSE(image->relocatable);
  CHECK_FALSE(image->has_64bit_entry());
}

TEST_CASE("a file that is no kernel is named as such") {
  const auto image = parse_bzimage(bytes_of("#!/bin/sh\n"), "script.sh");
  REQUIRE_FALSE(image.ok());
  CHECK(mentions(image.error().message, "script.sh: is no Linux bzImage"));
}

TEST_CASE("a truncated bzImage says how much of it is there") {
  Bytes file = make_bzimage(sample_bytes(4000));
  file.resize(file.size() - 1000);
  const auto image = parse_bzimage(file, "vmlinuz");
  REQUIRE_FALSE(image.ok());
  CHECK(mentions(image.error().message, "vmlinuz: the kernel image is damaged: it holds"));
}

TEST_CASE("bytes after the image, such as a signature, are no error") {
  Bytes file = make_bzimage(sample_bytes(4000));
  file.resize(file.size() + 1500);
  CHECK(parse_bzimage(file, "vmlinuz").ok());
}

TEST_CASE("a bzImage cut anywhere is an error or whole") {
  const Bytes file = make_bzimage(sample_bytes(200));
  for (size_t size = 0; size + 16 < file.size(); ++size) {
    const Bytes cut(file.begin(), file.begin() + static_cast<std::ptrdiff_t>(size));
    CHECK_FALSE(parse_bzimage(cut, "vmlinuz").ok());
  }
}

TEST_CASE("a payload outside the image is refused") {
  Bytes file = make_bzimage(sample_bytes(100));
  put(file, setup::kPayloadLength, uint32_t{0xffff'ffff});
  CHECK_FALSE(parse_bzimage(file, "vmlinuz").ok());
  put(file, setup::kPayloadOffset, uint32_t{0xffff'fff0});
  CHECK_FALSE(parse_bzimage(file, "vmlinuz").ok());
}

TEST_CASE("protocols before 2.02 are refused") {
  Bytes file = make_bzimage(sample_bytes(100));
  put(file, setup::kVersion, uint16_t{0x0201});
  const auto image = parse_bzimage(file, "vmlinuz");
  REQUIRE_FALSE(image.ok());
  CHECK(mentions(image.error().message, "2.01 is older than 2.02"));
}

}  // namespace
}  // namespace vireo
