// Packets of gdb's remote serial protocol on the wire (GDB manual, appendix E.1 "Overview").
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace vireo {

// What a packet may hold, as told to the client; longer ones are not kept.
inline constexpr size_t kMaxGdbPacket = 16384;

// Takes bytes one by one. What stands outside of packets and means nothing is passed over.
class PacketReader {
 public:
  enum class Event : uint8_t {
    kNone,
    kPacket,   // whole and right: packet()
    kDamaged,  // the checksum is wrong
    kTooLong,
    kNack,       // the client asks for the last packet again
    kInterrupt,  // Ctrl-C, between packets
  };
  Event feed(uint8_t byte);
  // The contents, escapes undone; until the next feed().
  const std::string& packet() const { return packet_; }

 private:
  Event outside(uint8_t byte);
  void inside(uint8_t byte);
  Event finish();

  enum class Place : uint8_t { kOutside, kInside, kEscaped, kFirstDigit, kSecondDigit };
  Place place_ = Place::kOutside;
  std::string packet_;
  bool too_long_ = false;
  uint8_t sum_ = 0;  // of the bytes as sent
  unsigned digits_ = 0;
  bool digits_good_ = true;
};

// "$...#xx" with what must be escaped.
std::string make_gdb_packet(std::string_view contents);

}  // namespace vireo
