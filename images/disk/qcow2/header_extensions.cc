#include "images/disk/qcow2/header_extensions.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <span>
#include <string_view>

#include "images/disk/big_endian.h"

namespace vireo::qcow2 {
namespace {

constexpr uint64_t kHeadBytes = 8;
constexpr uint64_t kFeatureRow = 48;
constexpr uint64_t kBitmapsBytes = 24;

struct FeatureName {
  uint8_t type;  // 0 incompatible, 1 compatible, 2 autoclear
  uint8_t bit;
  std::string_view name;
};
constexpr FeatureName kFeatureNames[] = {
    {0, 0, "dirty bit"},        {0, 1, "corrupt bit"},         {0, 2, "external data file"},
    {0, 3, "compression type"}, {0, 4, "extended L2 entries"}, {1, 0, "lazy refcounts"},
    {2, 0, "bitmaps"},          {2, 1, "raw external data"},
};

using TakeExtension = std::function<void(uint32_t type, std::span<const std::byte> data)>;

// Each extension from `at` to `end`; false when one reaches beyond it.
bool for_each_extension(std::span<const std::byte> cluster, uint64_t at, uint64_t end,
                        const TakeExtension& take) {
  while (at + kHeadBytes <= end) {
    const auto type = load_big<uint32_t>(cluster.data() + at);
    const auto length = load_big<uint32_t>(cluster.data() + at + 4);
    if (type == kExtensionEnd) return true;
    at += kHeadBytes;
    if (length > end - at) return false;
    take(type, cluster.subspan(at, length));
    at += (uint64_t{length} + 7) / 8 * 8;
  }
  return true;
}

std::string text_of(std::span<const std::byte> bytes) {
  const std::string_view all(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  std::string text(all.substr(0, all.find('\0')));
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
  return text;
}

void add_extension(std::vector<std::byte>& bytes, uint32_t type, std::span<const std::byte> data) {
  const size_t at = bytes.size();
  bytes.resize(at + kHeadBytes);
  store_big<uint32_t>(bytes.data() + at, type);
  store_big<uint32_t>(bytes.data() + at + 4, static_cast<uint32_t>(data.size()));
  bytes.insert(bytes.end(), data.begin(), data.end());
  bytes.resize((bytes.size() + 7) / 8 * 8);
}

std::vector<std::byte> feature_table() {
  std::vector<std::byte> table;
  for (const FeatureName& feature : kFeatureNames) {
    const size_t at = table.size();
    table.resize(at + kFeatureRow);
    table[at] = std::byte{feature.type};
    table[at + 1] = std::byte{feature.bit};
    const auto name = std::as_bytes(std::span(feature.name));
    std::copy(name.begin(), name.end(), table.begin() + static_cast<ptrdiff_t>(at + 2));
  }
  return table;
}

Result<std::vector<std::byte>> front(RandomFile& file, uint64_t length) {
  std::vector<std::byte> bytes(static_cast<size_t>(std::min(length, file.size())));
  if (auto done = file.read(0, bytes); !done) return done.error();
  return bytes;
}

// The name of an incompatible feature as the image gives it; empty without.
std::string name_in_image(std::span<const std::byte> table, unsigned bit) {
  for (; table.size() >= kFeatureRow; table = table.subspan(kFeatureRow)) {
    if (table[0] == std::byte{0} && table[1] == std::byte(bit)) {
      return text_of(table.subspan(2, kFeatureRow - 2));
    }
  }
  return {};
}

std::string feature_name(std::span<const std::byte> table, unsigned bit) {
  for (const FeatureName& feature : kFeatureNames) {
    if (feature.type == 0 && feature.bit == bit) return std::string(feature.name);
  }
  const std::string name = name_in_image(table, bit);
  return name.empty() ? fmt::format("bit {}", bit) : name;
}

}  // namespace

Result<void> read_extensions(RandomFile& file, Header& header, uint64_t end) {
  const auto cluster = front(file, end);
  if (!cluster) return cluster.error();
  const auto take = [&](uint32_t type, std::span<const std::byte> data) {
    if (type == kExtensionBackingFormat) header.backing_format = text_of(data);
    if (type != kExtensionBitmaps || data.size() < kBitmapsBytes) return;
    header.bitmaps.bitmaps = load_big<uint32_t>(data.data());
    header.bitmaps.directory_bytes = load_big<uint64_t>(data.data() + 8);
    header.bitmaps.directory_offset = load_big<uint64_t>(data.data() + 16);
  };
  if (for_each_extension(*cluster, header.length, end, take)) return {};
  return Error{
      fmt::format("{}: a header extension is longer than its room; damaged", file.description())};
}

void add_extensions(std::vector<std::byte>& bytes, const Header& header) {
  if (!header.backing_format.empty()) {
    add_extension(bytes, kExtensionBackingFormat, std::as_bytes(std::span(header.backing_format)));
  }
  // Small clusters keep their room for the backing file's name.
  if (header.version >= 3 && header.cluster_bits > 10) {
    add_extension(bytes, kExtensionFeatureNames, feature_table());
  }
  add_extension(bytes, kExtensionEnd, {});
}

std::string unknown_features(RandomFile& file, const Header& header, uint64_t bits) {
  std::vector<std::byte> table;
  if (const auto cluster = front(file, header.cluster_bytes()); cluster) {
    for_each_extension(*cluster, header.length, cluster->size(),
                       [&](uint32_t type, std::span<const std::byte> data) {
                         if (type == kExtensionFeatureNames) table.assign(data.begin(), data.end());
                       });
  }
  std::string names;
  for (unsigned bit = 0; bit < 64; ++bit) {
    if ((bits >> bit & 1) == 0) continue;
    names += (names.empty() ? "" : ", ") + feature_name(table, bit);
  }
  return fmt::format(
      "has a feature that is not supported: {}; convert it with: "
      "qemu-img convert -O qcow2",
      names);
}

}  // namespace vireo::qcow2
