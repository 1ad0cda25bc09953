// virtio-blk with a disk that has to be waited for: answers, their times and the disk's content
// are the same whichever way a transfer goes.
#include "virtio/blk/blk_transfer.h"

#include <doctest/doctest.h>

#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "tests/unit/virtio/device_bench.h"
#include "tests/unit/virtio/waiting_disk.h"
#include "virtio/blk/blk_device.h"

namespace vireo {
namespace {

using testing::Answer;
using testing::BenchMachine;
using testing::Bytes;
using testing::DeviceBench;
using testing::DriverStyle;
using testing::HandWorkers;
using testing::Noise;
using testing::WaitingDisk;

constexpr size_t kDisk = 256 << 10;
constexpr uint32_t kIn = 0, kOut = 1, kFlush = 4, kDiscard = 11, kZeroes = 13;
constexpr uint64_t kFlushedNs = VirtioBlk::kKickDelayNs + VirtioBlk::kAccessNs + VirtioBlk::kLongNs;

Bytes request(uint32_t type, uint64_t sector, const Bytes& data = {}) {
  Bytes bytes(16);
  std::memcpy(bytes.data(), &type, 4);
  std::memcpy(bytes.data() + 8, &sector, 8);
  bytes.insert(bytes.end(), data.begin(), data.end());
  return bytes;
}

Bytes segment(uint64_t sector, uint32_t sectors) {
  Bytes bytes(16);
  std::memcpy(bytes.data(), &sector, 8);
  std::memcpy(bytes.data() + 8, &sectors, 4);
  return bytes;
}

bool always(BlockOperation, uint64_t, uint64_t) { return true; }

struct Rig {
  explicit Rig(bool early = false, size_t bytes = kDisk, uint16_t queues = 1,
               const DriverStyle& style = {})
      : disk(bytes),
        workers(early),
        blk(std::move(
            *VirtioBlk::create(disk, {.num_queues = queues}, {&machine.events, &workers}))),
        bench(machine, *blk, style) {
    disk.waits = always;
    bench.start();
  }
  uint64_t now() const { return machine.clock.now_ns(); }
  // Of answers that are out: how many have come after so much time.
  size_t answers_after(uint64_t ns) {
    machine.run_for(ns);
    return bench.answers(0).size();
  }

  BenchMachine machine;
  WaitingDisk disk;
  HandWorkers workers;
  std::unique_ptr<VirtioBlk> blk;
  DeviceBench bench;
};

TEST_CASE("time passes while a worker flushes, and the answer comes when it is due") {
  for (const bool early : {true, false}) {
    Rig rig(early);
    rig.bench.submit(0, request(kFlush, 0), 1);
    CHECK(rig.answers_after(kFlushedNs - 1) == 0);
    CHECK(rig.workers.idle() == early);
    CHECK(rig.disk.flushes == (early ? 1 : 0));
    CHECK(rig.answers_after(1) == 1);
    CHECK(rig.disk.flushes == 1);
  }
}

TEST_CASE("a longer transfer takes longer, a flush takes longest, and shorter ones overtake it") {
  Rig rig;
  const uint16_t flush = rig.bench.submit(0, request(kFlush, 0), 1);
  const uint16_t large = rig.bench.submit(0, request(kIn, 0), 64 * 1024 + 1);
  const uint16_t small = rig.bench.submit(0, request(kIn, 200), 513);
  rig.bench.settle();
  const auto answers = rig.bench.answers(0);
  REQUIRE(answers.size() == 3);
  CHECK(answers[0].id == small);
  CHECK(answers[1].id == large);
  CHECK(answers[2].id == flush);
}

struct Seen {
  uint64_t when;
  uint16_t id;
  uint32_t used_length;
  Bytes room;
  bool operator==(const Seen&) const = default;
};

struct Story {
  std::vector<Seen> seen;
  std::vector<std::byte> disk;
  bool operator==(const Story&) const = default;
};

// What a driver asks for, from a fixed noise, with parts of the disk asked for again and again.
void submit_any(Rig& rig, Noise& noise) {
  const uint64_t sector = noise.below(60);
  const auto sectors = static_cast<uint32_t>(1 + noise.below(8));
  const auto fill = static_cast<uint8_t>(noise.below(256));
  switch (noise.below(8)) {
    case 0:
      rig.bench.submit(0, request(kFlush, 0), 1);
      break;
    case 1:
      rig.bench.submit(0, request(kDiscard, 0, segment(sector, sectors)), 1);
      break;
    case 2:
      rig.bench.submit(0, request(kZeroes, 0, segment(sector, sectors)), 1);
      break;
    case 3:
    case 4:
      rig.bench.submit(0, request(kOut, sector, Bytes(512 * sectors, fill)), 1);
      break;
    default:
      rig.bench.submit(0, request(kIn, sector), 512 * sectors + 1);
  }
}

void save_and_load(Rig& rig) {
  Archive saved = Archive::whole_saver();
  rig.bench.core.visit(saved);
  rig.bench.core.reset();
  Archive loader = Archive::whole_loader(saved.bytes());
  rig.bench.core.visit(loader);
  REQUIRE(loader.ok());
  REQUIRE(loader.at_end());
  Archive again = Archive::whole_saver();
  rig.bench.core.visit(again);
  REQUIRE(again.bytes() == saved.bytes());
}

void watch(Rig& rig, Story& story, uint64_t steps) {
  for (uint64_t i = 0; i < steps; ++i) {
    rig.machine.run_for(500);
    for (Answer& answer : rig.bench.answers(0)) {
      story.seen.push_back({rig.now(), answer.id, answer.used_length, std::move(answer.room)});
    }
  }
}

Story story_of(Rig& rig, uint32_t saves_every = 0) {
  Story story;
  Noise noise(11);
  for (uint32_t i = 1; i <= 300; ++i) {
    submit_any(rig, noise);
    if (noise.below(3) == 0) watch(rig, story, noise.below(40));
    if (saves_every != 0 && i % saves_every == 0) save_and_load(rig);
    if (i % 30 == 0) watch(rig, story, 400);
  }
  watch(rig, story, 400);
  story.disk = rig.disk.bytes;
  return story;
}

TEST_CASE("the way of a transfer shows neither in the answers nor in their times") {
  Rig plain;
  plain.disk.waits = nullptr;
  const Story expected = story_of(plain);
  REQUIRE(expected.seen.size() == 300);
  CHECK(plain.workers.started == 0);
  const auto some = [](BlockOperation operation, uint64_t offset, uint64_t) {
    return operation == BlockOperation::kFlush || offset / 512 % 3 == 0;
  };
  for (const bool early : {true, false}) {
    for (const bool several : {true, false}) {
      for (const bool all : {true, false}) {
        CAPTURE(early);
        CAPTURE(several);
        CAPTURE(all);
        Rig rig(early);
        rig.disk.several = several;
        rig.disk.waits = all ? decltype(rig.disk.waits)(always) : some;
        CHECK(story_of(rig) == expected);
        CHECK(rig.workers.started > 0);
      }
    }
  }
}

TEST_CASE("a state saved in the middle goes on as the run does that was not saved") {
  Rig plain;
  plain.disk.waits = nullptr;
  const Story expected = story_of(plain);
  for (const bool waits : {true, false}) {
    Rig rig;
    if (!waits) rig.disk.waits = nullptr;
    CHECK(story_of(rig, 7) == expected);
  }
}

TEST_CASE("what a read brought is part of the state, not what the disk says later") {
  Rig rig;
  rig.bench.submit(0, request(kIn, 1), 513);
  rig.machine.run_for(VirtioBlk::kKickDelayNs);
  save_and_load(rig);
  const Bytes before = [&] {
    Bytes bytes(512);
    std::memcpy(bytes.data(), rig.disk.bytes.data() + 512, 512);
    return bytes;
  }();
  std::fill(rig.disk.bytes.begin(), rig.disk.bytes.end(), std::byte{0x77});
  rig.bench.settle();
  const auto answers = rig.bench.answers(0);
  REQUIRE(answers.size() == 1);
  CHECK(Bytes(answers[0].room.begin(), answers[0].room.end() - 1) == before);
}

TEST_CASE("an error of a worker is the guest's, and told when it is answered") {
  Rig rig(true);
  std::vector<std::string> told;
  rig.blk->set_trouble([&](std::string_view operation, const std::string& reason) {
    told.push_back(std::string(operation) + ": " + reason);
  });
  rig.disk.fail = true;
  rig.bench.submit(0, request(kIn, 0), 513);
  rig.bench.submit(0, request(kOut, 0, Bytes(512)), 1);
  rig.machine.run_for(VirtioBlk::kKickDelayNs);
  CHECK(told.empty());
  rig.bench.settle();
  const auto answers = rig.bench.answers(0);
  REQUIRE(answers.size() == 2);
  CHECK(answers[0].room.back() == 1);
  CHECK(answers[0].used_length == 1);
  CHECK(answers[1].room.back() == 1);
  CHECK(told == std::vector<std::string>{"read: broken disk", "write: broken disk"});
}

TEST_CASE("BLK-05: a write that has to last is flushed by the worker") {
  Rig rig;
  rig.bench.start(~uint64_t{0} & ~virtio_blk::kFlush);
  rig.bench.submit(0, request(kOut, 0, Bytes(512)), 1);
  CHECK(rig.answers_after(kFlushedNs) == 0);
  rig.bench.settle();
  CHECK(rig.disk.flushes == 1);
  CHECK(rig.disk.unflushed == 0);
}

TEST_CASE("a reset waits for what was begun, and nothing is answered") {
  Rig rig;
  rig.bench.submit(0, request(kOut, 3, Bytes(512, 0x42)), 1);
  rig.bench.submit(0, request(kFlush, 0), 1);
  rig.machine.run_for(VirtioBlk::kKickDelayNs);
  CHECK_FALSE(rig.workers.idle());
  rig.bench.core.write_status(0, VirtioInterface::kModern);
  CHECK(rig.workers.idle());
  CHECK(rig.disk.bytes[3 * 512] == std::byte{0x42});
  CHECK_FALSE(rig.machine.events.next_deadline_ns().has_value());
  rig.bench.start();
  rig.bench.settle();
  CHECK(rig.bench.answers(0).empty());
}

TEST_CASE("a queue that stops alone takes its own requests with it") {
  Rig rig(false, kDisk, 2, {.legacy = true});
  rig.bench.submit(0, request(kOut, 3, Bytes(512, 0x42)), 1);
  rig.bench.submit(1, request(kFlush, 0), 1);
  rig.machine.run_for(VirtioBlk::kKickDelayNs);
  rig.bench.core.write_queue_select(0);
  rig.bench.core.write_legacy_pfn(0);
  CHECK(rig.disk.bytes[3 * 512] == std::byte{0x42});
  rig.bench.settle();
  CHECK(rig.bench.answers(1).size() == 1);
}

TEST_CASE("another size waits for what is on its way") {
  Rig rig;
  rig.bench.submit(0, request(kOut, 3, Bytes(512, 0x42)), 1);
  rig.bench.submit(0, request(kIn, 500), 513);
  rig.machine.run_for(VirtioBlk::kKickDelayNs);
  CHECK(rig.blk->resize(kDisk / 2).ok());
  CHECK(rig.workers.idle());
  rig.bench.settle();
  for (const Answer& answer : rig.bench.answers(0)) CHECK(answer.room.back() == 0);
}

// Many long reads into the same memory: more than may be held wait on the ring.
TEST_CASE("what is held at once is bounded, and all is answered in the end") {
  constexpr uint32_t kLength = 1 << 20;
  constexpr unsigned kReads = 60;
  Rig rig(false, 2 * kLength);
  rig.machine.ram.write(GuestAddr{DeviceBench::kBuffers}, std::array<uint64_t, 2>{});
  for (unsigned i = 0; i < kReads; ++i) {
    REQUIRE(rig.bench.add(0, {{DeviceBench::kBuffers, 16, false},
                              {DeviceBench::kBuffers + 4096, kLength, true},
                              {DeviceBench::kBuffers + 64, 1, true}}));
  }
  rig.bench.kick(0);
  rig.machine.run_for(VirtioBlk::kKickDelayNs);
  CHECK(rig.workers.started == VirtioBlk::kMostHeldBytes / kLength);
  save_and_load(rig);
  rig.bench.settle();
  CHECK(rig.workers.started == kReads);
  CHECK(rig.bench.answers(0).size() == kReads);
}

TEST_CASE("a transfer too long to be held is made on the spot, and answered when it is due") {
  constexpr uint32_t kLength = (4 << 20) + 512;
  Rig rig(false, 2 * kLength);
  rig.machine.ram.write(GuestAddr{DeviceBench::kBuffers}, std::array<uint64_t, 2>{});
  REQUIRE(rig.bench.add(0, {{DeviceBench::kBuffers, 16, false},
                            {DeviceBench::kBuffers + 4096, kLength, true},
                            {DeviceBench::kBuffers + 64, 1, true}}));
  rig.bench.kick(0);
  CHECK(rig.answers_after(VirtioBlk::kKickDelayNs + kLength / VirtioBlk::kBytesPerNs) == 0);
  CHECK(rig.workers.started == 0);
  CHECK(rig.answers_after(VirtioBlk::kAccessNs) == 1);
}

TEST_CASE("a damaged state of requests on their way is refused") {
  Rig rig;
  rig.bench.submit(0, request(kIn, 1), 513);
  rig.bench.submit(0, request(kOut, 1, Bytes(512)), 1);
  rig.machine.run_for(VirtioBlk::kKickDelayNs);
  Archive saved = Archive::whole_saver();
  rig.bench.core.visit(saved);
  for (size_t i = 0; i < saved.bytes().size(); ++i) {
    std::vector<std::byte> damaged = saved.bytes();
    damaged[i] ^= std::byte{0xff};
    Archive loader = Archive::whole_loader(std::move(damaged));
    rig.bench.core.visit(loader);
    Archive cut = Archive::whole_loader({saved.bytes().begin(), saved.bytes().begin() + i});
    rig.bench.core.visit(cut);
    CHECK_FALSE(cut.ok());
  }
}

}  // namespace
}  // namespace vireo
