#include "images/kernel/elf.h"

#include <doctest/doctest.h>

#include "tests/unit/images/kernel/kernel_builder.h"

namespace vireo {
namespace {

using namespace testing;

TEST_CASE("segments are sorted by physical address and the entry is physical") {
  const Bytes file = make_elf(0x20'0004, {{0x40'0000, 0x8040'0000, sample_bytes(16), 64},
                                          {0x20'0000, 0x8020'0000, sample_bytes(32), 32}});
  const auto kernel = parse_elf(file, "vmlinux");
  REQUIRE(kernel.ok());
  CHECK(kernel->entry == GuestAddr{0x20'0004});
  CHECK(kernel->begin() == GuestAddr{0x20'0000});
  CHECK(kernel->end() == GuestAddr{0x40'0040});
  CHECK(kernel->segments[0].data.size() == 32);
  CHECK_FALSE(kernel->pvh_entry.has_value());
}

TEST_CASE("a virtual entry is translated through its segment") {
  const Bytes file =
      make_elf(0xffff'ffff'8000'0010, {{0x20'0000, 0xffff'ffff'8000'0000, sample_bytes(64), 64}});
  const auto kernel = parse_elf(file, "vmlinux");
  REQUIRE(kernel.ok());
  CHECK(kernel->entry == GuestAddr{0x20'0010});
}

TEST_CASE("the PVH note is found behind other notes") {
  Bytes notes = make_xen_note(1, 0x11111111);
  const Bytes pvh = make_xen_note(18, 0x0020'0850);
  notes.insert(notes.end(), pvh.begin(), pvh.end());
  const Bytes file = make_elf(0x20'0000, {{0x20'0000, 0x20'0000, sample_bytes(64), 64}}, notes);
  const auto kernel = parse_elf(file, "vmlinux");
  REQUIRE(kernel.ok());
  CHECK(kernel->pvh_entry == 0x0020'0850);
}

TEST_CASE("a note that lies about its length is passed over") {
  Bytes note = make_xen_note(18, 0x0020'0850);
  put(note, 0, uint32_t{0xffff'fffd});
  const Bytes file = make_elf(0x20'0000, {{0x20'0000, 0x20'0000, sample_bytes(64), 64}}, note);
  const auto kernel = parse_elf(file, "vmlinux");
  REQUIRE(kernel.ok());
  CHECK_FALSE(kernel->pvh_entry.has_value());
}

TEST_CASE("bytes after the ELF, such as relocations, are no error") {
  Bytes file = make_vmlinux();
  file.resize(file.size() + 4096);
  CHECK(parse_elf(file, "vmlinux").ok());
}

TEST_CASE("loading writes data and clears the rest") {
  GuestMemory memory = GuestMemory::on_heap(4 << 20);
  memory.fill(GuestAddr{0x20'0000}, 0x4000, std::byte{0xee});
  Bytes data = sample_bytes(0x2800);
  std::fill(data.begin() + 0x800, data.begin() + 0x2100, std::byte{0});
  const Bytes file = make_elf(0x20'0800, {{0x20'0800, 0x20'0800, data, 0x3000}});

  const auto kernel = parse_elf(file, "vmlinux");
  REQUIRE(kernel.ok());
  REQUIRE(load_elf(*kernel, memory));

  Bytes loaded(data.size());
  REQUIRE(memory.read_bytes(GuestAddr{0x20'0800}, loaded));
  CHECK(loaded == data);
  Bytes rest(0x800);
  REQUIRE(memory.read_bytes(GuestAddr{0x20'3000}, rest));
  CHECK(rest == Bytes(0x800));
  CHECK(memory.read<uint8_t>(GuestAddr{0x20'07ff}) == 0xee);
  CHECK(memory.read<uint8_t>(GuestAddr{0x20'3800}) == 0xee);
}

TEST_CASE("loading outside RAM fails") {
  GuestMemory memory = GuestMemory::on_heap(1 << 20);
  const auto kernel = parse_elf(make_vmlinux(), "vmlinux");
  REQUIRE(kernel.ok());
  CHECK_FALSE(load_elf(*kernel, memory));
}

TEST_CASE("an i386 kernel is read by the layout of its class") {
  const auto kernel = parse_elf(make_vmlinux32(), "vmlinux");
  REQUIRE(kernel.ok());
  CHECK_FALSE(kernel->is_64bit);
  CHECK(kernel->entry == GuestAddr{0x100'0010});
  REQUIRE(kernel->segments.size() == 1);
  CHECK(kernel->segments[0].virtual_address == 0xc100'0000);
  CHECK(kernel->segments[0].data.size() == 20 << 10);
  CHECK(kernel->segments[0].memory_size == 32 << 10);
}

TEST_CASE("a 32-bit file cut short anywhere is refused or sound") {
  const Bytes whole = make_vmlinux32();
  for (size_t size = 0; size < 200; ++size) {
    const Bytes part(whole.begin(), whole.begin() + static_cast<ptrdiff_t>(size));
    CHECK_FALSE(parse_elf(part, "vmlinux").ok());
  }
}

TEST_CASE("a class that does not go with the machine is refused") {
  Bytes file = make_vmlinux();
  put(file, 18, uint16_t{3});
  CHECK(mentions(parse_elf(file, "vmlinux").error().message, "another machine"));
}

TEST_CASE("a kernel for another machine is refused") {
  Bytes file = make_vmlinux();
  put(file, 18, uint16_t{183});
  const auto kernel = parse_elf(file, "vmlinux");
  REQUIRE_FALSE(kernel.ok());
  CHECK(mentions(kernel.error().message, "another machine"));
}

TEST_CASE("hostile headers are refused with the reason") {
  struct Case {
    size_t at;
    uint64_t value;
    std::string_view reason;
  };
  constexpr size_t kFirst = kElfHeader;  // program header
  const Case cases[] = {
      {24, 0x1234, "entry lies in none"},
      {32, 0xffff'ffff'ffff'ffc0, "program headers pass its end"},
      {kFirst + 8, 0xffff'ffff'ffff'f000, "passes its end"},
      {kFirst + 32, 0xffff'ffff'ffff'ffff, "passes its end"},
      {kFirst + 40, 1, "larger in the file"},
      {kFirst + 40, 0xffff'ffff'ffff'ffff, "wraps around"},
      {kFirst + 40, 0, "nothing to load"},
  };
  for (const Case& c : cases) {
    Bytes file = make_vmlinux();
    put(file, c.at, c.value);
    const auto kernel = parse_elf(file, "vmlinux");
    REQUIRE_FALSE(kernel.ok());
    CHECK(mentions(kernel.error().message, c.reason));
  }
}

TEST_CASE("overlapping segments are refused") {
  const Bytes file = make_elf(
      0x20'0000, {{0x20'0000, 0, sample_bytes(64), 0x2000}, {0x20'1000, 0, sample_bytes(64), 64}});
  const auto kernel = parse_elf(file, "vmlinux");
  REQUIRE_FALSE(kernel.ok());
  CHECK(mentions(kernel.error().message, "overlap"));
}

TEST_CASE("an ELF cut anywhere is an error") {
  const Bytes file =
      make_elf(0x20'0000, {{0x20'0000, 0x20'0000, sample_bytes(64), 64}}, make_xen_note(18, 1));
  const size_t needed = file.size() - make_xen_note(18, 1).size();
  for (size_t size = 0; size < needed; ++size) {
    const Bytes cut(file.begin(), file.begin() + static_cast<std::ptrdiff_t>(size));
    CHECK_FALSE(parse_elf(cut, "vmlinux").ok());
  }
}

}  // namespace
}  // namespace vireo
