#include <doctest/doctest.h>

#include "tests/unit/control/parse.h"

namespace vireo {
namespace {

const NetConfig& card_of(const CommandLine& line, size_t index) {
  return std::get<NetConfig>(line.config.virtio_devices.at(index).type);
}
const UserNetSpec& user_of(const CommandLine& line, size_t index = 0) {
  return std::get<UserNetSpec>(line.config.netdevs.at(index).type);
}
uint8_t last_byte(const CommandLine& line, size_t index) {
  return card_of(line, index).options.mac[5];
}

TEST_CASE("without options there is no network") {
  const auto line = parse_good({});
  CHECK(line.config.netdevs.empty());
  CHECK(line.config.virtio_devices.empty());
  CHECK(parse_good({"-nic", "none", "-net", "none"}).config.virtio_devices.empty());
}

TEST_CASE("-netdev and -device belong together by name") {
  const auto line = parse_good({"-netdev", "user,id=n0,hostfwd=tcp::2222-:22,hostfwd=udp::53-:53",
                                "-device", "virtio-net-pci,netdev=n0,mac=02:00:00:00:00:0a"});
  REQUIRE(line.config.netdevs.size() == 1);
  CHECK(line.config.netdevs[0].option == "-netdev user,id=n0");
  CHECK(user_of(line).host_forwards == std::vector<std::string>{"tcp::2222-:22", "udp::53-:53"});
  CHECK(card_of(line, 0).netdev == "n0");
  CHECK(card_of(line, 0).options.mac == std::array<uint8_t, 6>{2, 0, 0, 0, 0, 10});
  CHECK(line.notes.empty());
}

TEST_CASE("-nic makes a network and its card") {
  const auto line = parse_good({"-nic", "user,restrict=on,model=virtio-net-pci", "-nic", "user"});
  CHECK(user_of(line).restricted);
  CHECK(card_of(line, 0).netdev == line.config.netdevs[0].id);
  CHECK(card_of(line, 1).netdev == line.config.netdevs[1].id);
  CHECK(last_byte(line, 0) == 0x56);
  CHECK(last_byte(line, 1) == 0x57);
}

TEST_CASE("-net joins cards and networks in their order") {
  const auto line = parse_good({"-net", "nic,macaddr=02:00:00:00:00:01", "-net", "user", "-net",
                                "user,restrict=on", "-net", "nic,model=virtio"});
  CHECK(line.config.netdevs.size() == 2);
  CHECK(card_of(line, 0).netdev == line.config.netdevs[0].id);
  CHECK(card_of(line, 1).netdev == line.config.netdevs[1].id);
  CHECK(last_byte(line, 0) == 1);
  CHECK(last_byte(line, 1) == 0x57);
}

TEST_CASE("a card's properties have QEMU's names") {
  const auto line = parse_good({"-netdev", "user,id=n,queues=4", "-device",
                                "virtio-net-pci,netdev=n,mq=on,gso=off,mrg_rxbuf=off,host_mtu=9000,"
                                "rx_queue_size=512,speed=1000,duplex=half"});
  const VirtioNetOptions& net = card_of(line, 0).options;
  CHECK(net.mq);
  CHECK_FALSE(net.host_tso4);
  CHECK_FALSE(net.host_tso6);
  CHECK(net.guest_tso4);
  CHECK_FALSE(net.mrg_rxbuf);
  CHECK(net.host_mtu == 9000);
  CHECK(net.rx_queue_size == 512);
  CHECK(net.speed == 1000);
  CHECK_FALSE(net.full_duplex);
  CHECK(line.config.netdevs[0].queues == 4);
}

TEST_CASE("cables between machines") {
  const auto line = parse_good(
      {"-netdev", "socket,id=a,listen=:1234", "-netdev", "socket,id=b,connect=127.0.0.1:1234",
       "-netdev", "stream,id=c,server=on,addr.type=unix,addr.path=/tmp/s", "-netdev",
       "tap,id=d,ifname=tap0,script=no", "-device", "virtio-net,netdev=a", "-device",
       "virtio-net,netdev=b", "-device", "virtio-net,netdev=c", "-device", "virtio-net,netdev=d"});
  const auto& nets = line.config.netdevs;
  CHECK(std::get<StreamNetSpec>(nets[0].type) == StreamNetSpec{true, "", "1234", ""});
  CHECK(std::get<StreamNetSpec>(nets[1].type) == StreamNetSpec{false, "127.0.0.1", "1234", ""});
  CHECK(std::get<StreamNetSpec>(nets[2].type) == StreamNetSpec{true, "", "", "/tmp/s"});
  CHECK(std::get<TapSpec>(nets[3].type).interface == "tap0");
}

TEST_CASE("a network without a card is worth a note, a card without a network is not") {
  const auto line = parse_good({"-netdev", "user,id=n0", "-device", "virtio-net-pci"});
  REQUIRE(line.notes.size() == 1);
  CHECK(line.notes[0] ==
        "network 'n0' has no card and is not opened; add -device virtio-net-pci,netdev=n0");
}

TEST_CASE("what does not fit together is named") {
  CHECK(error_of({"-device", "virtio-net-pci,netdev=n"}) ==
        "-device virtio-net-pci: there is no network 'n'; give -netdev user,id=n");
  CHECK(error_of({"-netdev", "user,id=net0", "-device", "virtio-net-pci,netdev=net1"}) ==
        "-device virtio-net-pci: there is no network 'net1'; the nearest is 'net0'");
  CHECK(error_of({"-netdev", "user,id=n", "-device", "virtio-net,netdev=n", "-device",
                  "virtio-net,netdev=n"}) ==
        "-device virtio-net: network 'n' has a card already; give it one of its own");
  CHECK(error_of({"-netdev", "user,id=n", "-netdev", "user,id=n"}) ==
        "-netdev: id=n is given twice; choose another");
  CHECK(error_of({"-object", "filter-dump,id=f,netdev=n,file=x"}) ==
        "-object filter-dump: there is no network 'n'; give -netdev user,id=n");
}

TEST_CASE("bad networks are refused by name") {
  CHECK(error_of({"-netdev", "usr,id=n"}) ==
        "-netdev: unknown type 'usr'; the nearest is 'user' (list: -netdev help)");
  CHECK(error_of({"-netdev", "user"}) == "-netdev user: id= is missing, for netdev= of a -device");
  CHECK(error_of({"-netdev", "user,id=n,restrct=x"}) ==
        "-netdev user: unknown property 'restrct'; the nearest is 'restrict'");
  CHECK(error_of({"-netdev", "tap,id=n"}) ==
        "-netdev tap: ifname= is missing; it names a tap of the host");
  CHECK(error_of({"-netdev", "socket,id=n"}) == "-netdev socket: give one of listen= and connect=");
  CHECK(error_of({"-netdev", "socket,id=n,listen=12"}) ==
        "-netdev socket: '12' is not written as [ADDRESS]:PORT");
  CHECK(error_of({"-netdev", "stream,id=n,addr.type=unix"}) ==
        "-netdev stream: addr.path= is missing");
  CHECK(error_of({"-nic", "user,model=e1000"}) ==
        "-nic user: model=e1000 is not one of virtio, virtio-net-pci, virtio-net");
  CHECK(error_of({"-nic", "user,mac=1:2"}) ==
        "-nic user: mac=1:2 is no address such as 52:54:00:12:34:56");
  CHECK(error_of({"-device", "virtio-net-pci,mac=01:00:00:00:00:00"}) ==
        "-device virtio-net-pci: mac=01:00:00:00:00:00 is a multicast address; its first byte must "
        "be even");
}

TEST_CASE("a dump must not overwrite what the machine reads, nor another output") {
  CHECK(error_of({"-netdev", "user,id=n", "-object", "filter-dump,id=f,netdev=n,file=k"}) ==
        "file:k would overwrite a file that the machine reads; name another");
  CHECK(error_of({"-netdev", "user,id=n", "-serial", "file:out", "-object",
                  "filter-dump,id=f,netdev=n,file=out"}) ==
        "file:out is given to two outputs; use two files");
}

TEST_CASE("every network type prints its properties") {
  CHECK(parse_good({"-netdev", "help"}).print->find("stream") != std::string::npos);
  CHECK(parse_good({"-netdev", "user,help"}).print->find("hostfwd=") != std::string::npos);
  CHECK(parse_good({"-nic", "tap,help"}).print->find("model=") != std::string::npos);
  CHECK(parse_good({"-device", "virtio-net-pci,help"}).print->find("host_mtu=") !=
        std::string::npos);
}

}  // namespace
}  // namespace vireo
