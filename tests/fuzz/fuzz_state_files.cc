// Fuzzes what reads the files that a machine goes on from: a good snapshot and a good recording,
// of which the input changes and cuts bytes, within the checksums and outside of them.
#include <string>
#include <vector>

#include "machine/board/outside/record_file.h"
#include "machine/board/snapshot/chunk_table.h"
#include "machine/board/snapshot/snapshot_file.h"
#include "tests/fuzz/fuzz_digest.h"
#include "tests/fuzz/fuzz_input.h"
#include "tests/unit/images/disk/memory_file.h"

namespace vireo::fuzz {
namespace {

void add_text(const std::string& text) { digest().add(std::as_bytes(std::span(text))); }

// A few bytes anywhere become others, or the end is cut off.
void spoil(std::vector<std::byte>& bytes, FuzzInput& input) {
  for (uint32_t changes = 1 + input.below(8); changes > 0 && !bytes.empty(); --changes) {
    const size_t at = input.take<uint32_t>() % bytes.size();
    bytes[at] = static_cast<std::byte>(input.take<uint8_t>());
  }
  if (!bytes.empty() && input.below(4) == 0) bytes.resize(input.take<uint32_t>() % bytes.size());
}

std::vector<std::byte> good_snapshot(FuzzInput& input, bool spoil_sections) {
  auto state = std::make_shared<MemoryFile::State>();
  MemoryFile file(state);
  ChunkWriter writer(file, kSnapshotData, true);
  ChunkTable table{200'000, true, kSnapshotData, {}};
  const std::vector<std::byte> chunk(ChunkTable::kChunk, std::byte{7});
  (void)writer.put(table, 0, chunk);
  (void)writer.put(table, 2, chunk);
  Archive archive = Archive::saver();
  table.visit(archive);
  std::vector<StateSection> sections = {{"clock", 1, false, std::vector<std::byte>(16)},
                                        {"schedule", 1, true, std::vector<std::byte>(40)},
                                        {"ram", 1, false, archive.bytes()}};
  if (spoil_sections) spoil(sections.back().bytes, input);
  (void)write_snapshot_head(file, writer.offset(), sections);
  return state->bytes;
}

void read_snapshot(FuzzInput& input) {
  const bool inside = input.below(2) == 0;
  auto state = std::make_shared<MemoryFile::State>();
  state->bytes = good_snapshot(input, inside);
  if (!inside) spoil(state->bytes, input);
  MemoryFile file(state);
  const auto head = read_snapshot_head(file);
  if (!head) return add_text(head.error().message);
  for (const StateSection& section : head->sections) {
    if (section.name != "ram") continue;
    ChunkTable table;
    Archive archive = Archive::loader(section.bytes);
    table.visit(archive);
    if (!archive.ok() || !table.check(file, section.name)) continue;
    const auto read = read_chunks(file, table, section.name,
                                  [](uint64_t, std::span<const std::byte> bytes) {
                                    digest().add(bytes.first(1));
                                    return Result<void>();
                                  });
    if (!read) add_text(read.error().message);
  }
}

// Events alone, without the blocks' checksums in the way, and a whole file.
void read_recording(FuzzInput& input) {
  std::vector<std::byte> bytes;
  EventEncoder encoder;
  OutsideEvent event;
  for (uint32_t count = input.below(20); count > 0; --count) {
    event.kind = static_cast<OutsideKind>(input.below(kOutsideKinds));
    event.source = input.below(5);
    event.instructions += input.take<uint32_t>();
    event.virtual_ns += input.take<uint32_t>();
    event.data.assign(input.below(64), std::byte{1});
    encoder.append(bytes, event);
  }
  spoil(bytes, input);
  EventDecoder decoder;
  std::span<const std::byte> left(bytes);
  while (const auto taken = decoder.take(left)) digest().add(taken->data);
  if (const auto whole = parse_recording(bytes, "fuzz"); !whole) add_text(whole.error().message);
}

}  // namespace
}  // namespace vireo::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace vireo::fuzz;
  FuzzInput input(data, size);
  if (input.below(2) == 0) {
    read_recording(input);
  } else {
    read_snapshot(input);
  }
  return 0;
}
