// What was recorded is played back: the same run without anybody outside.
#include <fstream>

#include "tests/unit/board/snapshot_bench.h"

using namespace vireo;
using namespace vireo::testing;

namespace {

// Prints what it reads from the first serial port, each byte with the low bits of the clock's
// count behind it, until a 'q' comes.
GuestCode echo_guest() {
  GuestCode guest;
  // again: mov dx, 0x3fd; in al, dx; test al, 1; jz again
  guest.bytes({0x66, 0xBA, 0xFD, 0x03, 0xEC, 0xA8, 0x01, 0x74, 0xF7});
  // mov dx, 0x3f8; in al, dx; out dx, al; mov bl, al
  guest.bytes({0x66, 0xBA, 0xF8, 0x03, 0xEC, 0xEE, 0x88, 0xC3});
  // rdtsc; and al, 15; add al, 'A'; mov dx, 0x3f8; out dx, al; cmp bl, 'q'; jne again
  guest.bytes({0x0F, 0x31, 0x24, 0x0F, 0x04, 'A', 0x66, 0xBA, 0xF8, 0x03, 0xEE, 0x80, 0xFB, 'q',
               0x75, 0xDF});
  return std::move(guest.out8(kDebugExit, 3));
}

// What a replay prints goes to standard output, which it opens.
struct ReplayBench : MachineBench {
  explicit ReplayBench(const GuestCode& guest = echo_guest()) : MachineBench(guest) {
    config.serials = {{ChannelSpec::Kind::kStdio, "", false}};
  }
};

struct Outcome {
  RunResult result;
  uint64_t hash = 0;
  std::string printed;
};

// Types "ab" and "q" at instructions of its own choice.
void type_later(MachineBench& bench) {
  ControlPanel panel = bench.machine->panel();
  const auto type = [&bench](const char* text) {
    for (; *text != '\0'; ++text) {
      bench.host.line("serial0").input.push_back(static_cast<uint8_t>(*text));
    }
  };
  panel.alarms.set(1'234'567, [type] { type("ab"); });
  panel.alarms.set(3'456'789, [type] { type("q"); });
}

Outcome finish(MachineBench& bench) {
  const auto ready = bench.machine->prepare();
  REQUIRE_MESSAGE(ready.ok(), ready.error().message);
  Outcome outcome{bench.machine->run(), bench.machine->state_hash(), ""};
  outcome.printed = bench.host.line("serial0").output;
  return outcome;
}

Outcome record(const std::string& path) {
  ReplayBench bench;
  bench.config.record.path = path;
  REQUIRE(bench.build().ok());
  type_later(bench);
  return finish(bench);
}

Outcome replay(const std::string& path) {
  ReplayBench bench;
  bench.config.replay.path = path;
  const auto built = bench.build();
  REQUIRE_MESSAGE(built.ok(), built.error().message);
  return finish(bench);
}

std::vector<char> bytes_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void put_bytes(const std::string& path, const std::vector<char>& bytes) {
  std::ofstream(path, std::ios::binary)
      .write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

}  // namespace

TEST_CASE("a replay is the run that was recorded, without input") {
  SnapshotFolder folder;
  const std::string path = folder.file("a.rec");
  const Outcome recorded = record(path);
  CHECK(recorded.result.exit_code == debug_exit_code(3));
  CHECK(recorded.printed.size() == 6);
  for (int i = 0; i < 2; ++i) {
    const Outcome again = replay(path);
    CHECK(again.result.exit_code == recorded.result.exit_code);
    CHECK(again.result.instructions == recorded.result.instructions);
    CHECK(again.printed == recorded.printed);
    CHECK(again.hash == recorded.hash);
  }
}

TEST_CASE("a recording with the host's clock and seed needs neither again") {
  SnapshotFolder folder;
  const std::string path = folder.file("a.rec");
  const auto run = [&](bool records, int64_t clock) {
    ReplayBench bench;
    (records ? bench.config.record.path : bench.config.replay.path) = path;
    bench.config.rtc.base = RtcConfig::Base::kHostUtc;
    bench.config.seed.from_host = true;
    bench.host.unix_seconds = clock;
    REQUIRE(bench.build().ok());
    if (records) type_later(bench);
    return finish(bench);
  };
  const Outcome recorded = run(true, 1'000'000'000);
  const Outcome again = run(false, 1'100'000'000);
  CHECK(again.result.exit_code == debug_exit_code(3));
  CHECK(again.hash == recorded.hash);
}

TEST_CASE("a replay needs the same content in the files of -fw_cfg") {
  SnapshotFolder folder;
  const auto start = [&folder](bool records, const std::string& text) {
    ReplayBench bench;
    (records ? bench.config.record.path : bench.config.replay.path) = folder.file("a.rec");
    bench.config.fw_cfg_files.push_back({"opt/a", "", text});
    REQUIRE(bench.build().ok());
    if (records) type_later(bench);
    const auto ready = bench.machine->prepare();
    if (ready.ok()) (void)bench.machine->run();
    return ready.ok() ? std::string() : ready.error().message;
  };
  CHECK(start(true, "this").empty());
  CHECK(start(false, "this").empty());
  CHECK(start(false, "that").find("'what firmware is told") != std::string::npos);
}

TEST_CASE("a signal ends a replay where it ended the recording") {
  SnapshotFolder folder;
  const std::string path = folder.file("a.rec");
  const auto run = [&](bool records) {
    ReplayBench bench;
    (records ? bench.config.record.path : bench.config.replay.path) = path;
    bench.host.looks_before_stop = records ? 4 : 1'000'000;
    REQUIRE(bench.build().ok());
    return finish(bench);
  };
  const Outcome recorded = run(true);
  const Outcome again = run(false);
  CHECK(recorded.result.reason == StopReason::kSignal);
  CHECK(again.result.reason == StopReason::kSignal);
  CHECK(again.result.instructions == recorded.result.instructions);
}

TEST_CASE("another guest diverges, and is told where") {
  SnapshotFolder folder;
  const std::string path = folder.file("a.rec");
  record(path);
  ReplayBench bench(GuestCode(echo_guest()).jump_here());
  bench.config.replay.path = path;
  REQUIRE(bench.build().ok());
  const auto ready = bench.machine->prepare();
  REQUIRE_FALSE(ready.ok());
  CHECK(ready.error().message.find("it had 'kernel and initrd ") != std::string::npos);
}

TEST_CASE("a run that is changed by hand is found by the next check") {
  SnapshotFolder folder;
  const std::string path = folder.file("a.rec");
  record(path);
  ReplayBench bench;
  bench.config.replay.path = path;
  REQUIRE(bench.build().ok());
  ControlPanel panel = bench.machine->panel();
  panel.alarms.set(500'000, [&] { panel.processors.boot().cpu().regs[kRbx] ^= 0x100; });
  const Outcome again = finish(bench);
  CHECK(again.result.reason == StopReason::kReplayDiverged);
  CHECK(again.result.exit_code == kExitReplayDiverged);
  CHECK(again.result.message.find("the replay differs from the recording: expected") == 0);
  CHECK(again.result.message.find("rip 0x") != std::string::npos);
}

TEST_CASE("a recording that was cut short is replayed as far as it goes") {
  SnapshotFolder folder;
  const std::string path = folder.file("a.rec");
  const Outcome recorded = record(path);
  std::vector<char> bytes = bytes_of(path);
  bytes.resize(bytes.size() - 1);
  put_bytes(path, bytes);
  const Outcome again = replay(path);
  CHECK(again.result.reason == StopReason::kReplayOver);
  CHECK(again.result.message == "the recording was cut short and ends here");
  CHECK(recorded.printed.find(again.printed) == 0);
}

TEST_CASE("a replay is left at an instruction, to end there or to go on live") {
  SnapshotFolder folder;
  const std::string path = folder.file("a.rec");
  const Outcome recorded = record(path);
  ReplayBench bench;
  bench.config.replay = {path, 3'200'000, false};
  SUBCASE("to end") {
    REQUIRE(bench.build().ok());
    const Outcome again = finish(bench);
    CHECK(again.result.reason == StopReason::kReplayOver);
    CHECK(again.result.instructions == 3'200'000);
    CHECK(again.printed == recorded.printed.substr(0, 4));
  }
  SUBCASE("to go on") {
    bench.config.replay.then_live = true;
    REQUIRE(bench.build().ok());
    ControlPanel panel = bench.machine->panel();
    panel.alarms.set(5'000'000, [&] { bench.host.line("serial0").input = {'x', 'q'}; });
    const Outcome again = finish(bench);
    CHECK(again.result.exit_code == debug_exit_code(3));
    CHECK(again.result.instructions > 5'000'000);
    CHECK(again.printed.substr(0, 4) == recorded.printed.substr(0, 4));
    CHECK(again.printed.size() == 8);
  }
}

TEST_CASE("a recording that finds no room stops the run or goes on, as asked") {
  ReplayBench bench;
  bench.config.record.path = "/no/such/folder/a.rec";
  REQUIRE(bench.build().ok());
  CHECK_FALSE(bench.machine->prepare().ok());
}
