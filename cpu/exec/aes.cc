#include "cpu/exec/aes.h"

#include <array>
#include <cstdint>

#include "cpu/exec/sse_lanes.h"

namespace vireo::aes {
namespace {

using Bytes = Lanes<uint8_t>;
using Box = std::array<uint8_t, 256>;

// Products in GF(2^8) modulo x^8 + x^4 + x^3 + x + 1 (FIPS 197, 4.2).
constexpr uint8_t twice(uint8_t a) {
  return static_cast<uint8_t>(a << 1 ^ (a & 0x80 ? 0x1b : 0));
}
constexpr uint8_t times(uint8_t a, uint8_t b) {
  uint8_t product = 0;
  for (; b != 0; b >>= 1, a = twice(a)) product ^= b & 1 ? a : 0;
  return product;
}

constexpr uint8_t rotated(uint8_t a, unsigned count) {
  return static_cast<uint8_t>(a << count | a >> (8 - count));
}

// a^254, the inverse; 0 for 0.
constexpr uint8_t inverse(uint8_t a) {
  uint8_t result = 1;
  for (unsigned bit = 0x80; bit != 0; bit >>= 1) {
    result = times(result, result);
    if (254 & bit) result = times(result, a);
  }
  return result;
}

// FIPS 197, 5.1.1: the inverse, then an affine map over GF(2).
constexpr Box make_substitution() {
  Box box{};
  for (unsigned i = 0; i < 256; ++i) {
    const uint8_t b = inverse(static_cast<uint8_t>(i));
    box[i] = b ^ rotated(b, 1) ^ rotated(b, 2) ^ rotated(b, 3) ^ rotated(b, 4) ^ 0x63;
  }
  return box;
}
constexpr Box kSubstitution = make_substitution();

constexpr Box make_inverse(const Box& box) {
  Box out{};
  for (unsigned i = 0; i < 256; ++i) out[box[i]] = static_cast<uint8_t>(i);
  return out;
}
constexpr Box kInverse = make_inverse(kSubstitution);

// The state is four columns of four bytes; row r moves left by r places, or
// right, and each byte is substituted.
Bytes shift_and_substitute(const Bytes& in) {
  Bytes out;
  for (unsigned i = 0; i < 16; ++i) out[i] = kSubstitution[in[(i + 4 * (i & 3)) & 15]];
  return out;
}
Bytes shift_and_substitute_back(const Bytes& in) {
  Bytes out;
  for (unsigned i = 0; i < 16; ++i) out[i] = kInverse[in[(i - 4 * (i & 3)) & 15]];
  return out;
}

constexpr std::array<Box, 4> make_products(std::array<uint8_t, 4> factors) {
  std::array<Box, 4> out{};
  for (unsigned k = 0; k < 4; ++k) {
    for (unsigned i = 0; i < 256; ++i) out[k][i] = times(static_cast<uint8_t>(i), factors[k]);
  }
  return out;
}
constexpr auto kForward = make_products({2, 3, 1, 1});
constexpr auto kBackward = make_products({14, 11, 13, 9});

// Each column times a fixed polynomial (FIPS 197, 5.1.3 and 5.3.3).
Bytes mix_columns(const Bytes& in, const std::array<Box, 4>& products) {
  Bytes out{};
  for (unsigned i = 0; i < 16; ++i) {
    for (unsigned k = 0; k < 4; ++k) out[i] ^= products[k][in[(i & ~3u) | ((i + k) & 3)]];
  }
  return out;
}

uint32_t substitute_word(uint32_t word) {
  uint32_t out = 0;
  for (unsigned i = 0; i < 32; i += 8) out |= uint32_t{kSubstitution[word >> i & 0xff]} << i;
  return out;
}

__m128i with_key(const Bytes& state, __m128i key) {
  return _mm_xor_si128(from_lanes<uint8_t>(state), key);
}

}  // namespace

__m128i enc(__m128i state, __m128i key) {
  return with_key(mix_columns(shift_and_substitute(to_lanes<uint8_t>(state)), kForward), key);
}
__m128i enclast(__m128i state, __m128i key) {
  return with_key(shift_and_substitute(to_lanes<uint8_t>(state)), key);
}
__m128i dec(__m128i state, __m128i key) {
  const Bytes bytes = shift_and_substitute_back(to_lanes<uint8_t>(state));
  return with_key(mix_columns(bytes, kBackward), key);
}
__m128i declast(__m128i state, __m128i key) {
  return with_key(shift_and_substitute_back(to_lanes<uint8_t>(state)), key);
}
__m128i imc(__m128i key) {
  return from_lanes<uint8_t>(mix_columns(to_lanes<uint8_t>(key), kBackward));
}

__m128i keygenassist(__m128i key, unsigned round_constant) {
  const auto words = to_lanes<uint32_t>(key);
  Lanes<uint32_t> out;
  for (unsigned i = 0; i < 4; i += 2) {
    out[i] = substitute_word(words[i + 1]);
    out[i + 1] = (out[i] >> 8 | out[i] << 24) ^ round_constant;
  }
  return from_lanes<uint32_t>(out);
}

}  // namespace vireo::aes
