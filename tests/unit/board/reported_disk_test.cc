// A disk whose failures are told.
#include "machine/board/virtio/reported_disk.h"

#include <doctest/doctest.h>

using namespace vireo;

namespace {

struct Told final : MachineListener {
  void machine_event(const MachineEvent& event) override { events.push_back(event); }
  std::vector<MachineEvent> events;
};

// Every request fails.
struct BrokenDisk final : BlockBackend {
  uint64_t size() const override { return 4096; }
  bool read_only() const override { return false; }
  Result<void> read(uint64_t, std::span<std::byte>) override { return Error{"worn out"}; }
  Result<void> write(uint64_t, std::span<const std::byte>) override { return Error{"worn out"}; }
  Result<void> flush() override { return Error{"worn out"}; }
  Result<void> discard(uint64_t, uint64_t) override { return {}; }
  Result<void> write_zeroes(uint64_t, uint64_t, bool) override { return {}; }
  Result<void> resize(uint64_t) override { return Error{"worn out"}; }
  std::string description() const override { return "broken"; }
};

}  // namespace

TEST_CASE("reported disk: what fails is told with the drive, what is done and why") {
  MachineEvents news;
  Told told;
  news.enter(told);
  const auto disk = report_errors(std::make_unique<BrokenDisk>(), "d", news);
  std::byte bytes[512] = {};
  CHECK(disk->read(0, bytes).error().message == "worn out");
  CHECK_FALSE(disk->write(0, bytes).ok());
  CHECK_FALSE(disk->flush().ok());
  CHECK(disk->discard(0, 512).ok());
  CHECK_FALSE(disk->resize(512).ok());
  CHECK(disk->size() == 4096);
  REQUIRE(told.events.size() == 3);
  CHECK(told.events[0].kind == MachineEvent::Kind::kBlockError);
  CHECK(told.events[0].name == "d");
  CHECK(told.events[0].detail == "read");
  CHECK(told.events[1].detail == "write");
  CHECK(told.events[2].reason == "worn out");
  news.leave(told);
}
