#include "images/kernel/file_kind.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>

namespace vireo {
namespace {

constexpr std::string_view kGiveKernel =
    "give a Linux bzImage, an ELF kernel or a multiboot kernel to -kernel";

// A mark at a place in the file.
struct Kind {
  size_t offset;
  std::string_view mark;
  std::string_view what;
  std::string_view cure;
};

using namespace std::string_view_literals;
constexpr std::string_view kUnpack = "unpack it first";
constexpr Kind kKinds[] = {
    {0x38, "ARM\x64"sv, "a kernel for 64-bit ARM", kGiveKernel},
    {0x38, "RSC\x05"sv, "a kernel for RISC-V", kGiveKernel},
    {0, "\x27\x05\x19\x56"sv, "a U-Boot image", kGiveKernel},
    {0, "MZ"sv, "an EFI or DOS program", "start it in firmware, or give the bzImage it is made of"},
    {0, "\x1f\x8b"sv, "packed by gzip", kUnpack},
    {0, "\xfd\x37zXZ"sv, "packed by xz", kUnpack},
    {0, "BZh"sv, "packed by bzip2", kUnpack},
    {0, "\x28\xb5\x2f\xfd"sv, "packed by zstd", kUnpack},
    {0, "\x02\x21\x4c\x18"sv, "packed by lz4", kUnpack},
    {0, "\x04\x22\x4d\x18"sv, "packed by lz4", kUnpack},
    {0, "PK\x03\x04"sv, "a zip archive", kUnpack},
    {0, "070701"sv, "a cpio archive", "give it to -initrd, and a kernel to -kernel"},
    {0, "!<arch>\n"sv, "an archive", "unpack the kernel first"},
    {0, "QFI\xfb"sv, "a qcow2 disk", "give it to -drive file=FILE,format=qcow2"},
    {0x8001, "CD001"sv, "a CD-ROM's image", "give it to -drive file=FILE,format=raw"},
    {510, "\x55\xaa"sv, "a disk with a boot sector", "give it to -drive file=FILE,format=raw"},
    {0, "#!"sv, "a script", kGiveKernel},
};

bool has(std::span<const std::byte> file, const Kind& kind) {
  if (file.size() < kind.offset + kind.mark.size()) return false;
  const std::string_view there(reinterpret_cast<const char*>(file.data()) + kind.offset,
                               kind.mark.size());
  return there == kind.mark;
}

bool is_text(std::span<const std::byte> file) {
  const auto begin = file.first(std::min<size_t>(file.size(), 512));
  return std::all_of(begin.begin(), begin.end(), [](std::byte byte) {
    const auto code = std::to_integer<unsigned>(byte);
    return (code >= 0x20 && code < 0x7f) || (code >= '\t' && code <= '\r');
  });
}

std::string first_bytes(std::span<const std::byte> file) {
  std::string text;
  for (const std::byte byte : file.first(std::min<size_t>(file.size(), 4))) {
    text += fmt::format(" {:02x}", std::to_integer<unsigned>(byte));
  }
  return text;
}

}  // namespace

Error no_kernel(std::span<const std::byte> file, std::string_view name) {
  if (file.empty()) return Error{fmt::format("{}: is empty; {}", name, kGiveKernel)};
  for (const Kind& kind : kKinds) {
    if (!has(file, kind)) continue;
    return Error{fmt::format("{}: is no kernel but {}; {}", name, kind.what, kind.cure)};
  }
  if (is_text(file)) return Error{fmt::format("{}: is no kernel but text; {}", name, kGiveKernel)};
  return Error{fmt::format("{}: is no kernel of a known format (it begins with{}); {}", name,
                           first_bytes(file), kGiveKernel)};
}

}  // namespace vireo
