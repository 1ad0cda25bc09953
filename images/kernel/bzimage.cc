#include "images/kernel/bzimage.h"

#include <fmt/format.h>

#include <algorithm>

#include "images/kernel/byte_view.h"
#include "images/kernel/setup_header.h"

namespace vireo {
namespace {

constexpr uint32_t kSectorBytes = 512;
constexpr uint16_t kOldestProtocol = 0x0202;

Error damaged(std::string_view name, std::string_view what) {
  return Error{
      fmt::format("{}: the kernel image is damaged: {}; copy or build it again", name, what)};
}

// Sectors of real-mode code after the boot sector; 0 means 4 for the oldest images.
uint64_t real_mode_bytes(const ByteView& view) {
  const uint8_t sectors = view.get<uint8_t>(setup::kSetupSects);
  return (uint64_t{sectors == 0 ? uint8_t{4} : sectors} + 1) * kSectorBytes;
}

// The kernel's version string, which stands in the real-mode part.
std::string version_text(const ByteView& view, uint64_t real_mode_end) {
  const uint64_t pointer = view.get<uint16_t>(setup::kKernelVersion);
  if (pointer == 0) return {};
  std::string text;
  for (uint64_t at = pointer + kSectorBytes; at < real_mode_end; ++at) {
    const char c = view.get<char>(at);
    if (c < ' ' || c > '~') break;
    text += c;
  }
  return text;
}

// Fields by the protocol that introduced them; older images get boot.rst's defaults.
void read_fields(const ByteView& view, BzImage& image) {
  const auto since = [&](uint16_t protocol) { return image.protocol >= protocol; };
  image.loaded_high = (view.get<uint8_t>(setup::kLoadFlags) & setup::kLoadedHigh) != 0;
  image.code32_start = view.get<uint32_t>(setup::kCode32Start);
  image.initrd_addr_max = since(0x0203) ? view.get<uint32_t>(setup::kInitrdAddrMax) : 0x37ffffff;
  image.relocatable = since(0x0205) && view.get<uint8_t>(setup::kRelocatableKernel) != 0;
  image.alignment = since(0x0205) ? view.get<uint32_t>(setup::kKernelAlignment) : 0;
  image.command_line_max = since(0x0206) ? view.get<uint32_t>(setup::kCmdlineSize) : 255;
  image.pref_address = since(0x020a) ? view.get<uint64_t>(setup::kPrefAddress) : 0x100000;
  image.init_size = since(0x020a) ? view.get<uint32_t>(setup::kInitSize) : 0;
  image.xloadflags = since(0x020c) ? view.get<uint16_t>(setup::kXloadflags) : uint16_t{0};
}

// Length of the setup header from 0x1f1: the jump instruction at 0x200 leaps
// over it, so its displacement tells where it ends.
uint64_t setup_header_bytes(const ByteView& view) {
  const uint64_t end = setup::kHeaderMagic + view.get<uint8_t>(setup::kJump + 1);
  return std::min<uint64_t>(end, setup::kEndOfRoom) - setup::kSetupSects;
}

// How many bytes of protected-mode code the header says there are.
uint64_t declared_bytes(const ByteView& view, uint16_t protocol) {
  // The upper half of syssize is unreliable before 2.04.
  const uint32_t paragraphs = protocol >= 0x0204 ? view.get<uint32_t>(setup::kSyssize)
                                                 : view.get<uint16_t>(setup::kSyssize);
  return uint64_t{paragraphs} * 16;
}

Result<void> find_payload(const ByteView& view, std::string_view name, BzImage& image) {
  if (image.protocol < 0x0208) return {};
  const uint64_t offset = view.get<uint32_t>(setup::kPayloadOffset);
  const uint64_t length = view.get<uint32_t>(setup::kPayloadLength);
  const auto payload = ByteView(image.protected_mode).slice(offset, length);
  if (!payload) {
    return damaged(name, fmt::format("its payload (offset {}, {} bytes) passes the end of its "
                                     "code ({} bytes)",
                                     offset, length, image.protected_mode.size()));
  }
  image.payload = *payload;
  return {};
}

}  // namespace

bool is_bzimage(std::span<const std::byte> file) {
  const ByteView view(file);
  return view.get<uint16_t>(setup::kBootFlag) == setup::kBootFlagValue &&
         view.get<uint32_t>(setup::kHeaderMagic) == setup::kHeaderMagicValue;
}

Result<BzImage> parse_bzimage(std::span<const std::byte> file, std::string_view name) {
  if (!is_bzimage(file)) {
    return Error{fmt::format("{}: is no Linux bzImage; give a bzImage or an ELF vmlinux", name)};
  }
  const ByteView view(file);
  BzImage image;
  image.protocol = view.get<uint16_t>(setup::kVersion);
  if (image.protocol < kOldestProtocol) {
    return Error{
        fmt::format("{}: boot protocol {}.{:02} is older than 2.02; use a kernel of "
                    "Linux 2.4 or later",
                    name, image.protocol >> 8, image.protocol & 0xff)};
  }
  const uint64_t code_at = real_mode_bytes(view);
  if (file.size() <= code_at) return damaged(name, "it ends within its set-up code");
  image.setup_header = file.subspan(setup::kSetupSects, setup_header_bytes(view));
  image.protected_mode = file.subspan(code_at);
  const uint64_t declared = declared_bytes(view, image.protocol);
  if (declared > image.protected_mode.size() + 15) {
    return damaged(name,
                   fmt::format("it holds {} of {} bytes", image.protected_mode.size(), declared));
  }
  image.version = version_text(view, code_at);
  read_fields(view, image);
  if (const auto found = find_payload(view, name, image); !found) return found.error();
  return image;
}

}  // namespace vireo
