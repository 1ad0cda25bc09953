#include "tests/unit/virtio/net/frames.h"
#include "tests/unit/virtio/net/net_bench.h"

namespace vireo {
namespace {

using namespace virtio_net;
using testing::Bytes;
using testing::NetBench;

constexpr uint8_t kOk = 0;
constexpr uint8_t kError = 1;

Bytes le16(uint16_t value) {
  return {static_cast<uint8_t>(value), static_cast<uint8_t>(value >> 8)};
}
Bytes le64(uint64_t value) {
  Bytes bytes;
  for (int i = 0; i < 8; ++i) bytes.push_back(static_cast<uint8_t>(value >> 8 * i));
  return bytes;
}

struct FourPairs : NetBench {
  FourPairs() : NetBench({.mq = true, .queues = 4}) {}
};

// Whether a frame to this address gets through.
bool gets(NetBench& bench, const Bytes& frame) {
  bench.post(1, 1526);
  bench.net.arrive(frame);
  bench.deliver();
  return bench.received().has_value();
}
const Bytes kUnicast = testing::plain_frame({0x52, 0x54, 0, 0, 0, 9});
const Bytes kMulticast = testing::plain_frame({0x33, 0x33, 0, 0, 0, 1});
const Bytes kBroadcast = testing::plain_frame({0xff, 0xff, 0xff, 0xff, 0xff, 0xff});

Bytes tables(const std::vector<Bytes>& unicast, const std::vector<Bytes>& multicast) {
  Bytes payload;
  for (const auto& table : {unicast, multicast}) {
    const auto count = static_cast<uint32_t>(table.size());
    for (int i = 0; i < 4; ++i) payload.push_back(static_cast<uint8_t>(count >> 8 * i));
    for (const Bytes& address : table)
      payload.insert(payload.end(), address.begin(), address.end());
  }
  return payload;
}

TEST_CASE_FIXTURE(NetBench, "NET-07: at first the card's own address and broadcasts get through") {
  CHECK(gets(*this, testing::card_frame()));
  CHECK(gets(*this, kBroadcast));
  CHECK_FALSE(gets(*this, kUnicast));
  CHECK_FALSE(gets(*this, kMulticast));
}

TEST_CASE_FIXTURE(NetBench, "NET-07: a driver without CTRL_RX gets everything") {
  host.bits &= ~kCtrlRx;
  CHECK(gets(*this, kUnicast));
  CHECK(gets(*this, kMulticast));
}

TEST_CASE_FIXTURE(NetBench, "NET-07: the modes of class RX") {
  CHECK(control(0, 0, {1}) == kOk);
  CHECK(gets(*this, kUnicast));
  CHECK(gets(*this, kMulticast));
  CHECK(control(0, 0, {0}) == kOk);
  CHECK(control(0, 1, {1}) == kOk);
  CHECK_FALSE(gets(*this, kUnicast));
  CHECK(gets(*this, kMulticast));
  CHECK(control(0, 2, {1}) == kOk);
  CHECK(gets(*this, kUnicast));
  CHECK(control(0, 3, {1}) == kOk);
  CHECK_FALSE(gets(*this, kMulticast));
  CHECK(control(0, 4, {1}) == kOk);
  CHECK_FALSE(gets(*this, testing::card_frame()));
  CHECK(control(0, 5, {1}) == kOk);
  CHECK_FALSE(gets(*this, kBroadcast));
}

TEST_CASE_FIXTURE(NetBench, "NET-07: the address tables") {
  CHECK(control(1, 0, tables({{0x52, 0x54, 0, 0, 0, 9}}, {{0x33, 0x33, 0, 0, 0, 1}})) == kOk);
  CHECK(gets(*this, kUnicast));
  CHECK(gets(*this, kMulticast));

  CHECK(control(1, 0, tables({}, {})) == kOk);
  CHECK_FALSE(gets(*this, kUnicast));
}

TEST_CASE_FIXTURE(NetBench, "NET-07: a table that is too long to keep lets all of its kind pass") {
  const std::vector<Bytes> many(RxFilter::kMaxAddresses + 1, {0x33, 0x33, 1, 1, 1, 1});
  CHECK(control(1, 0, tables({}, many)) == kOk);

  CHECK(gets(*this, kMulticast));
  CHECK_FALSE(gets(*this, kUnicast));
}

TEST_CASE_FIXTURE(NetBench, "NET-07: tables that contradict their length are refused") {
  Bytes payload = tables({{2, 0, 0, 0, 0, 1}}, {});
  payload[0] = 2;
  CHECK(control(1, 0, payload) == kError);
  payload[0] = payload[1] = payload[2] = payload[3] = 0xff;
  CHECK(control(1, 0, payload) == kError);
  CHECK(control(1, 0, {0, 0, 0}) == kError);
  CHECK(control(1, 0, Bytes(9)) == kError);
}

TEST_CASE_FIXTURE(NetBench, "NET-07, NET-09: a new address shows in the configuration") {
  CHECK(control(1, 1, {0x52, 0x54, 0, 0, 0, 9}) == kOk);

  CHECK(config().mac == MacAddress{0x52, 0x54, 0, 0, 0, 9});
  CHECK(gets(*this, kUnicast));
  CHECK_FALSE(gets(*this, testing::card_frame()));
}

TEST_CASE_FIXTURE(NetBench, "NET-07: VLANs") {
  Bytes tagged = testing::card_frame(64);
  testing::put16(tagged, 12, 0x8100);
  testing::put16(tagged, 14, 0x6005);  // priority 3, id 5
  CHECK_FALSE(gets(*this, tagged));
  CHECK(control(2, 0, le16(5)) == kOk);
  CHECK(gets(*this, tagged));
  CHECK(control(2, 1, le16(5)) == kOk);
  CHECK_FALSE(gets(*this, tagged));
  CHECK(control(2, 0, le16(4096)) == kError);

  host.bits &= ~kCtrlVlan;
  CHECK(gets(*this, tagged));
  CHECK(control(2, 0, le16(5)) == kError);
}

TEST_CASE_FIXTURE(FourPairs, "NET-07: the number of queue pairs is 1 to what the card has") {
  CHECK(config().max_pairs == 4);
  CHECK(control(4, 0, le16(4)) == kOk);
  CHECK(host.ready[6] == 1);
  CHECK(control(4, 0, le16(0)) == kError);
  CHECK(control(4, 0, le16(5)) == kError);
  CHECK(control(4, 1, Bytes(40)) == kError);  // RSS is not offered
}

TEST_CASE_FIXTURE(NetBench, "NET-07: offloads can be switched within what was negotiated") {
  post(8, 1526);
  CHECK(control(5, 0, le64(0)) == kOk);
  net.arrive(testing::tcp_frame({.sequence = 1000}));
  net.arrive(testing::tcp_frame({.sequence = 1100}));
  deliver();
  CHECK(received()->header.gso_type == kGsoNone);
  CHECK(received().has_value());

  CHECK(control(5, 0, le64(kGuestCsum | kGuestTso4)) == kOk);
  CHECK(control(5, 0, le64(kCsum)) == kError);
  host.bits &= ~kGuestTso6;
  CHECK(control(5, 0, le64(kGuestCsum | kGuestTso6)) == kError);
}

TEST_CASE_FIXTURE(NetBench,
                  "NET-07: frames prepared for offloads are not given to who gave them up") {
  post(8, 1526);
  net.arrive(testing::tcp_frame({.sequence = 1000}));
  net.arrive(testing::tcp_frame({.sequence = 1100}));
  net.arrive(testing::card_frame());
  card->poll_input();

  control(5, 0, le64(0));
  serve(0);

  CHECK(received()->bytes == testing::card_frame());
}

TEST_CASE_FIXTURE(NetBench, "NET-07: unknown, short and unnegotiated commands get an error") {
  CHECK(control(9, 0, {1}) == kError);
  CHECK(control(0, 6, {1}) == kError);
  CHECK(control(0, 0, {}) == kError);
  CHECK(control(0, 0, {1, 1}) == kError);
  CHECK(control(1, 1, Bytes(5)) == kError);
  CHECK(control(1, 2, Bytes(6)) == kError);
  CHECK(control(2, 2, le16(1)) == kError);
  CHECK(control(2, 0, {1}) == kError);
  CHECK(control(3, 1, {}) == kError);
  CHECK(control(4, 0, le16(1)) == kError);  // MQ is off
  CHECK(control(5, 0, {1}) == kError);
  host.bits &= ~(kCtrlRx | kCtrlRxExtra | kCtrlMacAddr | kGuestAnnounce | kCtrlGuestOffloads);
  CHECK(control(0, 0, {1}) == kError);
  CHECK(control(0, 2, {1}) == kError);
  CHECK(control(1, 0, tables({}, {})) == kError);
  CHECK(control(1, 1, Bytes(6)) == kError);
  CHECK(control(3, 0, {}) == kError);
  CHECK(control(5, 0, le64(0)) == kError);
}

TEST_CASE_FIXTURE(NetBench, "RG-39: a command without room for its answer comes back empty") {
  rings[2].offer(rings[2].chain({{kControl, 3, false}}));
  serve(2);
  CHECK(rings[2].used_idx() == 1);
  CHECK(rings[2].used(0).length == 0);

  ram.write(GuestAddr{kControl}, uint8_t{0});
  rings[2].offer(rings[2].chain({{kControl, 1, false}, {kControl + 0x1000, 1, true}}));
  serve(2);
  CHECK(rings[2].used(1).length == 1);
  CHECK(*ram.read<uint8_t>(GuestAddr{kControl + 0x1000}) == kError);
}

TEST_CASE_FIXTURE(NetBench, "NET-07: a payload too long for any command is not even read") {
  std::vector<testing::Piece> pieces{{kControl, 2, false}};
  for (int i = 0; i < 17; ++i) pieces.push_back({0x40000, 4096, false});
  pieces.push_back({kControl + 0x1000, 1, true});
  rings[2].offer(rings[2].chain(pieces));

  serve(2);

  CHECK(*ram.read<uint8_t>(GuestAddr{kControl + 0x1000}) == kError);
}

TEST_CASE_FIXTURE(FourPairs, "NET-08: the control queue is the last with MQ, else the third") {
  CHECK(card->queue_count() == 9);
  CHECK(control(0, 0, {1}) == kOk);  // queue 8
  host.bits &= ~kMultiQueue;
  CHECK(control(0, 0, {1}) == kOk);  // queue 2
  rings[8].offer(rings[8].chain({{kControl, 3, false}, {kControl + 0x1000, 1, true}}));
  const uint16_t before = rings[8].used_idx();
  CHECK(serve(8) == QueueWork::kPaused);
  CHECK(rings[8].used_idx() == before);
}

TEST_CASE_FIXTURE(FourPairs, "frames go where their flow was last sent from") {
  control(4, 0, le16(4));
  const testing::TcpSpec out{.to_card = false, .source = 40000, .destination = 80};
  const Bytes in = testing::tcp_frame({.source = 80, .destination = 40000});
  for (const unsigned pair : {2u, 0u, 3u}) {
    transmit(testing::tcp_frame(out), {}, 2 * pair + 1);
    host.ready.clear();
    net.arrive(in);
    card->poll_input();
    CHECK(host.ready.size() == 1);
    CHECK(host.ready.count(2 * pair) == 1);
    post(1, 1526, 2 * pair);
    serve(2 * pair);
  }
}

TEST_CASE_FIXTURE(FourPairs, "flows spread over the pairs, always in the same way") {
  control(4, 0, le16(4));
  host.ready.clear();
  for (uint16_t port = 1000; port < 1100; ++port) {
    net.arrive(testing::tcp_frame({.destination = port}));
  }
  card->poll_input();

  CHECK(host.ready.size() == 4);
}

TEST_CASE_FIXTURE(FourPairs, "one pair is in use until the driver asks for more") {
  transmit(testing::plain_frame({1, 2, 3, 4, 5, 6}), {}, 3);
  CHECK(net.sent.empty());

  control(4, 0, le16(2));
  serve(3);

  CHECK(net.sent.size() == 1);
}

TEST_CASE_FIXTURE(FourPairs, "NET-09: a reset empties the filters and leaves one pair") {
  control(0, 0, {1});
  control(4, 0, le16(4));
  control(1, 1, {2, 0, 0, 0, 0, 9});
  control(5, 0, le64(0));

  card->reset();

  CHECK(config().mac == MacAddress{0x52, 0x54, 0x00, 0x12, 0x34, 0x56});
  CHECK_FALSE(gets(*this, kUnicast));
  net.arrive(testing::tcp_frame({.sequence = 1000}));
  net.arrive(testing::tcp_frame({.sequence = 1100}));
  post(4, 1526);
  deliver();
  CHECK(received()->header.gso_type == kGsoTcp4);
}

TEST_CASE_FIXTURE(NetBench,
                  "NET-09: the address is the legacy driver's to write, not the modern one's") {
  const auto bytes = std::array{std::byte{2}, std::byte{3}};
  card->write_config(0, bytes);
  CHECK(config().mac[0] == 0x52);

  host.legacy = true;
  card->write_config(4, bytes);
  CHECK(config().mac == MacAddress{0x52, 0x54, 0x00, 0x12, 2, 3});
}

TEST_CASE_FIXTURE(NetBench, "NET-10: the link's state is in the configuration, a change is told") {
  CHECK(config().status == 1);
  card->set_link(true);
  CHECK(host.config_changes == 0);

  card->set_link(false);
  CHECK(config().status == 0);
  CHECK(host.config_changes == 1);
  CHECK_FALSE(gets(*this, testing::card_frame()));
  transmit(testing::plain_frame({1, 2, 3, 4, 5, 6}));
  CHECK(net.sent.empty());
  CHECK(rings[1].used_idx() == 1);

  card->set_link(true);
  CHECK(host.config_changes == 2);
  CHECK(gets(*this, testing::card_frame()));
}

TEST_CASE_FIXTURE(NetBench, "NET-10: the driver is asked to announce itself until it says it did") {
  card->announce();
  CHECK(config().status == 3);
  CHECK(host.config_changes == 1);

  CHECK(control(3, 0, {}) == kOk);

  CHECK(config().status == 1);
}

TEST_CASE("NET-10: speed and duplex are told when they are known, 1 is full") {
  NetBench bench({.speed = 1000});
  CHECK(bench.config().speed == 1000);
  CHECK(bench.config().duplex == 1);
  CHECK((bench.card->device_features() & kSpeedDuplex) != 0);
  CHECK_FALSE((NetBench().card->device_features() & kSpeedDuplex) != 0);
}

TEST_CASE("the configuration ends with the last field that a feature needs") {
  CHECK(NetBench({.status = false}).card->config_size() == 6);
  CHECK(NetBench().card->config_size() == 8);
  CHECK(NetBench({.mq = true, .queues = 2}).card->config_size() == 10);
  CHECK(NetBench({.host_mtu = 9000}).card->config_size() == 12);
  CHECK(NetBench({.speed = 10}).card->config_size() == 17);
  CHECK(NetBench({.host_mtu = 9000}).config().mtu == 9000);
}

TEST_CASE("features that need another are not offered without it") {
  CHECK((NetBench({.csum = false}).card->device_features() & (kHostTso4 | kHostTso6 | kHostEcn)) ==
        0);
  CHECK((NetBench({.guest_csum = false}).card->device_features() & kOffloadMask) == 0);
  CHECK((NetBench({.ctrl_vq = false}).card->device_features() &
         (kCtrlRx | kCtrlRxExtra | kCtrlVlan | kCtrlMacAddr | kGuestAnnounce | kMultiQueue)) == 0);
  CHECK(NetBench({.ctrl_vq = false}).card->queue_count() == 2);
}

TEST_CASE("options out of range are refused by name") {
  testing::MemoryNet net;
  const auto refused = [&](const VirtioNetOptions& options) {
    const auto made = VirtioNet::create(net, options);
    return made.ok() ? std::string() : made.error().message;
  };
  CHECK(refused({.rx_queue_size = 100}).find("rx_queue_size=100") == 0);
  CHECK(refused({.tx_queue_size = 2048}).find("tx_queue_size=2048") == 0);
  CHECK(refused({.queues = 65}).find("queues=65") == 0);
  CHECK(refused({.ctrl_vq = false, .mq = true}).find("mq=on") == 0);
  CHECK(refused({.host_mtu = 67}).find("host_mtu=67") == 0);
  CHECK(refused({.mac = {1, 2, 3, 4, 5, 6}}).find("mac=") == 0);
}

TEST_CASE_FIXTURE(FourPairs, "a loaded card goes on where the saved one stood") {
  control(0, 1, {1});
  control(1, 0, tables({{2, 0, 0, 0, 0, 9}}, {}));
  control(2, 0, le16(77));
  control(4, 0, le16(3));
  control(5, 0, le64(kGuestCsum));
  transmit(testing::tcp_frame({.to_card = false}), {}, 5);
  net.arrive(testing::card_frame(200));
  net.arrive(testing::tcp_frame(), {.checksum_valid = true});
  card->poll_input();
  card->set_link(true);
  card->announce();
  Archive saved = Archive::saver();
  card->visit(saved);

  card->reset();
  card->set_link(false);
  Archive loader = Archive::loader(saved.bytes());
  card->visit(loader);
  REQUIRE(loader.ok());
  CHECK(loader.at_end());

  Archive again = Archive::saver();
  card->visit(again);
  CHECK(again.bytes() == saved.bytes());
  CHECK(config().status == 3);
}

TEST_CASE_FIXTURE(NetBench, "a damaged snapshot is refused") {
  Archive saved = Archive::saver();
  card->visit(saved);
  for (const size_t cut : {size_t{0}, size_t{7}, saved.bytes().size() - 1}) {
    auto bytes = saved.bytes();
    bytes.resize(cut);
    Archive loader = Archive::loader(std::move(bytes));
    card->visit(loader);
    CHECK_FALSE(loader.ok());
  }
}

}  // namespace
}  // namespace vireo
