// Devices that come and go while the machine runs: what is refused.
#include "tests/unit/board/machine_bench.h"

using namespace vireo;
using namespace vireo::testing;

namespace {

VirtioDeviceConfig disk(const std::string& id, const std::string& drive) {
  VirtioDeviceConfig device;
  device.id = id;
  device.model = "virtio-blk-pci";
  BlkConfig blk;
  blk.drive = drive;
  device.type = blk;
  return device;
}

VirtioDeviceConfig card(const std::string& id, const std::string& bus,
                        const std::string& netdev = "") {
  VirtioDeviceConfig device;
  device.id = id;
  device.model = "virtio-net-pci";
  device.place.bus = bus;
  NetConfig net;
  net.netdev = netdev;
  device.type = net;
  return device;
}

// A machine with disk "one" on drive "a"; drive "b" waits for a device.
struct PlugBench : MachineBench {
  PlugBench() : MachineBench(GuestCode().hlt()) {
    for (const std::string id : {"a", "b"}) {
      auto image = std::make_shared<MemoryFile::State>();
      image->bytes.resize(64 * 512);
      host.images[id] = image;
      DriveConfig drive;
      drive.id = drive.path = id;
      config.drives.push_back(drive);
    }
    config.virtio_devices.push_back(disk("one", "a"));
    REQUIRE(build().ok());
  }
  const virtio_net::MacAddress& mac_of(const std::string& id) {
    const VirtioUnit* unit = machine->panel().virtio.find(id);
    REQUIRE(unit != nullptr);
    return std::get<NetConfig>(unit->config.type).options.mac;
  }
  std::string plug_error(const VirtioDeviceConfig& device) {
    const auto plugged = machine->panel().plug.plug(device);
    return plugged.ok() ? "" : plugged.error().message;
  }
};

}  // namespace

TEST_CASE("a drive is opened only when a device uses it") {
  PlugBench bench;
  CHECK(bench.host.opened.size() == 1);
}

TEST_CASE("a device that cannot be added is refused and changes nothing") {
  PlugBench bench;
  const uint64_t before = bench.machine->state_hash();
  CHECK(bench.plug_error(disk("", "b")) == "virtio-blk-pci: id= is missing; device_del needs it");
  CHECK(bench.plug_error(disk("one", "b")) == "virtio-blk-pci: id=one is in use; choose another");
  CHECK(bench.plug_error(disk("two", "a")) == "virtio-blk-pci: drive 'a' has a device already");
  CHECK(bench.plug_error(disk("two", "c")) ==
        "-device virtio-blk-pci: there is no drive 'c'; give -drive id=c,if=none,file=FILE");
  CHECK(bench.plug_error(disk("two", "b")) ==
        "bus pcie.0 does not change while the machine runs; use the bus of a -device "
        "pcie-root-port");
  CHECK(bench.machine->state_hash() == before);
}

TEST_CASE("only a device that is there and may go is removed") {
  PlugBench bench;
  HotPlug& plug = bench.machine->panel().plug;
  CHECK(plug.unplug("two").error().message == "there is no device 'two'");
  CHECK(plug.unplug("one").error().message ==
        "bus pcie.0 does not change while the machine runs; use the bus of a -device "
        "pcie-root-port");
}

// With a card on network "n" and three ports for others.
struct NetPlugBench : PlugBench {
  NetPlugBench() {
    machine.reset();
    host.networks["n"] = std::make_unique<SilentNetwork>();
    config.netdevs.push_back({"n", "-netdev user,id=n", 1, UserNetSpec{}});
    for (const std::string id : {"p1", "p2", "p3"}) {
      PciBridgeConfig port;
      port.model = "pcie-root-port";
      port.id = id;
      config.pci_bridges.push_back(port);
    }
    config.virtio_devices.push_back(card("first", "", "n"));
    REQUIRE(build().ok());
  }
};

TEST_CASE("a ROM without a register comes too late for firmware") {
  PlugBench bench;
  VirtioDeviceConfig late = disk("late", "b");
  late.romfile = "r";
  late.rom_bar = false;
  CHECK(bench.plug_error(late).find("virtio-blk-pci: rombar=off: firmware has looked") == 0);
}

TEST_CASE("a network has one card, and each card that comes an address of its own") {
  NetPlugBench bench;
  CHECK(bench.plug_error(card("second", "p1", "n")) ==
        "virtio-net-pci: network 'n' has a card already; give it one of its own");
  CHECK(bench.plug_error(card("second", "p1")).empty());
  CHECK(bench.plug_error(card("third", "p2")).empty());
  CHECK(bench.mac_of("first")[5] == 0x56);
  CHECK(bench.mac_of("second")[5] == 0x57);
  CHECK(bench.mac_of("third")[5] == 0x58);
  VirtioDeviceConfig chosen = card("fourth", "p3");
  std::get<NetConfig>(chosen.type).mac_chosen = true;
  CHECK(bench.plug_error(chosen).empty());
  CHECK(bench.mac_of("fourth")[5] == 0x56);
}
