#include "pci/config_space.h"

#include <doctest/doctest.h>

#include "tests/unit/pci/pci_testbed.h"

namespace vireo {
namespace {

TEST_CASE("config space: masks decide what a guest's write changes") {
  ConfigSpace config;
  config.define<uint16_t>(0x40, 0x1234, 0x00ff);

  config.write(0x40, 2, 0xabcd);

  CHECK(config.read(0x40, 2) == 0x12cd);
}

TEST_CASE("config space: a write-one-to-clear bit clears on one and keeps on zero") {
  ConfigSpace config;
  config.define<uint8_t>(0x40, 0x00, 0x0f, 0xf0);
  config.set<uint8_t>(0x40, 0xf5);

  config.write(0x40, 1, 0x35);

  CHECK(config.read(0x40, 1) == 0xc5);
}

TEST_CASE("config space: an unaligned access acts byte by byte") {
  ConfigSpace config;
  config.define<uint32_t>(0x40, 0, 0xffffffff);
  config.define<uint32_t>(0x44, 0, 0xffffffff);

  config.write(0x42, 4, 0xaabbccdd);

  CHECK(config.read(0x40, 4) == 0xccdd0000);
  CHECK(config.read(0x44, 4) == 0x0000aabb);
  CHECK(config.read(0x43, 2) == 0xbbcc);
}

TEST_CASE("config space: beyond the end reads all ones and drops writes") {
  ConfigSpace config(kPciConventionalConfig);

  config.write(0xfe, 4, 0xffffffff);
  config.write(0x100, 4, 0);
  config.write(~0u, 4, 0);

  CHECK(config.read(0xfe, 4) == 0xffff0000);
  CHECK(config.read(0x100, 4) == 0xffffffff);
  CHECK(config.read(~0u - 8, 4) == 0xffffffff);
}

TEST_CASE("PCI-22: the capability list is dword-aligned, from 0x40, ends, and sets status bit 4") {
  ConfigSpace config;

  const unsigned first = config.add_capability(0x09, 13);
  const unsigned second = config.add_capability(0x11, 12);
  const unsigned third = config.add_capability(0x01, 8, 0x80);

  CHECK(first == 0x40);
  CHECK(second == 0x50);
  CHECK(third == 0x80);
  CHECK(config.read(0x34, 1) == first);
  CHECK(config.read(first, 2) == (0x09 | second << 8));
  CHECK(config.read(second, 2) == (0x11 | third << 8));
  CHECK(config.read(third, 2) == 0x01);
  CHECK((config.read(0x06, 2) & 0x10) != 0);
}

TEST_CASE("PCI-34: extended capabilities start at 0x100 and link by bits 31:20") {
  ConfigSpace config(kPciExpressConfig);
  CHECK(config.read(0x100, 4) == 0);

  const unsigned first = config.add_extended_capability(0x0001, 2, 0x2a);
  const unsigned second = config.add_extended_capability(0x0003, 1, 12);

  CHECK(first == 0x100);
  CHECK(second == 0x12c);
  CHECK(config.read(first, 4) == 0x12c20001);
  CHECK(config.read(second, 4) == 0x00010003);
}

TEST_CASE("config space: reset restores defined values and keeps the capability list") {
  ConfigSpace config;
  const unsigned capability = config.add_capability(0x09, 8);
  config.define<uint32_t>(0x60, 0x11111111, 0xffffffff);
  config.write(0x60, 4, 0x22222222);

  config.reset();

  CHECK(config.read(0x60, 4) == 0x11111111);
  CHECK(config.read(0x34, 1) == capability);
}

TEST_CASE("config space: a truncated snapshot is noticed") {
  ConfigSpace config;
  Archive archive = Archive::loader(std::vector<std::byte>(17));

  config.visit(archive);

  CHECK_FALSE(archive.ok());
}

}  // namespace
}  // namespace vireo
