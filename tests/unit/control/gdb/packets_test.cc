#include "machine/control/gdb/packets.h"

#include <doctest/doctest.h>

#include <vector>

#include "machine/control/gdb/hex.h"

namespace vireo {
namespace {

using Event = PacketReader::Event;

std::vector<Event> feed(PacketReader& reader, std::string_view bytes) {
  std::vector<Event> events;
  for (const char c : bytes) {
    const Event event = reader.feed(static_cast<uint8_t>(c));
    if (event != Event::kNone) events.push_back(event);
  }
  return events;
}

TEST_CASE("packets are read whatever stands between them") {
  PacketReader reader;
  CHECK(feed(reader, "+junk$m0,4#fd") == std::vector{Event::kPacket});
  CHECK(reader.packet() == "m0,4");
  CHECK(feed(reader, "\x03-+$?#3F") ==
        std::vector{Event::kInterrupt, Event::kNack, Event::kPacket});
  CHECK(reader.packet() == "?");
}

TEST_CASE("a wrong checksum and one that is no number are damage") {
  PacketReader reader;
  CHECK(feed(reader, "$?#40") == std::vector{Event::kDamaged});
  CHECK(feed(reader, "$?#x3") == std::vector{Event::kDamaged});
  CHECK(feed(reader, "$?#3x") == std::vector{Event::kDamaged});
}

TEST_CASE("any bytes come through a packet") {
  std::string all;
  for (int c = 0; c < 256; ++c) all.push_back(static_cast<char>(c));
  PacketReader reader;
  CHECK(feed(reader, make_gdb_packet(all)) == std::vector{Event::kPacket});
  CHECK(reader.packet() == all);
}

TEST_CASE("a packet has a bound") {
  PacketReader reader;
  const std::string longest(kMaxGdbPacket, 'a');
  CHECK(feed(reader, make_gdb_packet(longest)) == std::vector{Event::kPacket});
  CHECK(feed(reader, make_gdb_packet(longest + "a")) == std::vector{Event::kTooLong});
  CHECK(reader.packet().size() == kMaxGdbPacket);
}

TEST_CASE("numbers of a packet are of 64 bits") {
  PacketText text("ffffffffffffffff,10000000000000000");
  CHECK(text.number() == ~uint64_t{0});
  CHECK(text.take(','));
  CHECK_FALSE(text.number());
  CHECK(text.rest() == "10000000000000000");
  CHECK_FALSE(PacketText("").number());
}

TEST_CASE("bytes as digits") {
  CHECK(to_hex("az") == "617a");
  CHECK(from_hex("617A")->size() == 2);
  CHECK_FALSE(from_hex("617"));
  CHECK_FALSE(from_hex("6g"));
}

TEST_CASE("a text is taken apart") {
  PacketText text("s:1;c");
  PacketText first(text.until(';'));
  CHECK(first.take('s'));
  CHECK(first.rest() == ":1");
  CHECK(text.until(';') == "c");
  CHECK(text.empty());
}

}  // namespace
}  // namespace vireo
