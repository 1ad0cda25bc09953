#include "images/kernel/entry_tables.h"

#include <array>

namespace vireo {
namespace {

constexpr uint64_t kPresentWritable = 0x3;
constexpr uint64_t kLargePage = 0x80;
constexpr uint64_t kLargePageBytes = uint64_t{2} << 20;
constexpr uint64_t kEntries = 512;
constexpr uint64_t kDirectories = kIdentityMapped / (kEntries * kLargePageBytes);
static_assert(kIdentityTablesBytes == (2 + kDirectories) * kPageSize);

using Table = std::array<uint64_t, kEntries>;

}  // namespace

bool write_identity_tables(GuestMemory& memory, GuestAddr base) {
  const GuestAddr pointers = base + kPageSize;
  const GuestAddr directories = base + 2 * kPageSize;
  Table top{};
  top[0] = pointers.value | kPresentWritable;
  Table pointer_table{};
  bool ok = memory.write(base, top);
  for (uint64_t i = 0; i < kDirectories; ++i) {
    const GuestAddr directory_at = directories + i * kPageSize;
    pointer_table[i] = directory_at.value | kPresentWritable;
    Table directory;
    for (uint64_t j = 0; j < kEntries; ++j) {
      directory[j] = (i * kEntries + j) * kLargePageBytes | kLargePage | kPresentWritable;
    }
    ok = ok && memory.write(directory_at, directory);
  }
  return ok && memory.write(pointers, pointer_table);
}

bool write_boot_gdt(GuestMemory& memory, GuestAddr base, EntryMode mode) {
  constexpr uint64_t kFlatCode32 = 0x00CF'9B00'0000'FFFF;  // D = 1, execute/read, accessed
  constexpr uint64_t kFlatCode64 = 0x00AF'9B00'0000'FFFF;  // L = 1, execute/read, accessed
  constexpr uint64_t kFlatData = 0x00CF'9300'0000'FFFF;    // read/write, accessed
  const std::array<uint64_t, kBootGdtBytes / 8> gdt{
      0, 0, mode == EntryMode::kLong ? kFlatCode64 : kFlatCode32, kFlatData};
  return memory.write(base, gdt);
}

}  // namespace vireo
