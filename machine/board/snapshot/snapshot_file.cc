#include "machine/board/snapshot/snapshot_file.h"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "machine/base/version.h"

namespace vireo {
namespace {

constexpr std::array<char, 8> kMagic = {'V', 'I', 'R', 'E', 'O', 'S', 'N', 'P'};
constexpr uint32_t kMaxSections = 4096;
constexpr uint32_t kMaxName = 256;
constexpr uint64_t kMaxTable = uint64_t{16} << 20;
constexpr uint64_t kMaxSection = uint64_t{1} << 30;

struct Prelude {
  std::array<char, 8> magic = kMagic;
  uint32_t format = kSnapshotFormat;
  uint32_t table_crc = 0;
  uint64_t table_offset = 0;
  uint64_t table_length = 0;
  std::array<char, 28> producer{};
  uint32_t crc = 0;
};
static_assert(sizeof(Prelude) == 64);

struct Entry {
  std::string name;
  uint32_t version = 0;
  bool optional = false;
  uint64_t offset = 0;
  uint64_t length = 0;
  uint32_t crc = 0;

  void visit(Archive& archive) {
    archive.io(name, kMaxName);
    archive.io(version);
    archive.io(optional);
    archive.io(offset);
    archive.io(length);
    archive.io(crc);
  }
};

uint32_t crc_of(std::span<const std::byte> bytes) {
  return static_cast<uint32_t>(
      ::crc32_z(0, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()));
}

uint32_t crc_of(const Prelude& prelude) {
  return crc_of(std::as_bytes(std::span(&prelude, 1)).first(sizeof(Prelude) - sizeof(uint32_t)));
}

std::string text_of(const std::array<char, 28>& producer) {
  std::string text(producer.begin(), std::find(producer.begin(), producer.end(), '\0'));
  for (char& c : text) c = c < ' ' || c > '~' ? '?' : c;
  return text;
}

std::vector<std::byte> table_bytes(std::vector<Entry>& entries) {
  Archive archive = Archive::saver();
  auto count = static_cast<uint32_t>(entries.size());
  archive.io(count);
  for (Entry& entry : entries) entry.visit(archive);
  return archive.bytes();
}

Result<Prelude> read_prelude(RandomFile& file) {
  Prelude prelude;
  const Error foreign{fmt::format("{}: not a vireo snapshot", file.description())};
  if (file.size() < sizeof prelude) return foreign;
  auto read = file.read(0, std::as_writable_bytes(std::span(&prelude, 1)));
  if (!read) return read.error();
  if (prelude.magic != kMagic) return foreign;
  if (prelude.format != kSnapshotFormat) {
    return Error{
        fmt::format("{}: snapshot format {}, written by '{}'; this is {}, which reads "
                    "format {}",
                    file.description(), prelude.format, text_of(prelude.producer),
                    snapshot_producer(), kSnapshotFormat)};
  }
  if (prelude.crc == crc_of(prelude)) return prelude;
  return Error{fmt::format("{}: damaged: the checksum of its first bytes does not match",
                           file.description())};
}

Error cut_short(const RandomFile& file, const std::string& what) {
  return Error{fmt::format("{}: cut short: {} reaches beyond its end at byte {}",
                           file.description(), what, file.size())};
}

Result<std::vector<Entry>> read_table(RandomFile& file, const Prelude& prelude) {
  if (prelude.table_length > kMaxTable) {
    return Error{
        fmt::format("{}: damaged: a table of {} bytes", file.description(), prelude.table_length)};
  }
  if (prelude.table_offset > file.size() ||
      prelude.table_length > file.size() - prelude.table_offset) {
    return cut_short(file, "its table");
  }
  std::vector<std::byte> bytes(prelude.table_length);
  if (auto read = file.read(prelude.table_offset, bytes); !read) return read.error();
  if (crc_of(bytes) != prelude.table_crc) {
    return Error{
        fmt::format("{}: damaged: the checksum of its table does not match", file.description())};
  }
  Archive archive = Archive::loader(std::move(bytes));
  uint32_t count = 0;
  archive.io(count);
  std::vector<Entry> entries(std::min(count, kMaxSections));
  for (Entry& entry : entries) entry.visit(archive);
  if (archive.ok() && archive.at_end() && count <= kMaxSections) return entries;
  return Error{fmt::format("{}: damaged: its table makes no sense", file.description())};
}

Result<StateSection> read_section(RandomFile& file, const Entry& entry) {
  const std::string what = fmt::format("section '{}'", entry.name);
  if (entry.length > kMaxSection) {
    return Error{fmt::format("{}: {} has {} bytes; at most {} can be", file.description(), what,
                             entry.length, kMaxSection)};
  }
  if (entry.offset > file.size() || entry.length > file.size() - entry.offset) {
    return cut_short(file, what);
  }
  StateSection section{entry.name, entry.version, entry.optional, {}};
  section.bytes.resize(entry.length);
  if (auto read = file.read(entry.offset, section.bytes); !read) return read.error();
  if (crc_of(section.bytes) == entry.crc) return section;
  return Error{
      fmt::format("{}: damaged: the checksum of {} does not match", file.description(), what)};
}

}  // namespace

std::string snapshot_producer() { return fmt::format("vireo {}", kVireoVersion); }

Result<SnapshotHead> read_snapshot_head(RandomFile& file) {
  const auto prelude = read_prelude(file);
  if (!prelude) return prelude.error();
  const auto entries = read_table(file, *prelude);
  if (!entries) return entries.error();
  SnapshotHead head{text_of(prelude->producer), {}};
  for (const Entry& entry : *entries) {
    auto section = read_section(file, entry);
    if (!section) return section.error();
    head.sections.push_back(std::move(*section));
  }
  return head;
}

Result<void> write_snapshot_head(DiskFile& file, uint64_t offset,
                                 const std::vector<StateSection>& sections) {
  std::vector<Entry> entries;
  for (const StateSection& section : sections) {
    entries.push_back({section.name, section.version, section.optional, offset,
                       section.bytes.size(), crc_of(section.bytes)});
    if (auto put = file.write(offset, section.bytes); !put) return put;
    offset += section.bytes.size();
  }
  const std::vector<std::byte> table = table_bytes(entries);
  if (auto put = file.write(offset, table); !put) return put;
  Prelude prelude;
  prelude.table_crc = crc_of(table);
  prelude.table_offset = offset;
  prelude.table_length = table.size();
  const std::string producer = snapshot_producer();
  std::copy_n(producer.begin(), std::min(producer.size(), prelude.producer.size() - 1),
              prelude.producer.begin());
  prelude.crc = crc_of(prelude);
  return file.write(0, std::as_bytes(std::span(&prelude, 1)));
}

}  // namespace vireo
