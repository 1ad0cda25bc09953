#include "images/kernel/boot_params.h"

#include <algorithm>
#include <cstring>

namespace vireo {
namespace {

constexpr uint16_t kNewestProtocol = 0x020f;
constexpr uint16_t kRsdpProtocol = 0x020e;
constexpr uint16_t kNormalVideoMode = 0xffff;

// Everything not set stays zero. That matters: a non-zero `sentinel` (0x1ef)
// would make the kernel distrust and clear fields, and a screen_info without
// lines and columns tells it and its decompressor that there is no text screen.
class Writer {
 public:
  template <typename T>
  void put(uint64_t offset, T value) {
    std::memcpy(bytes_.data() + offset, &value, sizeof(T));
  }
  // A 64-bit value whose halves live apart.
  void put_split(uint64_t low, uint64_t high, uint64_t value) {
    put(low, static_cast<uint32_t>(value));
    put(high, static_cast<uint32_t>(value >> 32));
  }
  template <typename T>
  T get(uint64_t offset) const {
    T value;
    std::memcpy(&value, bytes_.data() + offset, sizeof(T));
    return value;
  }
  void copy(uint64_t offset, std::span<const std::byte> from) {
    const size_t room = std::min<size_t>(from.size(), setup::kEndOfRoom - offset);
    std::memcpy(bytes_.data() + offset, from.data(), room);
  }
  const BootParams& bytes() const { return bytes_; }

 private:
  BootParams bytes_{};
};

void put_header(Writer& page, std::span<const std::byte> header) {
  if (!header.empty()) {
    page.copy(setup::kSetupSects, header);
    return;
  }
  page.put(setup::kBootFlag, setup::kBootFlagValue);
  page.put(setup::kHeaderMagic, setup::kHeaderMagicValue);
  page.put(setup::kVersion, kNewestProtocol);
  page.put(setup::kLoadFlags, setup::kLoadedHigh);
}

void put_loader_fields(Writer& page, const BootParamsInput& input) {
  page.put(setup::kTypeOfLoader, setup::kLoaderUndefined);
  page.put(setup::kVidMode, kNormalVideoMode);
  // KASLR_FLAG is the decompressor's word to the kernel that it has chosen
  // random addresses; entered directly, the kernel must find it clear.
  const auto flags = page.get<uint8_t>(setup::kLoadFlags);
  page.put(setup::kLoadFlags, static_cast<uint8_t>(flags & ~setup::kKaslrFlag));
  page.put(setup::kCode32Start, static_cast<uint32_t>(input.load_address.value));
  page.put(setup::kHardwareSubarch, uint32_t{0});
  page.put(setup::kSetupData, uint64_t{0});
  page.put_split(setup::kCmdLinePtr, setup::kExtCmdLinePtr, input.command_line.value);
  page.put_split(setup::kRamdiskImage, setup::kExtRamdiskImage, input.initrd.value);
  page.put_split(setup::kRamdiskSize, setup::kExtRamdiskSize, input.initrd_size);
  if (page.get<uint16_t>(setup::kVersion) >= kRsdpProtocol) {
    page.put(setup::kAcpiRsdpAddr, input.rsdp.value);
  }
}

void put_memory_map(Writer& page, std::span<const MemoryRange> map) {
  const size_t count = std::min<size_t>(map.size(), setup::kE820MaxEntries);
  page.put(setup::kE820Entries, static_cast<uint8_t>(count));
  for (size_t i = 0; i < count; ++i) {
    const uint64_t entry = setup::kE820Table + i * setup::kE820EntryBytes;
    page.put(entry, map[i].base.value);
    page.put(entry + 8, map[i].size);
    page.put(entry + 16, static_cast<uint32_t>(map[i].kind));
  }
}

}  // namespace

BootParams make_boot_params(const BootParamsInput& input) {
  Writer page;
  put_header(page, input.setup_header);
  put_loader_fields(page, input);
  put_memory_map(page, input.memory_map);
  return page.bytes();
}

}  // namespace vireo
