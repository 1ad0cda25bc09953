// rng, console, balloon and vsock with drivers of every style: split and packed rings, legacy and
// modern, direct and indirect, in order or not, requests cut anywhere.
#include <doctest/doctest.h>

#include "tests/unit/virtio/console_rig.h"
#include "tests/unit/virtio/device_bench.h"
#include "tests/unit/virtio/vsock_rig.h"
#include "virtio/balloon/balloon_device.h"
#include "virtio/rng/rng_device.h"

namespace vireo::testing {
namespace {

Bytes bytes_of(std::string_view text) { return Bytes(text.begin(), text.end()); }

TEST_CASE("RNG-01, RG-04: every style of driver gets as many bytes as it is told") {
  for (const DriverStyle& style : driver_styles()) {
    CAPTURE(style.name());
    BenchMachine machine;
    VirtioRng rng(std::make_unique<SeededEntropy>(1), {}, machine.events);
    DeviceBench bench(machine, rng, style);
    bench.start();
    SeededEntropy expected(1);
    Noise noise(3);
    for (unsigned i = 0; i < 100; ++i) {
      const Answer answer = bench.exchange(0, {}, 1 + noise.below(200), &noise);
      REQUIRE(answer.used_length == answer.room.size());
      Bytes wanted(answer.room.size());
      expected.fill(std::as_writable_bytes(std::span(wanted)));
      REQUIRE(answer.room == wanted);
    }
  }
}

TEST_CASE("RNG-02: a chain that waits for the next period is answered then, in every style") {
  for (const DriverStyle& style : driver_styles()) {
    CAPTURE(style.name());
    BenchMachine machine;
    VirtioRng rng(std::make_unique<SeededEntropy>(1), {.max_bytes = 8, .period_ms = 1},
                  machine.events);
    DeviceBench bench(machine, rng, style);
    bench.start();
    for (int i = 0; i < 3; ++i) bench.submit(0, {}, 8);
    for (int i = 0; i < 3; ++i) {
      machine.run_for(100'000);
      REQUIRE(bench.answers(0).size() == 1);
      machine.run_for(900'000);
    }
  }
}

TEST_CASE("CON-01, RG-04: every style of driver sends and receives") {
  for (const DriverStyle& style : driver_styles()) {
    CAPTURE(style.name());
    TestChannel channel;
    auto console = VirtioConsole::create({.max_ports = 1}, {{0, true, "", &channel}});
    REQUIRE(console.ok());
    BenchMachine machine;
    DeviceBench bench(machine, **console, style);
    bench.start();
    Noise noise(5);
    for (unsigned i = 0; i < 50; ++i) {
      const std::string text(1 + noise.below(60), static_cast<char>('a' + i % 26));
      CHECK(bench.exchange(1, bytes_of(text), 0, &noise).used_length == 0);
      REQUIRE(channel.out == text);
      channel.out.clear();
      bench.submit(0, {}, 100, &noise);
      channel.type(text);
      REQUIRE((*console)->poll_input());
      bench.settle();
      const auto answers = bench.answers(0);
      REQUIRE(answers.size() == 1);
      REQUIRE(answers[0].used_length == text.size());
      REQUIRE(std::equal(text.begin(), text.end(), answers[0].room.begin()));
    }
  }
}

TEST_CASE("BAL-01, RG-04: every style of driver gives pages, and keeps its statistics buffer") {
  for (const DriverStyle& style : driver_styles()) {
    CAPTURE(style.name());
    BenchMachine machine;
    VirtioBalloon balloon({.stats_interval_s = 1}, machine.events, [](GuestAddr, uint64_t) {});
    DeviceBench bench(machine, balloon, style);
    bench.start();
    Noise noise(9);
    constexpr GuestAddr kPage{0x600000};
    for (unsigned i = 0; i < 20; ++i) {
      machine.ram.write(kPage, uint64_t{1});
      const Bytes list = {0x01, 0x06, 0, 0, 0x00, 0x06, 0, 0, 0xff, 0xff, 0xff, 0xff};
      CHECK(bench.exchange(0, list, 0, &noise).used_length == 0);
      REQUIRE(*machine.ram.read<uint64_t>(kPage) == 0);
    }
    for (uint8_t i = 1; i < 5; ++i) {
      bench.submit(2, {4, 0, i, 0, 0, 0, 0, 0, 0, 0}, 0);
      machine.run_for(500'000'000);
      CHECK(balloon.stats()[4] == i);
      REQUIRE(bench.answers(2).empty());
      machine.run_for(600'000'000);
      REQUIRE(bench.answers(2).size() == 1);
    }
  }
}

TEST_CASE("VSK-01, RG-04: every style of driver has its packets answered") {
  for (const DriverStyle& style : driver_styles()) {
    if (style.legacy) continue;  // the type came after the legacy interface
    CAPTURE(style.name());
    TestVsockHost host;
    TestSocket& server = host.listeners[80];
    BenchMachine machine;
    VirtioVsock vsock(host, {.guest_cid = VsockRig::kCid});
    DeviceBench bench(machine, vsock, style);
    bench.start();
    Noise noise(11);
    const auto packet = [](VsockRig::Op op, std::string_view data) {
      auto header = VsockRig::header(op);
      header.length = static_cast<uint32_t>(data.size());
      Bytes bytes(44);
      std::memcpy(bytes.data(), &header, 44);
      bytes.insert(bytes.end(), data.begin(), data.end());
      return bytes;
    };
    bench.exchange(1, packet(VsockRig::Op::kRequest, ""), 0, &noise);
    CHECK(bench.exchange(0, {}, 100, &noise).used_length == 44);
    for (unsigned i = 0; i < 50; ++i) {
      const std::string text(1 + noise.below(60), static_cast<char>('a' + i % 26));
      bench.exchange(1, packet(VsockRig::Op::kData, text), 0, &noise);
      REQUIRE(server.received() == text);
      server.from_guest.clear();
      server.to_guest = {text};
      REQUIRE(vsock.poll_input());
      const Answer answer = bench.exchange(0, {}, 200, &noise);
      REQUIRE(answer.used_length == 44 + text.size());
      REQUIRE(std::equal(text.begin(), text.end(), answer.room.begin() + 44));
    }
  }
}

}  // namespace
}  // namespace vireo::testing
