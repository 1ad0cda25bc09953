// Fuzzes what reads files that a machine goes on from: a good snapshot and a good recording, of
// which the input changes, cuts and repeats bytes, with and without the checksums set right; and
// the state of a whole machine, part by part, which then runs on.
#include <cstdlib>
#include <string>
#include <vector>

#include "machine/board/machine.h"
#include "machine/board/outside/record_file.h"
#include "machine/board/snapshot/chunk_table.h"
#include "machine/board/snapshot/snapshot_file.h"
#include "tests/fuzz/fuzz_digest.h"
#include "tests/fuzz/fuzz_input.h"
#include "tests/unit/board/fake_host.h"
#include "tests/unit/board/guest_code.h"

namespace vireo::fuzz {
namespace {

using testing::FakeHost;
using testing::GuestCode;

constexpr uint64_t kRunOn = 20'000;

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

// A machine whose state is nearly that of a machine.
class Spoilt {
 public:
  Spoilt() {
    GuestCode guest;
    guest.sti().text(0x3f8, "machine\n").halt_for_ever();
    host_.files["guest"] = guest.elf();
    host_.images["disk"] = memory_state(std::string(8192, 'x'));
    host_.looks_before_stop = 200;
    config_.memory_bytes = 16 * kMiB;
    config_.kernel.kernel_path = "guest";
    config_.no_reboot = true;
    config_.serials = {{ChannelSpec::Kind::kNull, "", false}};
    config_.drives = {{.id = "d", .path = "disk", .format_is_raw = true, .snapshot = true}};
    VirtioDeviceConfig disk;
    disk.model = "virtio-blk-pci";
    BlkConfig blk;
    blk.drive = "d";
    disk.type = blk;
    VirtioDeviceConfig rng;
    rng.model = "virtio-rng-pci";
    rng.type = RngConfig{};
    config_.virtio_devices = {disk, rng};
  }

  void run(FuzzInput& input) {
    auto made = Machine::create(config_, host_);
    if (!made) std::abort();
    Machine& machine = **made;
    MachineState state = machine.snapshots().capture(nullptr);
    StateSection& section = state.sections[input.below(state.sections.size())];
    spoil(section.bytes, input);
    if (const auto restored = machine.snapshots().restore(state); !restored) {
      return add_text(restored.error().message);
    }
    ControlPanel panel = machine.panel();
    panel.alarms.set(panel.events.clock().instructions() + kRunOn, [&] { panel.run.quit(); });
    add_text(machine.run().message);
  }

 private:
  FakeHost host_;
  MachineConfig config_;
};

}  // namespace
}  // namespace vireo::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace vireo::fuzz;
  FuzzInput input(data, size);
  switch (input.below(8)) {
    case 0:
      Spoilt().run(input);
      break;
    case 1:
    case 2:
    case 3:
      read_recording(input);
      break;
    default:
      read_snapshot(input);
      break;
  }
  return 0;
}
