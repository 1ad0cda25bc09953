// -device pcie-root-port, pci-bridge and pcie-pci-bridge.
#include "tests/unit/control/parse.h"

namespace vireo {
namespace {

TEST_CASE("bridges keep their order, buses and slots") {
  const MachineConfig config =
      parse_good({"-device", "pcie-root-port,id=p,addr=4.1,slot=7,port=3,chassis=2,hotplug=off",
                  "-device", "pcie-pci-bridge,id=legs,bus=p", "-device",
                  "pci-bridge,id=deep,bus=legs,addr=1f,chassis_nr=1"})
          .config;
  REQUIRE(config.pci_bridges.size() == 3);
  const PciBridgeConfig& port = config.pci_bridges[0];
  CHECK(port.kind == PciBridgeKind::kRootPort);
  CHECK(port.place.slot == PciSlot{4, 1});
  CHECK(port.slot == 7);
  CHECK(port.port == 3);
  CHECK_FALSE(port.hotplug);
  CHECK(config.pci_bridges[1].kind == PciBridgeKind::kExpressToConventional);
  CHECK(config.pci_bridges[1].place.bus == "p");
  CHECK(config.pci_bridges[2].place.slot == PciSlot{0x1f, 0});
}

TEST_CASE("ports and bridges keep address space for later") {
  const MachineConfig config =
      parse_good({"-device", "pcie-root-port,id=p,bus-reserve=3,mem-reserve=8M,pref64-reserve=4G",
                  "-device", "pci-bridge,id=b,io-reserve=4K,pref32-reserve=1M"})
          .config;
  const BridgeReservation& port = config.pci_bridges[0].reservation;
  CHECK(port.buses == 3);
  CHECK(port.memory == 8 << 20);
  CHECK(port.prefetchable64 == uint64_t{4} << 30);
  CHECK(port.prefetchable32 == UINT32_MAX);
  CHECK(config.pci_bridges[1].reservation.io == 4096);
  CHECK(error_of({"-device", "pci-bridge,id=b,pref32-reserve=1M,pref64-reserve=1M"}) ==
        "-device pci-bridge: give one of pref32-reserve= and pref64-reserve=");
}

TEST_CASE("a bridge needs a name of its own, as devices do") {
  CHECK(error_of({"-device", "pci-bridge"}) ==
        "-device pci-bridge: id= is missing; devices name it by bus=");
  CHECK(error_of({"-device", "pci-bridge,id=a", "-device", "pcie-root-port,id=a"}) ==
        "-device: id=a is given twice; choose another");
  CHECK(error_of({"-device", "pci-bridge,id=a,addr=5", "-device", "pci-bridge,id=b,addr=5"}) ==
        "-device: addr=5.0 is given twice; choose another place");
}

}  // namespace
}  // namespace vireo
