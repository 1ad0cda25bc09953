#include "cpu/exec/sha.h"

#include <bit>
#include <cstdint>

#include "cpu/exec/sse_lanes.h"

namespace vireo::sha {
namespace {

using Words = Lanes<uint32_t>;

uint32_t choose(uint32_t x, uint32_t y, uint32_t z) { return (x & y) ^ (~x & z); }
uint32_t parity(uint32_t x, uint32_t y, uint32_t z) { return x ^ y ^ z; }
uint32_t majority(uint32_t x, uint32_t y, uint32_t z) { return (x & y) ^ (x & z) ^ (y & z); }

// FIPS 180-4, 4.1.1 and 4.2.1: function and constant of each 20 rounds.
uint32_t sha1_function(unsigned phase, uint32_t x, uint32_t y, uint32_t z) {
  if (phase == 0) return choose(x, y, z);
  return phase == 2 ? majority(x, y, z) : parity(x, y, z);
}
constexpr uint32_t kSha1Constants[] = {0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xca62c1d6};

uint32_t big0(uint32_t x) { return std::rotr(x, 2) ^ std::rotr(x, 13) ^ std::rotr(x, 22); }
uint32_t big1(uint32_t x) { return std::rotr(x, 6) ^ std::rotr(x, 11) ^ std::rotr(x, 25); }
uint32_t small0(uint32_t x) { return std::rotr(x, 7) ^ std::rotr(x, 18) ^ x >> 3; }
uint32_t small1(uint32_t x) { return std::rotr(x, 17) ^ std::rotr(x, 19) ^ x >> 10; }

}  // namespace

// d holds A B C D from the top; s the words with E added to the first.
__m128i sha1rnds4(__m128i d, __m128i s, unsigned imm) {
  const Words in = to_lanes<uint32_t>(d), words = to_lanes<uint32_t>(s);
  const unsigned phase = imm & 3;
  uint32_t a = in[3], b = in[2], c = in[1], dd = in[0], e = 0;
  for (unsigned i = 0; i < 4; ++i) {
    const uint32_t next = sha1_function(phase, b, c, dd) + std::rotl(a, 5) + words[3 - i] + e +
                          kSha1Constants[phase];
    e = dd;
    dd = c;
    c = std::rotl(b, 30);
    b = a;
    a = next;
  }
  return from_lanes<uint32_t>({dd, c, b, a});
}

__m128i sha1nexte(__m128i d, __m128i s) {
  Words out = to_lanes<uint32_t>(s);
  out[3] += std::rotl(to_lanes<uint32_t>(d)[3], 30);
  return from_lanes<uint32_t>(out);
}

__m128i sha1msg1(__m128i d, __m128i s) {
  const Words a = to_lanes<uint32_t>(d), b = to_lanes<uint32_t>(s);
  return from_lanes<uint32_t>({a[0] ^ b[2], a[1] ^ b[3], a[2] ^ a[0], a[3] ^ a[1]});
}

__m128i sha1msg2(__m128i d, __m128i s) {
  const Words a = to_lanes<uint32_t>(d), b = to_lanes<uint32_t>(s);
  Words out;
  out[3] = std::rotl(a[3] ^ b[2], 1);
  out[2] = std::rotl(a[2] ^ b[1], 1);
  out[1] = std::rotl(a[1] ^ b[0], 1);
  out[0] = std::rotl(a[0] ^ out[3], 1);
  return from_lanes<uint32_t>(out);
}

// s holds A B E F from the top, d holds C D G H.
__m128i sha256rnds2(__m128i d, __m128i s, __m128i words) {
  const Words abef = to_lanes<uint32_t>(s), cdgh = to_lanes<uint32_t>(d);
  const Words w = to_lanes<uint32_t>(words);
  uint32_t a = abef[3], b = abef[2], e = abef[1], f = abef[0];
  uint32_t c = cdgh[3], dd = cdgh[2], g = cdgh[1], h = cdgh[0];
  for (unsigned i = 0; i < 2; ++i) {
    const uint32_t t = choose(e, f, g) + big1(e) + w[i] + h;
    const uint32_t next = t + majority(a, b, c) + big0(a);
    h = g;
    g = f;
    f = e;
    e = t + dd;
    dd = c;
    c = b;
    b = a;
    a = next;
  }
  return from_lanes<uint32_t>({f, e, b, a});
}

__m128i sha256msg1(__m128i d, __m128i s) {
  const Words a = to_lanes<uint32_t>(d);
  const uint32_t next = to_lanes<uint32_t>(s)[0];
  return from_lanes<uint32_t>(
      {a[0] + small0(a[1]), a[1] + small0(a[2]), a[2] + small0(a[3]), a[3] + small0(next)});
}

__m128i sha256msg2(__m128i d, __m128i s) {
  const Words a = to_lanes<uint32_t>(d), b = to_lanes<uint32_t>(s);
  Words out;
  out[0] = a[0] + small1(b[2]);
  out[1] = a[1] + small1(b[3]);
  out[2] = a[2] + small1(out[0]);
  out[3] = a[3] + small1(out[1]);
  return from_lanes<uint32_t>(out);
}

}  // namespace vireo::sha
