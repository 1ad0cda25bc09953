// Net, console, rng and 9p with drivers of every style (split and packed rings, legacy and
// modern, direct and indirect, in order or not), their buffers cut at random: row RG-04.
#include <doctest/doctest.h>

#include <numeric>

#include "tests/unit/virtio/console_rig.h"
#include "tests/unit/virtio/device_bench.h"
#include "tests/unit/virtio/net/net_bench.h"
#include "tests/unit/virtio/p9_bench.h"
#include "virtio/p9/p9_device.h"
#include "virtio/rng/rng_device.h"

namespace vireo::testing {
namespace {

constexpr int kRounds = 40;

// Calls `body(style, noise)` once for each style.
template <typename Body>
void in_every_style(Body body) {
  for (const DriverStyle& style : driver_styles()) {
    CAPTURE(style.name());
    Noise noise(11);
    body(style, noise);
  }
}

struct NetRig {
  static constexpr uint64_t kMergeable = feature_bit(15);

  NetRig(const DriverStyle& style, uint64_t wanted) : bench(machine, *device, style) {
    bench.start(wanted);
    const bool long_header = !style.legacy || (wanted & kMergeable) != 0;
    header = long_header ? 12 : 10;
  }
  // A broadcast frame of `length` bytes.
  static Bytes frame(uint32_t length) {
    Bytes bytes(length);
    std::iota(bytes.begin(), bytes.end(), uint8_t{0});
    std::fill_n(bytes.begin(), 6, uint8_t{0xff});
    return bytes;
  }
  std::vector<Answer> receive(const Bytes& bytes) {
    net.arrive(bytes);
    device->poll_input();
    bench.settle();
    return bench.answers(0);
  }

  BenchMachine machine;
  MemoryNet net;
  std::unique_ptr<VirtioNet> device = std::move(*VirtioNet::create(net, {}));
  DeviceBench bench;
  size_t header = 12;
};

TEST_CASE("RG-04, NET-01, NET-06, LG-11: frames go out whole, however header and frame are cut") {
  in_every_style([](const DriverStyle& style, Noise& noise) {
    for (const uint64_t wanted : {~uint64_t{0}, ~NetRig::kMergeable}) {
      NetRig rig(style, wanted);
      for (int i = 0; i < kRounds; ++i) {
        const Bytes frame = NetRig::frame(60 + noise.below(1400));
        Bytes request(rig.header);
        request.insert(request.end(), frame.begin(), frame.end());
        const Answer answer = rig.bench.exchange(1, request, 0, &noise);
        CHECK(answer.used_length == 0);
        REQUIRE(rig.net.sent.size() == static_cast<size_t>(i + 1));
        REQUIRE(rig.net.sent.back() == frame);
      }
    }
  });
}

TEST_CASE("RG-04, NET-02, LG-11: a frame is received whole, however its buffer is cut") {
  in_every_style([](const DriverStyle& style, Noise& noise) {
    for (const uint64_t wanted : {~uint64_t{0}, ~NetRig::kMergeable}) {
      NetRig rig(style, wanted);
      for (int i = 0; i < kRounds; ++i) {
        const Bytes frame = NetRig::frame(60 + noise.below(1400));
        rig.bench.submit(0, {}, 2048, &noise);
        const auto answers = rig.receive(frame);
        REQUIRE(answers.size() == 1);
        CHECK(answers[0].used_length == rig.header + frame.size());
        const auto begin = answers[0].room.begin() + static_cast<ptrdiff_t>(rig.header);
        REQUIRE(Bytes(begin, begin + static_cast<ptrdiff_t>(frame.size())) == frame);
      }
    }
  });
}

TEST_CASE("NET-02, NET-03: a frame that needs more buffers than there are waits for them") {
  in_every_style([](const DriverStyle& style, Noise&) {
    NetRig rig(style, ~uint64_t{0});
    const Bytes frame = NetRig::frame(1500);
    for (int round = 0; round < 20; ++round) {
      rig.bench.submit(0, {}, 600);
      rig.bench.submit(0, {}, 600);
      CHECK(rig.receive(frame).empty());

      rig.bench.submit(0, {}, 600);
      rig.bench.settle();

      const auto answers = rig.bench.answers(0);
      REQUIRE(answers.size() == 3);
      CHECK(answers[0].room[10] == 3);
      Bytes received;
      for (const Answer& a : answers) {
        received.insert(received.end(), a.room.begin(), a.room.begin() + a.used_length);
      }
      CHECK(Bytes(received.begin() + 12, received.end()) == frame);
    }
  });
}

TEST_CASE("RG-04, CON-01: a console's text goes both ways, however it is cut") {
  in_every_style([](const DriverStyle& style, Noise& noise) {
    BenchMachine machine;
    TestChannel channel;
    auto made = VirtioConsole::create(
        {.max_ports = 1}, {{.number = 0, .console = true, .name = {}, .channel = &channel}});
    REQUIRE(made.ok());
    DeviceBench bench(machine, **made, style);
    bench.start();
    const std::string text = "what is said goes out as it was said";
    for (int i = 0; i < kRounds; ++i) {
      channel.out.clear();
      bench.exchange(1, Bytes(text.begin(), text.end()), 0, &noise);
      REQUIRE(channel.out == text);

      bench.submit(0, {}, 64, &noise);
      channel.type(text);
      (*made)->poll_input();
      bench.settle();
      const auto answers = bench.answers(0);
      REQUIRE(answers.size() == 1);
      REQUIRE(answers[0].used_length == text.size());
      REQUIRE(std::string(answers[0].room.begin(), answers[0].room.begin() + text.size()) == text);
    }
  });
}

TEST_CASE("RG-04, RG-05, RNG-01: random bytes fill a buffer exactly, however it is cut") {
  in_every_style([](const DriverStyle& style, Noise& noise) {
    BenchMachine machine;
    VirtioRng rng(std::make_unique<SeededEntropy>(1), {}, machine.events);
    DeviceBench bench(machine, rng, style);
    bench.start();
    Bytes last;
    for (int i = 0; i < kRounds; ++i) {
      const Answer answer = bench.exchange(0, {}, 64, &noise);
      CHECK(answer.used_length == 64);
      CHECK(answer.room != last);
      last = answer.room;
    }
  });
}

TEST_CASE("RG-04, RG-05, P9-01: a 9p answer has its own length, however it is cut") {
  in_every_style([](const DriverStyle& style, Noise& noise) {
    BenchMachine machine;
    MemoryTree tree;
    auto made = VirtioP9::create(tree, {.mount_tag = "share"}, [] { return FileTime{}; });
    REQUIRE(made.ok());
    DeviceBench bench(machine, **made, style);
    bench.start();
    const auto request = P9Message(Type::kVersion, 0xffff).u32(8192).str("9P2000.L").finish();
    const auto* data = reinterpret_cast<const uint8_t*>(request.data());
    for (int i = 0; i < kRounds; ++i) {
      const Answer answer = bench.exchange(0, Bytes(data, data + request.size()), 64, &noise);
      REQUIRE(answer.used_length == 21);
      CHECK(answer.room[0] == 21);
      CHECK(answer.room[4] == static_cast<uint8_t>(Type::kVersion) + 1);
      CHECK(answer.room[21] == DeviceBench::kUnwritten);
    }
  });
}

}  // namespace
}  // namespace vireo::testing
