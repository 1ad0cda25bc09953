#include "firmware/boot_cpu.h"

#include <algorithm>

#include "firmware/address_map.h"

namespace vireo {
namespace {

constexpr uint32_t kVariableBase = 0x200;  // IA32_MTRR_PHYSBASE0; the mask follows each
constexpr size_t kVariableRanges = 8;
constexpr uint32_t kDefType = 0x2FF;

// Memory types, eight in one register of the fixed ranges.
constexpr uint64_t kUncached = 0x00;
constexpr uint64_t kAllWriteProtected = 0x0505'0505'0505'0505;
constexpr uint64_t kAllWriteBack = 0x0606'0606'0606'0606;

constexpr MsrSetting kFixedRanges[] = {
    {0x250, kAllWriteBack},       // 0x00000, 64 KiB each
    {0x258, kAllWriteBack},       // 0x80000, 16 KiB each
    {0x259, kUncached},           // 0xA0000: VGA memory
    {0x268, kAllWriteProtected},  // 0xC0000 to 0xFFFFF, 4 KiB each
    {0x269, kAllWriteProtected}, {0x26A, kAllWriteProtected}, {0x26B, kAllWriteProtected},
    {0x26C, kAllWriteProtected}, {0x26D, kAllWriteProtected}, {0x26E, kAllWriteProtected},
    {0x26F, kAllWriteProtected},
};

// Covers [begin, end) with as few ranges as it takes: each is a power of two in
// size and aligned to it.
void add_uncached(std::vector<MsrSetting>& out, uint64_t begin, uint64_t end, uint64_t address_mask,
                  size_t& used) {
  constexpr uint64_t kValid = 1 << 11;
  while (begin < end && used < kVariableRanges) {
    uint64_t size = begin == 0 ? uint64_t{1} << 62 : begin & -begin;
    while (size > end - begin) size /= 2;
    const auto index = static_cast<uint32_t>(kVariableBase + 2 * used++);
    out.push_back({index, begin | kUncached});
    out.push_back({index + 1, (~(size - 1) & address_mask) | kValid});
    begin += size;
  }
}

}  // namespace

std::vector<MsrSetting> firmware_mtrrs(const PlatformDescription& platform,
                                       unsigned physical_address_bits) {
  constexpr uint64_t kEnabled = 1 << 11;
  constexpr uint64_t kFixedEnabled = 1 << 10;
  constexpr uint64_t kWriteBack = 6;
  const uint64_t address_mask = (uint64_t{1} << std::min(physical_address_bits, 52u)) - 1;
  std::vector<MsrSetting> out(std::begin(kFixedRanges), std::end(kFixedRanges));
  size_t used = 0;
  const GuestAddr hole = std::min(platform.ecam_base, platform.pci32.base).page();
  add_uncached(out, hole.value, kFourGiB.value, address_mask, used);
  const uint64_t high = platform.pci64.base.value;
  add_uncached(out, high, high + platform.pci64.size, address_mask, used);
  out.push_back({kDefType, kEnabled | kFixedEnabled | kWriteBack});
  return out;
}

}  // namespace vireo
