// Which files pass as an initrd, and what is said of the others.
#include "images/kernel/initrd.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <string>

#include "tests/unit/images/kernel/kernel_builder.h"

namespace vireo {
namespace {

using namespace testing;

void append(Bytes& out, std::string_view text) {
  const auto bytes = std::as_bytes(std::span(text));
  out.insert(out.end(), bytes.begin(), bytes.end());
}

void pad(Bytes& out, size_t alignment) {
  while (out.size() % alignment != 0) out.push_back(std::byte{0});
}

void append_entry(Bytes& out, std::string_view name, std::string_view content) {
  append(out, "070701");
  for (unsigned field = 0; field < 13; ++field) {
    const size_t value = field == 6 ? content.size() : field == 11 ? name.size() + 1 : 0;
    append(out, fmt::format("{:08X}", value));
  }
  append(out, name);
  out.push_back(std::byte{0});
  pad(out, 4);
  append(out, content);
  pad(out, 4);
}

Bytes cpio() {
  Bytes out;
  append_entry(out, "init", std::string(5000, 'x'));
  append_entry(out, "hosts", "localhost\n");
  append_entry(out, "TRAILER!!!", "");
  return out;
}

// The packers end with the size that a kernel's payload has; archives lack it.
Bytes without_size(Bytes packed) {
  packed.resize(packed.size() - 4);
  return packed;
}

Bytes cut(Bytes bytes, size_t most) {
  bytes.resize(most);
  return bytes;
}

Bytes joined(Bytes first, const Bytes& second) {
  pad(first, 512);
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

bool sound(const Bytes& initrd) { return check_initrd(initrd, "initrd.img").ok(); }

std::string complaint(const Bytes& initrd) {
  const auto checked = check_initrd(initrd, "initrd.img");
  return checked.ok() ? "" : checked.error().message;
}

constexpr const char* kDamaged =
    "initrd.img: the initrd is damaged or cut short; copy or make it again";
constexpr const char* kNone =
    "initrd.img: is no initrd: neither a cpio archive (newc, plain or packed) nor the image of a "
    "file system; give one of these to -initrd";

std::vector<Bytes> archives() {
  return {cpio(), pack_gzip(cpio()), without_size(pack_xz(cpio())), without_size(pack_lz4(cpio())),
          without_size(pack_zstd(cpio()))};
}

TEST_CASE("cpio archives, plain and packed, are initrds; cut short they are not") {
  for (const Bytes& archive : archives()) {
    CHECK(sound(archive));
    CHECK(complaint(cut(archive, archive.size() - 16)) == kDamaged);
    CHECK(complaint(cut(archive, archive.size() / 2)) == kDamaged);
  }
}

TEST_CASE("archives follow each other with zeros between, the last one is checked, too") {
  for (const Bytes& archive : archives()) {
    const Bytes both = joined(cpio(), archive);
    CHECK(sound(both));
    CHECK(complaint(cut(both, both.size() - 16)) == kDamaged);
  }
}

TEST_CASE("a boot configuration at the end is no part of an archive") {
  for (const Bytes& archive : archives()) {
    Bytes initrd = joined(archive, {});
    append(initrd, "kernel {}  \n");
    put<uint32_t>(initrd, initrd.size(), 12);
    put<uint32_t>(initrd, initrd.size(), 0x1234);
    append(initrd, "#BOOTCONFIG\n");
    CHECK(sound(initrd));
  }
}

TEST_CASE("the image of a file system is an initrd") {
  Bytes image(4096);
  image[0x438] = std::byte{0x53};
  image[0x439] = std::byte{0xef};
  CHECK(sound(image));
}

TEST_CASE("what is none says so") {
  CHECK(complaint({}) == "initrd.img: the initrd is empty; make it again, or leave -initrd out");
  CHECK(complaint(Bytes(4096)) == kNone);
  CHECK(complaint(Bytes(4096, std::byte{0x55})) == kNone);
}

TEST_CASE("a cpio header with letters for numbers is damaged") {
  Bytes initrd = cpio();
  initrd[6 + 11 * 8] = std::byte{'x'};
  CHECK(complaint(initrd) == kDamaged);
}

}  // namespace
}  // namespace vireo
