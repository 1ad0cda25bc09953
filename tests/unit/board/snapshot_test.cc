// A machine that was saved goes on elsewhere as the one that it was taken from.
#include "machine/board/snapshot/snapshot_file.h"
#include "tests/unit/board/snapshot_bench.h"

using namespace vireo;
using namespace vireo::testing;

namespace {

constexpr uint64_t kSaved = 100'000;
constexpr uint64_t kEnd = 300'000;

// Prints the low digit of a count of its timer's interrupts for ever, and works in between on
// the time-stamp counter, random numbers and memory.
GuestCode busy_guest() {
  GuestCode handler;
  handler.bytes({0x50, 0x52, 0x53});                 // push rax; push rdx; push rbx
  handler.bytes({0xFE, 0x04, 0x25, 0, 0, 0x30, 0});  // inc byte [0x300000]
  handler.bytes({0x8A, 0x04, 0x25, 0, 0, 0x30, 0});  // mov al, [0x300000]
  handler.bytes({0x24, 7, 0x04, '0'}).out_al(kCom1);
  handler.store32(0xfee000b0, 0);                    // end of interrupt
  handler.bytes({0x5B, 0x5A, 0x58, 0x48, 0xCF});     // pop rbx; pop rdx; pop rax; iretq
  GuestCode guest;
  guest.bytes({0xBC, 0, 0, 0x50, 0});  // mov esp, 0x500000
  guest.interrupt_gate(0x40, handler);
  guest.store32(0xfee003e0, 0xb).store32(0xfee00320, 0x20040).store32(0xfee00380, 10'000);
  guest.sti();
  // again: rdtsc; add rbx, rax; rdrand rcx; xor rbx, rcx; in eax, 0x608; add [0x200000], ebx;
  // jmp again
  guest.bytes({0x0F, 0x31, 0x48, 0x01, 0xC3, 0x48, 0x0F, 0xC7, 0xF1, 0x48, 0x31, 0xCB, 0x66,
               0xBA, 0x08, 0x06, 0xED, 0x01, 0x1C, 0x25, 0, 0, 0x20, 0, 0xEB, 0xE6});
  return guest;
}

struct Outcome {
  uint64_t hash;
  std::string printed;
};

Outcome run_to(MachineBench& bench, uint64_t instructions) {
  end_at(*bench.machine, instructions);
  const RunResult result = bench.machine->run();
  CHECK(result.message == "far enough");
  CHECK(result.instructions == instructions);
  return {bench.machine->state_hash(), bench.host.line("serial0").output};
}

// What the machine prints from kSaved on, and where it ends.
struct Straight {
  std::string before;
  Outcome end;
};

Straight run_straight(const std::string& path, bool compress = false) {
  MachineBench bench(busy_guest());
  REQUIRE(bench.build().ok());
  Straight straight;
  ControlPanel panel = bench.machine->panel();
  panel.alarms.set(kSaved, [&] {
    straight.before = bench.host.line("serial0").output;
    const auto saved = panel.snapshots.save(path, {.compress = compress});
    CHECK_MESSAGE(saved.ok(), saved.error().message);
  });
  straight.end = run_to(bench, kEnd);
  return straight;
}

void use_snapshot(MachineBench& bench, const std::string& path) {
  bench.host.files.clear();  // no kernel is read
  bench.config.snapshots.load_path = path;
  const auto built = bench.build();
  REQUIRE_MESSAGE(built.ok(), built.error().message);
}

std::string load_error(MachineBench& bench, const std::string& path) {
  use_snapshot(bench, path);
  const auto loaded = bench.machine->snapshots().load(path, {.verify = true});
  return loaded ? "" : loaded.error().message;
}

}  // namespace

TEST_CASE("a machine goes on from a file as the one that was saved") {
  SnapshotFolder folder;
  const std::string path = folder.file("a.snap");
  const bool compress = false;
  const Straight straight = run_straight(path, compress);
  CHECK(straight.before.size() > 3);
  CHECK(straight.end.printed.size() > straight.before.size() + 3);
  MachineBench bench(busy_guest());
  CHECK(load_error(bench, path) == "");
  CHECK(bench.machine->panel().events.clock().instructions() == kSaved);
  const Outcome end = run_to(bench, kEnd);
  CHECK(end.hash == straight.end.hash);
  CHECK(straight.before + end.printed == straight.end.printed);
}

TEST_CASE("a compressed snapshot holds the same") {
  SnapshotFolder folder;
  const std::string path = folder.file("a.snap");
  const Straight straight = run_straight(path, true);
  CHECK(std::filesystem::file_size(path) < 1'000'000);
  MachineBench bench(busy_guest());
  CHECK(load_error(bench, path) == "");
  CHECK(run_to(bench, kEnd).hash == straight.end.hash);
}

TEST_CASE("loading into a machine that runs takes it back") {
  SnapshotFolder folder;
  const std::string path = folder.file("a.snap");
  const Straight straight = run_straight(path);
  MachineBench bench(busy_guest());
  REQUIRE(bench.build().ok());
  ControlPanel panel = bench.machine->panel();
  const auto load = [&] {
    const auto loaded = panel.snapshots.load(path, {});
    CHECK_MESSAGE(loaded.ok(), loaded.error().message);
  };
  SUBCASE("from an alarm") { panel.alarms.set(200'000, load); }
  Event event(panel.events, "load", load);
  SUBCASE("from an event") { event.schedule_at(200'000); }
  CHECK(run_to(bench, kEnd).hash == straight.end.hash);
}

TEST_CASE("a state in this process can be gone back to, again and again") {
  MachineBench bench(busy_guest());
  REQUIRE(bench.build().ok());
  ControlPanel panel = bench.machine->panel();
  MachineState state;
  panel.alarms.set(kSaved, [&] { state = panel.snapshots.capture(nullptr); });
  const Outcome first = run_to(bench, kEnd);
  for (int i = 0; i < 2; ++i) {
    MachineBench other(busy_guest());
    REQUIRE(other.build().ok());
    ControlPanel there = other.machine->panel();
    CHECK(there.snapshots.restore(state).ok());
    CHECK(run_to(other, kEnd).hash == first.hash);
  }
}

TEST_CASE("a snapshot that is not what it seems is refused by name") {
  SnapshotFolder folder;
  const std::string path = folder.file("a.snap");
  run_straight(path);
  const auto size = std::filesystem::file_size(path);
  const auto spoil = [&](uint64_t at) {
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekg(static_cast<std::streamoff>(at));
    const char c = static_cast<char>(file.get() ^ 0x20);
    file.seekp(static_cast<std::streamoff>(at));
    file.put(c);
  };
  MachineBench bench(busy_guest());
  std::string expected;
  SUBCASE("another file") { spoil(0), expected = "not a vireo snapshot"; }
  SUBCASE("a newer format") { spoil(8), expected = "snapshot format 33, written by 'vireo 0"; }
  SUBCASE("its first bytes") { spoil(20), expected = "damaged: the checksum of its first bytes"; }
  SUBCASE("its table") { spoil(size - 1), expected = "the checksum of its table"; }
  SUBCASE("memory") {
    spoil(kSnapshotData + 0x100000);
    expected = "section 'ram' is damaged: the checksum of chunk 16";
  }
  SUBCASE("its end is missing") {
    std::filesystem::resize_file(path, size / 2);
    expected = "cut short";
  }
  SUBCASE("nothing is there") {
    std::filesystem::resize_file(path, 0);
    expected = "not a vireo snapshot";
  }
  SUBCASE("more memory") {
    bench.config.memory_bytes = 32 * kMiB;
    expected = "it had 'memory 16 MiB' where this one has 'memory 32 MiB'";
  }
  SUBCASE("one more processor") {
    bench.config.topology.cores = 2;
    expected = "it had 'vCPUs 1 sockets, 1 cores, 1 threads'";
  }
  const std::string error = load_error(bench, path);
  CHECK_MESSAGE(error.find(expected) != std::string::npos, error);
  CHECK(error.find(path) == 0);
}

TEST_CASE("a snapshot that cannot be written leaves what was there") {
  SnapshotFolder folder;
  MachineBench bench(busy_guest());
  REQUIRE(bench.build().ok());
  CHECK(bench.machine->snapshots().save(folder.file("no/such"), {}).error().message.find(
            "cannot create") == 0);
  CHECK(folder.files() == 0);
  CHECK(bench.machine->snapshots().save(folder.file("a"), {}).ok());
  CHECK(bench.machine->snapshots().save(folder.file("a"), {}).ok());
  CHECK(folder.files() == 1);
}
