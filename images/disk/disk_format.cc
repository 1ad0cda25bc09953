#include "images/disk/disk_format.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>

namespace vireo {
namespace {

struct FormatName {
  DiskFormat format;
  std::string_view name;
};
constexpr FormatName kFormats[] = {
    {DiskFormat::kRaw, "raw"},
    {DiskFormat::kQcow2, "qcow2"},
    {DiskFormat::kGzip, "gzip"},
};

struct FormatMark {
  std::string_view name;
  uint64_t offset;
  std::string_view bytes;
};
constexpr FormatMark kMarks[] = {
    {"qcow2", 0, "QFI\xfb"},    {"vmdk", 0, "KDMV"},
    {"vhdx", 0, "vhdxfile"},    {"vpc", 0, "conectix"},
    {"gzip", 0, "\x1f\x8b\x08"}, {"vdi", 0x40, "\x7f\x10\xda\xbe"},
};
constexpr size_t kMarkBytes = 0x44;

}  // namespace

std::optional<DiskFormat> disk_format(std::string_view name) {
  for (const FormatName& format : kFormats) {
    if (format.name == name) return format.format;
  }
  return std::nullopt;
}

std::string_view format_name(DiskFormat format) {
  for (const FormatName& known : kFormats) {
    if (known.format == format) return known.name;
  }
  return {};
}

Result<std::string_view> probe_format(RandomFile& file) {
  std::array<char, kMarkBytes> head{};
  const auto length = static_cast<size_t>(std::min<uint64_t>(head.size(), file.size()));
  const auto bytes = std::as_writable_bytes(std::span(head)).first(length);
  if (auto done = file.read(0, bytes); !done) return done.error();
  const std::string_view text(head.data(), head.size());
  for (const FormatMark& mark : kMarks) {
    if (text.substr(mark.offset, mark.bytes.size()) == mark.bytes) return mark.name;
  }
  return std::string_view("raw");
}

}  // namespace vireo
