#include "machine/board/snapshot/snapshots.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "machine/base/plain_bytes.h"
#include "machine/board/snapshot/chunk_hash.h"
#include "machine/board/snapshot/machine_description.h"
#include "machine/board/snapshot/snapshot_file.h"
#include "machine/host/atomic_file.h"
#include "machine/host/touched_pages.h"

namespace vireo {
namespace {

static_assert(ChunkTable::kChunk == HostRam::kFilePiece);

constexpr std::string_view kRam = "ram";
constexpr uint32_t kDataVersion = 1;  // of "machine", "ram" and "disk ..."

StateSection text_section(std::string_view name, const std::string& text) {
  return {std::string(name), kDataVersion, false, text_bytes(text)};
}

bool is_disk(const StateSection& section) { return section.name.substr(0, 5) == "disk "; }

// Checks are over and nothing is kept.
Result<void> ignore(uint64_t, std::span<const std::byte>) { return {}; }

}  // namespace

// A file on its way into the machine.
struct Snapshots::Loading {
  std::unique_ptr<StoredFile> file;
  std::vector<StateSection> parts;  // those of StateParts
  std::vector<StateSection> data;   // the others
  ChunkTable ram;

  Result<const StateSection*> find(std::string_view name) const {
    for (const StateSection& section : data) {
      if (section.name != name) continue;
      if (section.version == kDataVersion) return &section;
      return Error{fmt::format("{}: section '{}' has version {}; this vireo reads version {}",
                               file->description(), name, section.version, kDataVersion)};
    }
    return Error{fmt::format("{}: has no section '{}'", file->description(), name)};
  }
};

Snapshots::Snapshots(SnapshotWiring wiring) : wiring_(std::move(wiring)) {}

std::vector<StatePart> Snapshots::all_parts() const {
  std::vector<StatePart> parts = wiring_.parts();
  parts.insert(parts.end(), more_parts_.begin(), more_parts_.end());
  return parts;
}

Result<void> Snapshots::save(const std::string& path, const SaveOptions& options) {
  auto file = AtomicFile::create(path);
  if (!file) return file.error();
  if (auto written = write(**file, options); !written) return written;
  return (*file)->commit();
}

Result<void> Snapshots::write(DiskFile& file, const SaveOptions& options) {
  std::vector<StateSection> sections = save_parts(all_parts());
  sections.push_back(text_section(kMachineSection, wiring_.description()));
  ChunkWriter writer(file, kSnapshotData, options.compress);
  auto ram = write_ram(writer);
  if (!ram) return ram.error();
  sections.push_back(std::move(*ram));
  for (const DiskForSnapshot& disk : wiring_.disks()) {
    auto saved = save_disk(disk, writer);
    if (!saved) return saved.error();
    sections.push_back(std::move(*saved));
  }
  return write_snapshot_head(file, writer.offset(), sections);
}

// Uncompressed memory has the places of its pages in the file, with holes for zeros.
Result<StateSection> Snapshots::write_ram(ChunkWriter& writer) {
  const HostRam& ram = wiring_.core.ram;
  ChunkTable table;
  table.size = ram.size();
  table.compressed = writer.compresses();
  table.area = kSnapshotData;
  const TouchedPages touched(ram);
  for (uint64_t i = 0; i * ChunkTable::kChunk < table.size; ++i) {
    const uint64_t offset = i * ChunkTable::kChunk;
    const bool untouched = !touched.any(offset, table.length_of(i));
    if (untouched && ram.begins_as_zeros(offset, table.length_of(i))) continue;
    const std::span<const std::byte> bytes(ram.data() + offset, table.length_of(i));
    if (all_zero(bytes)) continue;
    auto put = table.compressed ? writer.put(table, i, bytes)
                                : writer.put_at(table, i, bytes, table.area + offset);
    if (!put) return put.error();
  }
  if (!table.compressed) writer.skip_to(table.area + table.size);
  Archive archive = Archive::saver();
  table.visit(archive);
  return StateSection{std::string(kRam), kDataVersion, false, archive.bytes()};
}

Result<void> Snapshots::load(const std::string& path, const LoadOptions& options) {
  Loading loading;
  auto file = StoredFile::open(path);
  if (!file) return file.error();
  loading.file = std::move(*file);
  auto head = read_snapshot_head(*loading.file);
  if (!head) return head.error();
  for (StateSection& section : head->sections) {
    const bool data = section.name == kMachineSection || section.name == kRam || is_disk(section);
    (data ? loading.data : loading.parts).push_back(std::move(section));
  }
  if (auto good = check(loading, options); !good) return good;
  const std::vector<StatePart> parts = all_parts();
  const std::vector<StateSection> rescue = save_parts(parts);
  auto loaded = load_parts(parts, loading.parts, path);
  if (loaded) loaded = load_ram(loading);
  if (!loaded) {
    (void)load_all(parts, rescue, path);
    return loaded;
  }
  for (const DiskForSnapshot& disk : wiring_.disks()) {
    const auto section = loading.find(disk_section_name(disk.id));
    if (auto done = load_disk(disk, **section, *loading.file); !done) return done;
  }
  wiring_.after_load();
  wiring_.from_file();
  return {};
}

Result<void> Snapshots::load_all(std::span<const StatePart> parts,
                                 std::span<const StateSection> sections,
                                 const std::string& source) {
  auto loaded = load_parts(parts, sections, source);
  wiring_.after_load();
  return loaded;
}

// All that can be wrong with a snapshot and is not up to a part.
Result<void> Snapshots::check(Loading& loading, const LoadOptions& options) {
  const std::string source = loading.file->description();
  const auto machine = loading.find(kMachineSection);
  if (!machine) return machine.error();
  const auto& text = (*machine)->bytes;
  const std::string saved(reinterpret_cast<const char*>(text.data()), text.size());
  if (auto same = same_machine(saved, wiring_.description(), source); !same) return same;
  if (auto match = match_parts(all_parts(), loading.parts, source); !match) return match;
  if (auto ram = check_ram(loading, options); !ram) return ram;
  return check_disks(loading);
}

Result<void> Snapshots::check_ram(Loading& loading, const LoadOptions& options) {
  const auto section = loading.find(kRam);
  if (!section) return section.error();
  ChunkTable& table = loading.ram;
  Archive archive = Archive::loader((*section)->bytes);
  table.visit(archive);
  bool good = archive.ok() && archive.at_end() && table.size == wiring_.core.ram.size();
  if (!table.compressed) {
    good = good && table.area == kSnapshotData && table.area + table.size <= loading.file->size();
    for (const StoredChunk& chunk : table.chunks) {
      good = good && chunk.stored != 0 &&
             chunk.offset == table.area + chunk.index * ChunkTable::kChunk;
    }
  }
  if (!good) {
    return Error{fmt::format("{}: section 'ram' is damaged", loading.file->description())};
  }
  if (auto sound = table.check(*loading.file, std::string(kRam)); !sound) return sound;
  if (!options.verify || table.compressed) return {};
  return read_chunks(*loading.file, table, std::string(kRam), ignore);
}

Result<void> Snapshots::check_disks(Loading& loading) {
  const std::vector<DiskForSnapshot> disks = wiring_.disks();
  for (const DiskForSnapshot& disk : disks) {
    const auto section = loading.find(disk_section_name(disk.id));
    if (!section) return section.error();
    if (auto good = check_disk(disk, **section, *loading.file); !good) return good;
  }
  for (const StateSection& section : loading.data) {
    if (!is_disk(section)) continue;
    const bool used = std::any_of(disks.begin(), disks.end(), [&](const DiskForSnapshot& disk) {
      return section.name == disk_section_name(disk.id);
    });
    if (used) continue;
    return Error{fmt::format("{}: was saved with a drive '{}', which this machine has not",
                             loading.file->description(), section.name.substr(5))};
  }
  return {};
}

Result<void> Snapshots::load_ram(Loading& loading) {
  HostRam& ram = wiring_.core.ram;
  if (!loading.ram.compressed) {
    std::vector<bool> pieces(ram.size() / ChunkTable::kChunk + 1);
    for (const StoredChunk& chunk : loading.ram.chunks) pieces[chunk.index] = true;
    return loading.file->show_in(ram, loading.ram.area, std::move(pieces));
  }
  auto fresh = HostRam::allocate(ram.size());
  if (!fresh) return fresh.error();
  auto read = read_chunks(*loading.file, loading.ram, std::string(kRam),
                          [&](uint64_t offset, std::span<const std::byte> bytes) {
                            std::copy(bytes.begin(), bytes.end(), fresh->data() + offset);
                            return Result<void>();
                          });
  return read ? ram.take_over(std::move(*fresh)) : read;
}

MachineState Snapshots::capture(const MachineState* before) {
  MachineState state;
  state.sections = save_parts(all_parts());
  state.ram = RamImage::take(wiring_.core.ram, before != nullptr ? &before->ram : nullptr);
  state.description = wiring_.description();
  state.instructions = wiring_.core.clock.instructions();
  state.virtual_ns = wiring_.core.clock.now_ns();
  return state;
}

Result<void> Snapshots::restore(const MachineState& state) {
  const std::string source = fmt::format("the state at {} ns", state.virtual_ns);
  const std::vector<StatePart> parts = all_parts();
  if (auto same = same_machine(state.description, wiring_.description(), source); !same) {
    return same;
  }
  if (auto match = match_parts(parts, state.sections, source); !match) return match;
  state.ram.put_back(wiring_.core.ram);
  return load_all(parts, state.sections, source);
}

}  // namespace vireo
