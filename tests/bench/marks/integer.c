// Integer work in user space: loops, memory, calls, indirect branches.
#include <stdlib.h>
#include <string.h>

#include "mark.h"

// Primes below 4 million, six times.
uint64_t mark_sieve(void) {
  enum { kLimit = 4000000 };
  static uint8_t composite[kLimit];
  uint64_t primes = 0;
  for (int round = 0; round < 6; ++round) {
    memset(composite, 0, sizeof composite);
    for (uint32_t i = 2; i < kLimit; ++i) {
      if (composite[i]) continue;
      ++primes;
      for (uint64_t j = (uint64_t)i * i; j < kLimit; j += i) composite[j] = 1;
    }
  }
  return primes;
}

static uint32_t rotate(uint32_t value, int by) { return value >> by | value << (32 - by); }

// FIPS 180-4, 4.2.2: the first 32 bits of the fractional parts of the cube roots of the first 64
// primes, found by integer arithmetic.
static void sha256_constants(uint32_t k[64]) {
  int found = 0;
  for (uint32_t p = 2; found < 64; ++p) {
    int prime = 1;
    for (uint32_t d = 2; d * d <= p; ++d) prime &= p % d != 0;
    if (!prime) continue;
    // The largest r with r^3 <= p * 2^96, that is the cube root of p with 32 fractional bits.
    unsigned __int128 low = 0, high = (unsigned __int128)8 << 32;
    while (high - low > 1) {
      const unsigned __int128 r = (low + high) / 2;
      // r^2 stays below 2^70, so that the comparison is done after a division.
      if (r * r <= (((unsigned __int128)p << 96) - 1) / r) low = r;
      else high = r;
    }
    k[found++] = (uint32_t)low;
  }
}

static void sha256_block(uint32_t h[8], const uint32_t block[16], const uint32_t k[64]) {
  uint32_t w[64], s[8];
  memcpy(w, block, 64);
  for (int i = 16; i < 64; ++i) {
    const uint32_t a = rotate(w[i - 15], 7) ^ rotate(w[i - 15], 18) ^ w[i - 15] >> 3;
    const uint32_t b = rotate(w[i - 2], 17) ^ rotate(w[i - 2], 19) ^ w[i - 2] >> 10;
    w[i] = w[i - 16] + a + w[i - 7] + b;
  }
  memcpy(s, h, 32);
  for (int i = 0; i < 64; ++i) {
    const uint32_t e1 = rotate(s[4], 6) ^ rotate(s[4], 11) ^ rotate(s[4], 25);
    const uint32_t choice = (s[4] & s[5]) ^ (~s[4] & s[6]);
    const uint32_t t1 = s[7] + e1 + choice + k[i] + w[i];
    const uint32_t e0 = rotate(s[0], 2) ^ rotate(s[0], 13) ^ rotate(s[0], 22);
    const uint32_t t2 = e0 + ((s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]));
    memmove(s + 1, s, 28);
    s[4] += t1;
    s[0] = t1 + t2;
  }
  for (int i = 0; i < 8; ++i) h[i] += s[i];
}

// The compression function, each block made from the hash before it.
uint64_t mark_sha256(void) {
  uint32_t k[64], h[8] = {0}, block[16] = {0};
  sha256_constants(k);
  for (uint32_t i = 0; i < 400000; ++i) {
    block[i % 16] ^= h[i % 8] + i;
    sha256_block(h, block, k);
  }
  return (uint64_t)h[0] << 32 | h[7];
}

// An interpreter in the guest: a loop of five operations, dispatched by a switch.
uint64_t mark_bytecode(void) {
  enum { kLoad, kAdd, kXor, kShift, kStore, kNext };
  static const uint8_t program[] = {kLoad, kAdd, kXor, kShift, kStore, kAdd, kXor, kNext};
  volatile const uint8_t* code = program;
  uint64_t slots[16] = {1, 2, 3, 5, 8}, value = 0;
  uint32_t at = 0, count = 0;
  while (count < 7000000) {
    switch (code[at++]) {
      case kLoad: value = slots[count & 15]; break;
      case kAdd: value += count; break;
      case kXor: value ^= slots[(count + 3) & 15]; break;
      case kShift: value = value << 7 | value >> 57; break;
      case kStore: slots[(count + 1) & 15] = value; break;
      default: at = 0, ++count;
    }
  }
  return value;
}

__attribute__((noinline)) static uint64_t fibonacci(unsigned n) {
  return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2);
}

uint64_t mark_calls(void) { return fibonacci(36); }

static int compare(const void* a, const void* b) { return strcmp(a, b); }

// Texts byte by byte: made, sorted, searched.
uint64_t mark_strings(void) {
  enum { kCount = 20000, kSize = 24 };
  static char texts[kCount][kSize];
  uint64_t seed = 1, sum = 0;
  for (int round = 0; round < 12; ++round) {
    for (int i = 0; i < kCount; ++i) {
      for (int j = 0; j < kSize - 1; ++j) {
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        texts[i][j] = (char)('a' + (seed >> 60));
      }
    }
    qsort(texts, kCount, kSize, compare);
    for (int i = 0; i < kCount; ++i) {
      volatile const char* text = texts[i];
      for (int j = 0; text[j]; ++j) sum = sum * 31 + (uint8_t)text[j];
    }
  }
  return sum;
}
