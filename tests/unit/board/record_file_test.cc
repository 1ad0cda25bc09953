// What a recording's file looks like, and what becomes of a damaged one.
#include "machine/board/outside/record_file.h"

#include <doctest/doctest.h>

#include "machine/host/whole_file.h"
#include "tests/unit/board/snapshot_bench.h"
#include "tests/unit/host/full_disk.h"

using namespace vireo;
using namespace vireo::testing;

namespace {

OutsideEvent event(OutsideKind kind, uint64_t instructions, uint64_t ns, std::string_view text) {
  OutsideEvent made{kind, 3, instructions, ns, 2, 7, {}};
  for (const char c : text) made.data.push_back(static_cast<std::byte>(c));
  return made;
}

std::vector<OutsideEvent> some_events() {
  return {event(OutsideKind::kSource, 0, 0, "serial0"),
          event(OutsideKind::kBytes, 1'000'000, 1'000'000, "ls\n"),
          event(OutsideKind::kWait, 1'000'500, 77'000'000'000, ""),
          event(OutsideKind::kFrame, 500, 600, std::string(1500, 'x')),  // time went back
          {OutsideKind::kEnd, 0, 501, 601, 0, 0, {}}};
}

std::vector<std::byte> recording_of(const std::vector<OutsideEvent>& events) {
  SnapshotFolder folder;
  const std::string path = folder.file("a.rec");
  {
    auto writer = RecordWriter::create(path, "memory 16 MiB\n");
    REQUIRE(writer.ok());
    for (const OutsideEvent& e : events) {
      CHECK((*writer)->append(e).ok());
      CHECK((*writer)->flush().ok());
    }
  }
  return *read_whole_file(path, "recording");
}

}  // namespace

TEST_CASE("events come out of a recording as they went in") {
  const auto events = some_events();
  const auto recording = parse_recording(recording_of(events), "a.rec");
  REQUIRE(recording.ok());
  CHECK(recording->description == "memory 16 MiB\n");
  CHECK(recording->producer.find("vireo ") == 0);
  CHECK(recording->events == events);
  CHECK(recording->whole);
}

TEST_CASE("an event of typed input takes some bytes more than its text") {
  EventEncoder encoder;
  std::vector<std::byte> bytes;
  encoder.append(bytes, event(OutsideKind::kBytes, 1'000'000, 1'000'000, "a"));
  CHECK(bytes.size() <= 10);
}

TEST_CASE("a recording cut anywhere is good up to its last whole block") {
  const auto events = some_events();
  const auto bytes = recording_of(events);
  size_t most = 0;
  for (size_t length = 0; length < bytes.size(); ++length) {
    const auto recording = parse_recording(std::span(bytes).first(length), "a.rec");
    if (!recording) continue;
    CHECK(recording->events.size() >= most);
    most = recording->events.size();
    CHECK_FALSE(recording->whole);
    CHECK(std::equal(recording->events.begin(), recording->events.end(), events.begin()));
  }
  CHECK(most == events.size() - 1);
}

TEST_CASE("what is no recording is named") {
  auto bytes = recording_of(some_events());
  std::string expected;
  SUBCASE("another file") { bytes[0] = std::byte{0}, expected = "not a recording of vireo"; }
  SUBCASE("nothing") { bytes.clear(), expected = "not a recording of vireo"; }
  SUBCASE("a newer format") {
    bytes[8] = std::byte{9};
    expected = "recording format 9, written by 'vireo ";
  }
  SUBCASE("a damaged description") { bytes[60] ^= std::byte{1}, expected = "no description"; }
  const auto recording = parse_recording(bytes, "a.rec");
  REQUIRE_FALSE(recording.ok());
  CHECK(recording.error().message.find("a.rec: ") == 0);
  CHECK(recording.error().message.find(expected) != std::string::npos);
}

TEST_CASE("a recording that has no room from the start is refused") {
  auto writer = RecordWriter::create("/dev/full", "x");
  CHECK_FALSE(writer.ok());
}

TEST_CASE("a recording that finds no room keeps whole blocks, and takes nothing behind a gap") {
  SnapshotFolder folder;
  const std::string path = folder.file("a.rec");
  auto writer = RecordWriter::create(path, "memory 16 MiB\n");
  REQUIRE(writer.ok());
  const auto put = [&](uint64_t at) {
    const bool taken = (*writer)->append(event(OutsideKind::kFrame, at, at, std::string(900, 'x')))
                           .ok() && (*writer)->flush().ok();
    return taken;
  };
  uint64_t kept = 0;
  {
    const FullDisk disk(8000);
    while (kept < 100 && put(kept)) ++kept;
  }
  CHECK(kept > 3);
  CHECK(kept < 9);
  CHECK_FALSE(put(kept));  // there is room again, but a gap as well
  const auto recording = parse_recording(*read_whole_file(path, "recording"), "a.rec");
  REQUIRE(recording.ok());
  CHECK(recording->events.size() == kept);
  CHECK_FALSE(recording->whole);
  CHECK(recording->bytes_lost == 0);
}
