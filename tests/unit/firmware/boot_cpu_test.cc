#include "firmware/boot_cpu.h"

#include <doctest/doctest.h>

#include <map>

namespace vireo {
namespace {

std::map<uint32_t, uint64_t> by_index(const std::vector<MsrSetting>& settings) {
  std::map<uint32_t, uint64_t> out;
  for (const MsrSetting& setting : settings) out[setting.index] = setting.value;
  return out;
}

TEST_CASE("MTRRs make the PCI windows uncached, each an aligned power of two") {
  const auto msrs = by_index(firmware_mtrrs(PlatformDescription{}, 40));
  CHECK(msrs.at(0x200) == 0xB000'0000);
  CHECK(msrs.at(0x201) == 0xFF'F000'0800);
  CHECK(msrs.at(0x202) == 0xC000'0000);
  CHECK(msrs.at(0x203) == 0xFF'C000'0800);
  CHECK(msrs.at(0x204) == 0x80'0000'0000);
  CHECK(msrs.at(0x205) == 0xF8'0000'0800);
  CHECK(msrs.count(0x206) == 0);
}

TEST_CASE("fixed ranges: write-back RAM, uncached VGA, write-protected BIOS") {
  const auto msrs = by_index(firmware_mtrrs(PlatformDescription{}, 40));
  CHECK(msrs.at(0x250) == 0x0606'0606'0606'0606);
  CHECK(msrs.at(0x259) == 0);
  CHECK(msrs.at(0x26F) == 0x0505'0505'0505'0505);
}

TEST_CASE("the default type is write-back and comes last, with both enables") {
  const auto settings = firmware_mtrrs(PlatformDescription{}, 40);
  CHECK(settings.back().index == 0x2FF);
  CHECK(settings.back().value == 0xC06);
}

TEST_CASE("odd windows never take more than the eight ranges there are") {
  PlatformDescription platform;
  platform.pci64 = {GuestAddr{0x1'2345'6000}, 0x12'3456'7000};
  for (const MsrSetting& setting : firmware_mtrrs(platform, 46)) {
    CHECK((setting.index < 0x210 || setting.index >= 0x250));
  }
}

}  // namespace
}  // namespace vireo
