// Symbols from System.map and ELF files, good and damaged.
#include "images/kernel/symbols.h"

#include <doctest/doctest.h>

#include <cstring>
#include <string>
#include <vector>

namespace vireo {
namespace {

Result<SymbolTable> parse_text(const std::string& text, uint64_t offset = 0) {
  return parse_symbols(std::as_bytes(std::span(text)), "map", offset);
}

TEST_CASE("System.map: an address is named by the symbol before it") {
  const auto table = parse_text(
      "ffffffff81000000 T _text\nffffffff81000040 t start_kernel\n"
      "ffffffff81000040 T alias\nffffffffc0000000 t probe\t[virtio_net]\n");
  REQUIRE(table);
  CHECK(table->size() == 4);
  CHECK(table->describe(0xffffffff81000000) == "_text");
  CHECK(table->describe(0xffffffff8100003f) == "_text+0x3f");
  CHECK(table->describe(0xffffffff81000050) == "start_kernel+0x10");
  CHECK(table->describe(0xffffffffc0000001) == "probe+0x1");
  CHECK(table->describe(0xffffffff80ffffff).empty());
  CHECK(table->describe(0xffffffff90000000).empty());
  CHECK(table->address_of("alias") == 0xffffffff81000040);
  CHECK_FALSE(table->address_of("nothing").has_value());
}

TEST_CASE("a kernel that moved itself has its symbols moved") {
  const auto table = parse_text("1000 T a\n", 0x20000);
  REQUIRE(table);
  CHECK(table->describe(0x21000) == "a");
}

TEST_CASE("a file that is no map is refused by its line") {
  CHECK_FALSE(parse_text(""));
  const auto bad = parse_text("1000 T a\nhello\n");
  REQUIRE_FALSE(bad);
  CHECK(bad.error().message.find("line 2") != std::string::npos);
}

void put(std::vector<std::byte>& file, size_t at, uint64_t value, size_t size) {
  std::memcpy(file.data() + at, &value, size);
}

// A symbol section with one function, "main" at 0x401000, and its strings.
std::vector<std::byte> small_elf() {
  std::vector<std::byte> file(512);
  std::memcpy(file.data(), "\x7f" "ELF\x02\x01\x01", 7);
  put(file, 40, 64, 8);  // section headers
  put(file, 58, 64, 2);
  put(file, 60, 3, 2);
  put(file, 128 + 4, 2, 4);  // section 1: symbols, at 256
  put(file, 128 + 24, 256, 8);
  put(file, 128 + 32, 48, 8);
  put(file, 128 + 40, 2, 4);  // its strings: section 2
  put(file, 192 + 4, 3, 4);
  put(file, 192 + 24, 320, 8);
  put(file, 192 + 32, 6, 8);
  put(file, 280, 1, 4);  // the second symbol: name 1, a function, section 1
  put(file, 284, 2, 1);
  put(file, 286, 1, 2);
  put(file, 288, 0x401000, 8);
  std::memcpy(file.data() + 320, "\0main", 6);
  return file;
}

TEST_CASE("ELF: the symbol table's functions are taken") {
  const auto table = parse_symbols(small_elf(), "vmlinux");
  REQUIRE(table);
  CHECK(table->size() == 1);
  CHECK(table->describe(0x401004) == "main+0x4");
}

TEST_CASE("ELF: a truncated or damaged file is refused, whatever is wrong") {
  const auto whole = small_elf();
  for (size_t size = 4; size < 320; ++size) {
    CAPTURE(size);
    CHECK_FALSE(parse_symbols(std::span(whole).first(size), "vmlinux"));
  }
  for (size_t at = 4; at < whole.size(); ++at) {
    auto damaged = whole;
    damaged[at] = std::byte{0xff};
    (void)parse_symbols(damaged, "vmlinux");  // neither crashes nor reads behind the end
  }
}

}  // namespace
}  // namespace vireo
