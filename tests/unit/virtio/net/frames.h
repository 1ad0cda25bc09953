// Frames for tests, built field by field, with checksums computed the slow way.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <vector>

namespace vireo::testing {

using Bytes = std::vector<uint8_t>;

inline constexpr uint8_t kCardMac[6] = {0x52, 0x54, 0x00, 0x12, 0x34, 0x56};
inline constexpr uint8_t kPeerMac[6] = {0x52, 0x55, 0x0a, 0x00, 0x02, 0x02};

struct TcpSpec {
  bool v6 = false;
  bool to_card = true;
  uint32_t sequence = 1000;
  uint32_t acknowledgement = 55;
  uint8_t flags = 0x10;  // ACK
  uint32_t payload = 100;
  uint16_t source = 80, destination = 40000;
  uint8_t options = 0;  // bytes of NOP options, a multiple of 4
  bool checksum = true;
};

inline void put16(Bytes& out, size_t at, uint32_t value) {
  out[at] = static_cast<uint8_t>(value >> 8);
  out[at + 1] = static_cast<uint8_t>(value);
}
inline uint16_t get16(const Bytes& in, size_t at) {
  return static_cast<uint16_t>(in[at] << 8 | in[at + 1]);
}
inline uint32_t get32(const Bytes& in, size_t at) {
  return uint32_t{get16(in, at)} << 16 | get16(in, at + 2);
}

// One's complement sum of [from, to) as 16-bit words, bytewise.
inline uint32_t slow_sum(const Bytes& in, size_t from, size_t to) {
  uint32_t sum = 0;
  for (size_t i = from; i < to; ++i) sum += (i - from) % 2 == 0 ? in[i] << 8 : in[i];
  while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
  return sum;
}
inline uint16_t fold16(uint32_t sum) {
  while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<uint16_t>(sum);
}

inline size_t ip_header(bool v6) { return v6 ? 40 : 20; }

// The pseudo header's sum for the TCP part of a frame.
inline uint32_t slow_pseudo_sum(const Bytes& frame, bool v6) {
  const size_t length = frame.size() - 14 - ip_header(v6);
  const uint32_t addresses = v6 ? slow_sum(frame, 22, 54) : slow_sum(frame, 26, 34);
  return fold16(addresses + 6 + static_cast<uint32_t>(length));
}
inline bool tcp_sum_good(const Bytes& frame, bool v6 = false) {
  const size_t tcp = 14 + ip_header(v6);
  return fold16(slow_pseudo_sum(frame, v6) + slow_sum(frame, tcp, frame.size())) == 0xffff;
}
inline bool ip_sum_good(const Bytes& frame) { return slow_sum(frame, 14, 34) == 0xffff; }

// A TCP segment whose payload counts up from the low byte of its sequence number, so that
// a cut or joined one is recognised by its bytes.
inline Bytes tcp_frame(const TcpSpec& spec = {}) {
  const size_t ip = ip_header(spec.v6);
  const size_t tcp = 14 + ip;
  const size_t data = tcp + 20 + spec.options;
  Bytes frame(data + spec.payload);
  for (size_t i = 0; i < 6; ++i) {
    frame[i] = spec.to_card ? kCardMac[i] : kPeerMac[i];
    frame[6 + i] = spec.to_card ? kPeerMac[i] : kCardMac[i];
  }
  put16(frame, 12, spec.v6 ? 0x86dd : 0x0800);
  if (spec.v6) {
    frame[14] = 0x60;
    put16(frame, 18, static_cast<uint32_t>(frame.size() - tcp));
    frame[20] = 6;
    frame[21] = 64;
    frame[22 + 15] = spec.to_card ? 2 : 15;
    frame[38 + 15] = spec.to_card ? 15 : 2;
  } else {
    frame[14] = 0x45;
    put16(frame, 16, static_cast<uint32_t>(frame.size() - 14));
    put16(frame, 18, 7);
    frame[20] = 0x40;
    frame[22] = 64;
    frame[23] = 6;
    frame[26] = frame[30] = 10;
    frame[29] = spec.to_card ? 2 : 15;
    frame[33] = spec.to_card ? 15 : 2;
    put16(frame, 24, static_cast<uint16_t>(~slow_sum(frame, 14, 34)));
  }
  put16(frame, tcp, spec.source);
  put16(frame, tcp + 2, spec.destination);
  put16(frame, tcp + 4, spec.sequence >> 16);
  put16(frame, tcp + 6, spec.sequence);
  put16(frame, tcp + 8, spec.acknowledgement >> 16);
  put16(frame, tcp + 10, spec.acknowledgement);
  frame[tcp + 12] = static_cast<uint8_t>((20 + spec.options) / 4 << 4);
  frame[tcp + 13] = spec.flags;
  put16(frame, tcp + 14, 0x2000);
  for (size_t i = 0; i < spec.options; ++i) frame[tcp + 20 + i] = 1;
  for (size_t i = 0; i < spec.payload; ++i) {
    frame[data + i] = static_cast<uint8_t>(spec.sequence + i);
  }
  const uint32_t pseudo = slow_pseudo_sum(frame, spec.v6);
  put16(frame, tcp + 16, pseudo);
  if (!spec.checksum) return frame;
  put16(frame, tcp + 16, 0);
  put16(frame, tcp + 16,
        static_cast<uint16_t>(~fold16(pseudo + slow_sum(frame, tcp, frame.size()))));
  return frame;
}

// A frame that is no IP packet, for `to`.
inline Bytes plain_frame(std::initializer_list<uint8_t> to, size_t size = 60) {
  Bytes frame(size);
  size_t i = 0;
  for (const uint8_t byte : to) frame[i++] = byte;
  for (i = 14; i < size; ++i) frame[i] = static_cast<uint8_t>(i);
  put16(frame, 12, 0x88b5);  // local experimental
  return frame;
}
inline Bytes card_frame(size_t size = 60) {
  return plain_frame({0x52, 0x54, 0x00, 0x12, 0x34, 0x56}, size);
}

}  // namespace vireo::testing
