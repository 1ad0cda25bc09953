#include "machine/control/gdb/packets.h"

#include <fmt/format.h>

#include "machine/control/gdb/hex.h"

namespace vireo {
namespace {

constexpr uint8_t kEscape = '}', kEscapeBit = 0x20, kBreak = 0x03;

bool needs_escape(char c) { return c == '#' || c == '$' || c == '}' || c == '*'; }

}  // namespace

PacketReader::Event PacketReader::outside(uint8_t byte) {
  if (byte == kBreak) return Event::kInterrupt;
  if (byte == '-') return Event::kNack;
  if (byte != '$') return Event::kNone;
  place_ = Place::kInside;
  packet_.clear();
  too_long_ = false;
  sum_ = 0;
  return Event::kNone;
}

void PacketReader::inside(uint8_t byte) {
  sum_ = static_cast<uint8_t>(sum_ + byte);
  if (place_ == Place::kEscaped) {
    byte ^= kEscapeBit;
    place_ = Place::kInside;
  } else if (byte == kEscape) {
    place_ = Place::kEscaped;
    return;
  }
  if (packet_.size() < kMaxGdbPacket)
    packet_.push_back(static_cast<char>(byte));
  else
    too_long_ = true;
}

PacketReader::Event PacketReader::finish() {
  place_ = Place::kOutside;
  if (!digits_good_ || digits_ != sum_) return Event::kDamaged;
  return too_long_ ? Event::kTooLong : Event::kPacket;
}

PacketReader::Event PacketReader::feed(uint8_t byte) {
  switch (place_) {
    case Place::kOutside:
      return outside(byte);
    case Place::kInside:
    case Place::kEscaped:
      if (byte != '#') {
        inside(byte);
        return Event::kNone;
      }
      place_ = Place::kFirstDigit;
      return Event::kNone;
    case Place::kFirstDigit:
    case Place::kSecondDigit:
      break;
  }
  const bool first = place_ == Place::kFirstDigit;
  const int digit = hex_digit(static_cast<char>(byte));
  digits_good_ = (first || digits_good_) && digit >= 0;
  digits_ = (first ? 0 : digits_ << 4) | static_cast<unsigned>(digit & 15);
  if (!first) return finish();
  place_ = Place::kSecondDigit;
  return Event::kNone;
}

std::string make_gdb_packet(std::string_view contents) {
  std::string packet = "$";
  for (const char c : contents) {
    if (needs_escape(c)) {
      packet.push_back(static_cast<char>(kEscape));
      packet.push_back(static_cast<char>(c ^ kEscapeBit));
    } else {
      packet.push_back(c);
    }
  }
  uint8_t sum = 0;
  for (size_t i = 1; i < packet.size(); ++i) sum = static_cast<uint8_t>(sum + packet[i]);
  return packet + fmt::format("#{:02x}", sum);
}

}  // namespace vireo
