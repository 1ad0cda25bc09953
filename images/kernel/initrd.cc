#include "images/kernel/initrd.h"

#include <fmt/format.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <optional>
#include <vector>

#include "images/kernel/byte_view.h"
#include "images/kernel/decompress.h"

namespace vireo {
namespace {

using Bytes = std::span<const std::byte>;
using namespace std::string_view_literals;

std::string_view text_of(Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// The length of one archive at the start of the bytes, or nothing when it is
// damaged or not all there.
using ArchiveLength = std::optional<uint64_t>;

// A header of the newc format: the magic, then numbers of eight hexadecimal digits.
constexpr uint64_t kCpioHeaderBytes = 110;
constexpr unsigned kFileSizeField = 6, kNameSizeField = 11;
constexpr uint64_t kCpioAlignment = 4;

bool is_cpio(std::string_view text) {
  return text.starts_with("070701"sv) || text.starts_with("070702"sv);
}

std::optional<uint64_t> cpio_field(std::string_view header, unsigned field) {
  const char* begin = header.data() + 6 + field * 8;
  uint32_t value = 0;
  const auto [stop, error] = std::from_chars(begin, begin + 8, value, 16);
  if (error != std::errc{} || stop != begin + 8) return std::nullopt;
  return value;
}

uint64_t aligned(uint64_t at) { return (at + kCpioAlignment - 1) & ~(kCpioAlignment - 1); }

ArchiveLength cpio_length(Bytes bytes) {
  const std::string_view text = text_of(bytes);
  uint64_t at = 0;
  while (at + kCpioHeaderBytes <= text.size() && is_cpio(text.substr(at))) {
    const std::string_view header = text.substr(at, kCpioHeaderBytes);
    const auto file_size = cpio_field(header, kFileSizeField);
    const auto name_size = cpio_field(header, kNameSizeField);
    if (!file_size || !name_size) return std::nullopt;
    const uint64_t name_at = at + kCpioHeaderBytes;
    const uint64_t end = aligned(name_at + *name_size) + *file_size;
    if (end > text.size()) return std::nullopt;
    if (text.substr(name_at, *name_size) == "TRAILER!!!\0"sv) return end;
    at = aligned(end);
  }
  return std::nullopt;
}

// Unpacks into nothing: gzip does not tell a length beforehand.
ArchiveLength gzip_length(Bytes bytes) {
  constexpr int kGzipHeader = 16;
  z_stream stream{};
  if (inflateInit2(&stream, MAX_WBITS + kGzipHeader) != Z_OK) return std::nullopt;
  std::vector<Bytef> nowhere(256 * 1024);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(std::min<uint64_t>(bytes.size(), UINT32_MAX));
  int status = Z_OK;
  while (status == Z_OK) {
    stream.next_out = nowhere.data();
    stream.avail_out = static_cast<uInt>(nowhere.size());
    status = inflate(&stream, Z_NO_FLUSH);
  }
  const uint64_t length = stream.total_in;
  inflateEnd(&stream);
  return status == Z_STREAM_END ? ArchiveLength(length) : std::nullopt;
}

ArchiveLength zstd_length(Bytes bytes) {
  const size_t length = ZSTD_findFrameCompressedSize(bytes.data(), bytes.size());
  return ZSTD_isError(length) ? std::nullopt : ArchiveLength(length);
}

// The legacy frame has no mark at its end: its blocks, each after its length, go
// on to the end of the file, to zeros, or to the mark of another frame.
ArchiveLength lz4_length(Bytes bytes) {
  constexpr uint32_t kMagic = 0x184c2102;
  const ByteView view(bytes);
  uint64_t at = 0;
  while (view.has(at, sizeof(uint32_t))) {
    const uint32_t length = view.get<uint32_t>(at);
    if (length == 0) return at;
    at += sizeof(uint32_t);
    if (length == kMagic) continue;
    if (!view.has(at, length)) return std::nullopt;
    at += length;
  }
  return at == bytes.size() ? ArchiveLength(at) : std::nullopt;
}

// An xz archive is the last one; its footer ends with these letters (".xz File
// Format" 2.1.2.4), and padding may follow.
ArchiveLength xz_length(Bytes bytes) {
  const std::string_view text = text_of(bytes);
  const size_t last = text.find_last_not_of('\0');
  const bool complete = last != text.npos && text.substr(0, last + 1).ends_with("YZ"sv);
  return complete ? ArchiveLength(bytes.size()) : std::nullopt;
}

// A file system in a RAM disk, recognised as Linux does.
struct FileSystemMark {
  uint64_t offset;
  std::string_view bytes;
};
constexpr FileSystemMark kFileSystems[] = {
    {0, "hsqs"sv},              // squashfs
    {0, "-rom1fs-"sv},          // romfs
    {0, "\x45\x3d\xcd\x28"sv},  // cramfs
    {0x410, "\x7f\x13"sv},      // minix
    {0x438, "\x53\xef"sv},      // ext2 to ext4
};

bool is_file_system(Bytes initrd) {
  const std::string_view text = text_of(initrd);
  return std::any_of(std::begin(kFileSystems), std::end(kFileSystems), [&](const auto& mark) {
    return text.size() > mark.offset && text.substr(mark.offset).starts_with(mark.bytes);
  });
}

bool is_archive(Bytes bytes) {
  return is_cpio(text_of(bytes)) || detect_compression(bytes) != Compression::kUnknown;
}

ArchiveLength archive_length(Bytes bytes) {
  if (is_cpio(text_of(bytes))) return cpio_length(bytes);
  switch (detect_compression(bytes)) {
    case Compression::kGzip:
      return gzip_length(bytes);
    case Compression::kZstd:
      return zstd_length(bytes);
    case Compression::kLz4:
      return lz4_length(bytes);
    case Compression::kXz:
      return xz_length(bytes);
    default:
      return bytes.size();  // bzip2, lzma, lzo
  }
}

// A boot configuration may stand at the end: its text, its size, a checksum and
// a mark (Linux Documentation/admin-guide/bootconfig.rst).
Bytes without_bootconfig(Bytes bytes) {
  constexpr auto kMark = "#BOOTCONFIG\n"sv;
  constexpr uint64_t kTrailer = 8 + kMark.size();
  if (bytes.size() < kTrailer || !text_of(bytes).ends_with(kMark)) return bytes;
  const uint64_t rest = bytes.size() - kTrailer;
  const uint64_t text = ByteView(bytes).get<uint32_t>(rest);
  return text <= rest ? bytes.first(rest - text) : bytes;
}

Bytes without_zeros(Bytes bytes) {
  const auto first = std::find_if(bytes.begin(), bytes.end(),
                                  [](std::byte byte) { return byte != std::byte{0}; });
  return bytes.subspan(static_cast<size_t>(first - bytes.begin()));
}

}  // namespace

Result<void> check_initrd(Bytes initrd, std::string_view name) {
  if (initrd.empty()) {
    return Error{fmt::format("{}: the initrd is empty; make it again, or leave -initrd out", name)};
  }
  if (is_file_system(initrd)) return {};
  Bytes rest = without_zeros(without_bootconfig(initrd));
  if (!is_archive(rest)) {
    return Error{
        fmt::format("{}: is no initrd: neither a cpio archive (newc, plain or packed) nor the "
                    "image of a file system; give one of these to -initrd",
                    name)};
  }
  // What follows the first archive may be something else, which Linux skips.
  while (is_archive(rest)) {
    const ArchiveLength length = archive_length(rest);
    if (!length) {
      return Error{
          fmt::format("{}: the initrd is damaged or cut short; copy or make it again", name)};
    }
    rest = without_zeros(rest.subspan(*length));
  }
  return {};
}

}  // namespace vireo
