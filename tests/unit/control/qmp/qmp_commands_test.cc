// What single commands return.
#include <cstdio>

#include "tests/unit/control/qmp/qmp_bench.h"

using namespace vireo;
using namespace vireo::testing;

namespace {

// A bench with a disk of 64 sectors on its root bus.
struct DiskBench : QmpBench {
  DiskBench() {
    auto image = std::make_shared<MemoryFile::State>();
    image->bytes.resize(64 * 512);
    host.images["disk.img"] = image;
    DriveConfig& drive = config.drives.emplace_back();
    drive.id = "d";
    drive.path = "disk.img";
    DriveConfig& spare = config.drives.emplace_back();
    spare.id = "spare";
    VirtioDeviceConfig& device = config.virtio_devices.emplace_back();
    device.id = "disk";
    device.model = "virtio-blk-pci";
    BlkConfig blk;
    blk.drive = "d";
    device.type = blk;
  }
};

std::string error_text(const Json& answer) { return answer.at("error").at("desc"); }

}  // namespace

TEST_CASE("qmp: query-block tells drives, what is in them and which device has them") {
  DiskBench bench;
  const Json all = bench.execute("query-block")["return"];
  REQUIRE(all.size() == 2);
  CHECK(all[0]["device"] == "d");
  CHECK(all[0]["qdev"] == "/machine/peripheral/disk");
  CHECK(all[0]["inserted"]["file"] == "disk.img");
  CHECK(all[0]["inserted"]["image"]["virtual-size"] == 64 * 512);
  CHECK(all[0]["inserted"]["cache"]["writeback"] == true);
  CHECK(all[1]["device"] == "spare");
  CHECK_FALSE(all[1].contains("inserted"));
  const Json stats = bench.execute("query-blockstats")["return"];
  REQUIRE(stats.size() == 1);
  CHECK(stats[0]["stats"]["rd_operations"] == 0);
}

TEST_CASE("qmp: query-block tells the units of the flash, as info block does") {
  DiskBench bench;
  for (unsigned unit = 0; unit < 2; ++unit) {
    DriveConfig& drive = bench.config.firmware.flash[unit].emplace();
    drive.id = fmt::format("pflash{}", unit);
    drive.path = fmt::format("{}.fd", drive.id);
    drive.read_only = unit == 0;
    bench.host.images[drive.path] = std::make_shared<MemoryFile::State>();
    bench.host.images[drive.path]->bytes.resize(8192);
  }
  bench.config.kernel.kernel_path.clear();
  const Json all = bench.execute("query-block")["return"];
  REQUIRE(all.size() == 4);
  CHECK(all[0]["device"] == "pflash0");
  CHECK(all[0]["qdev"] == "/machine/system.flash0");
  CHECK(all[0]["inserted"]["ro"] == true);
  CHECK(all[1]["inserted"]["file"] == "pflash1.fd");
  CHECK(all[1]["inserted"]["image"]["virtual-size"] == 8192);
  CHECK(all[2]["device"] == "d");
  const Json text =
      bench.execute("human-monitor-command", {{"command-line", "info block"}})["return"];
  CHECK(std::string(text).find("system.flash0: drive pflash0, pflash0.fd, read-only\r\n") == 0);
  CHECK(std::string(text).find("\nsystem.flash1: drive pflash1, pflash1.fd\r\n") !=
        std::string::npos);
}

TEST_CASE("qmp: query-pci tells functions, their BARs and what is behind bridges") {
  DiskBench bench;
  PciBridgeConfig& port = bench.config.pci_bridges.emplace_back();
  port.id = "port";
  const Json buses = bench.execute("query-pci")["return"];
  REQUIRE(buses.size() == 1);
  CHECK(buses[0]["bus"] == 0);
  bool disk = false, bridge = false;
  for (const Json& device : buses[0].at("devices")) {
    if (device["qdev_id"] == "disk") {
      disk = true;
      CHECK(device["id"]["vendor"] == 0x1af4);
      CHECK(device["class_info"]["class"] == 0x0100);
      CHECK(device["irq_pin"] == 1);
      CHECK(device["regions"].size() == 4);
      CHECK(device["regions"][0]["type"] == "io");
    }
    if (device.contains("pci_bridge")) {
      bridge = true;
      CHECK(device["pci_bridge"]["devices"].empty());
      CHECK(device["pci_bridge"]["bus"]["secondary"] == 1);
    }
  }
  CHECK(disk);
  CHECK(bridge);
}

TEST_CASE("qmp: query-cpus-fast counts threads, cores and sockets") {
  QmpBench bench;
  bench.config.topology = {2, 2, 1};
  const Json all = bench.execute("query-cpus-fast")["return"];
  REQUIRE(all.size() == 4);
  CHECK(all[3]["cpu-index"] == 3);
  CHECK(all[3]["props"] == Json{{"socket-id", 1}, {"core-id", 1}, {"thread-id", 0}});
}

TEST_CASE("qmp: devices are added by members of any simple type, with errors as -device's") {
  QmpBench bench;
  CHECK(error_text(bench.execute("device_add")) == "Parameter 'driver' is missing");
  CHECK(error_text(bench.execute("device_add", {{"driver", "virtio-rng-pci"}, {"id", {1}}})) ==
        "Parameter 'id' must be a string, number or boolean");
  CHECK(error_text(bench.execute("device_add", {{"driver", "virtio-rng-pci"}, {"max-bytez", 1}}))
            .find("max-bytez") != std::string::npos);
  CHECK(error_text(bench.execute("device_add",
                                 {{"driver", "virtio-blk-pci"}, {"drive", "a,b"}, {"id", "x"}}))
            .find("'a,b'") != std::string::npos);
}

TEST_CASE("qmp: the balloon, a display and a disk that are not there are errors") {
  QmpBench bench;
  CHECK(bench.execute("query-balloon")["error"]["class"] == "DeviceNotActive");
  CHECK(bench.execute("balloon", {{"value", 1 << 24}})["error"]["class"] == "DeviceNotActive");
  CHECK(bench.execute("screendump", {{"filename", "x"}})["error"]["class"] == "GenericError");
  CHECK(error_text(bench.execute("block_resize", {{"size", 1}})) ==
        "Parameter 'device' is missing");
  CHECK(bench.execute("block_resize", {{"device", "x"}, {"size", 512}}).contains("error"));
  CHECK(bench.execute("set_link", {{"name", "x"}, {"up", true}}).contains("error"));
}

TEST_CASE("qmp: a disk takes another size in bytes") {
  DiskBench bench;
  CHECK(bench.execute("block_resize", {{"node-name", "d"}, {"size", 128 * 512}}) ==
        Json{{"return", Json::object()}});
  CHECK(bench.execute("query-block")["return"][0]["inserted"]["image"]["virtual-size"] ==
        128 * 512);
}

TEST_CASE("qmp: the balloon takes a number of bytes and tells how much memory is left") {
  QmpBench bench;
  VirtioDeviceConfig& device = bench.config.virtio_devices.emplace_back();
  device.model = "virtio-balloon-pci";
  device.type = BalloonConfig{};
  CHECK(bench.execute("balloon", {{"value", 8 << 20}}) == Json{{"return", Json::object()}});
  CHECK(bench.execute("query-balloon")["return"]["actual"] == 16 << 20);
  CHECK(bench.execute("balloon", {{"value", 0}}).contains("error"));
}

TEST_CASE("qmp: keys by name reach the keyboard; others are errors") {
  QmpBench bench;
  const auto key = [](std::string_view name) { return Json{{"type", "qcode"}, {"data", name}}; };
  CHECK(bench.execute("send-key", {{"keys", Json::array({key("a")})}, {"hold-time", 5}})
            .contains("return"));
  CHECK(bench.machine->panel().core.ports.read(0x60, 1) == 0x1e);
  CHECK(bench.execute("send-key", {{"keys", Json::array({key("nokey")})}}).contains("error"));
  CHECK(error_text(bench.execute("send-key", {{"keys", Json::array({1})}})) ==
        "Parameter 'keys' must hold keys of type qcode");
  CHECK(error_text(bench.execute("send-key", {{"keys", "a"}})) ==
        "Parameter 'keys' must be of type array");
}

TEST_CASE("qmp: memory is saved, and what is no memory is not") {
  QmpBench bench;
  const std::string path = "qmp_commands_test.bin";
  CHECK(bench.execute("pmemsave", {{"val", 0x100000}, {"size", 2}, {"filename", path}})
            .contains("return"));
  CHECK(std::remove(path.c_str()) == 0);
  CHECK(bench
            .execute("memsave",
                     {{"val", 0x100000}, {"size", 2}, {"filename", path}, {"cpu-index", 1}})
            .contains("error"));
  CHECK(bench.execute("pmemsave", {{"val", UINT64_MAX}, {"size", 2}, {"filename", path}})
            .contains("error"));
  CHECK(std::remove(path.c_str()) != 0);
}

TEST_CASE("qmp: a ring buffer is read and written") {
  QmpBench bench;
  ChardevConfig& ring = bench.config.chardevs.emplace_back();
  ring.id = "ring";
  ring.spec.kind = ChannelSpec::Kind::kRing;
  ring.spec.ring_bytes = 4096;
  CHECK(bench.execute("ringbuf-write", {{"device", "ring"}, {"data", "abc"}}).contains("return"));
  CHECK(bench.execute("ringbuf-read", {{"device", "ring"}, {"size", 10}}).contains("return"));
  CHECK(bench.execute("ringbuf-read", {{"device", "none"}, {"size", 1}}).contains("error"));
  CHECK(bench.execute("ringbuf-read", {{"device", "ring"}, {"size", 1}, {"format", "base64"}})
            .contains("error"));
}

TEST_CASE("qmp: a disk's error is told with drive, operation and reason") {
  QmpBench bench;
  bench.say(kHello);
  bench.machine->panel().news.tell({.kind = MachineEvent::Kind::kBlockError,
                                    .name = "d",
                                    .detail = "write",
                                    .reason = "no room"});
  const Json event = bench.heard().at(0);
  CHECK(event["event"] == "BLOCK_IO_ERROR");
  CHECK(event["data"]["device"] == "d");
  CHECK(event["data"]["operation"] == "write");
  CHECK(event["data"]["reason"] == "no room");
}

TEST_CASE("qmp: changes of the balloon are told once in a second, and the latest one") {
  QmpBench bench;
  bench.say(kHello);
  const MachineEvents& news = bench.machine->panel().news;
  news.tell({.kind = MachineEvent::Kind::kBalloonChange, .bytes = 1});
  news.tell({.kind = MachineEvent::Kind::kBalloonChange, .bytes = 2});
  const auto told = bench.say("");
  REQUIRE(told.size() == 1);
  CHECK(told[0]["data"] == Json{{"actual", 2}});
  news.tell({.kind = MachineEvent::Kind::kBalloonChange, .bytes = 3});
  CHECK(bench.say("").empty());
}
