#include "machine/board/message_router.h"

#include <doctest/doctest.h>

#include <vector>

namespace vireo {
namespace {

struct Apics : MsiSink {
  std::vector<MsiMessage> got;
  void send(MsiMessage message) override { got.push_back(message); }
};

struct Fixture {
  Apics apics;
  GuestMemory ram = GuestMemory::on_heap(0x10000);
  MessageRouter router{apics, ram};
};

TEST_CASE_FIXTURE(Fixture, "PCI-48: a message to 0xFEExxxxx goes to the local APICs alone") {
  for (const uint64_t address : {0xfee00000u, 0xfee01004u, 0xfeeffffcu}) {
    router.send({address, 0x41});
    REQUIRE_FALSE(apics.got.empty());
    CHECK(apics.got.back().address == address);
  }
  CHECK(apics.got.size() == 3);
}

TEST_CASE_FIXTURE(Fixture, "PCI-48: a message elsewhere is a write of 32 bits to RAM, or lost") {
  ram.write(GuestAddr{0x1000}, ~uint64_t{0});
  router.send({0x1000, 0x12345678});
  CHECK(ram.read<uint64_t>(GuestAddr{0x1000}) == 0xffffffff12345678);

  for (const uint64_t address : {uint64_t{0x10000}, uint64_t{0xfffe}, uint64_t{0xfef00000},
                                 uint64_t{0x1fee00000}, ~uint64_t{0}}) {
    router.send({address, 0});
  }
  CHECK(apics.got.empty());
  CHECK(ram.read<uint16_t>(GuestAddr{0xfffe}) == uint16_t{0});
}

}  // namespace
}  // namespace vireo
