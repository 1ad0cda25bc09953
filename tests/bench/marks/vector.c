// Vectors: SSE2 and AVX2 with FMA, on numbers and on bytes.
#include <immintrin.h>
#include <string.h>

#include "mark.h"

enum { kWords = 4096, kRounds = 1500 };

static uint64_t mixed(const void* bytes, unsigned size) {
  uint64_t sum = 0, word;
  for (unsigned i = 0; i < size; i += 8) {
    memcpy(&word, (const char*)bytes + i, 8);
    sum = (sum ^ word) * 0x9e3779b97f4a7c15u;
  }
  return sum;
}

static void fill(float* x, uint16_t* y) {
  for (int i = 0; i < kWords; ++i) {
    x[i] = (float)(i % 97) * 0.125f - 3.0f;
    y[i] = (uint16_t)(i * 2654435761u >> 16);
  }
}

// Sums, products, roots and comparisons; sums of absolute differences, shifts, shuffles.
uint64_t mark_sse(void) {
  static float x[kWords];
  static uint16_t y[kWords];
  fill(x, y);
  __m128i sum = _mm_setzero_si128();
  for (int round = 0; round < kRounds; ++round) {
    const __m128 factor = _mm_set1_ps(1.0f + 0.0001f * (float)round);
    for (int i = 0; i < kWords; i += 4) {
      const __m128 v = _mm_loadu_ps(x + i);
      const __m128 big = _mm_cmpgt_ps(v, factor);
      const __m128 next = _mm_sub_ps(_mm_mul_ps(v, factor), _mm_and_ps(big, _mm_sqrt_ps(v)));
      _mm_storeu_ps(x + i, next);
    }
    for (int i = 0; i < kWords; i += 8) {
      const __m128i v = _mm_loadu_si128((const __m128i*)(y + i));
      const __m128i turned = _mm_shuffle_epi32(_mm_slli_epi16(v, 1), 0x1b);
      sum = _mm_add_epi64(sum, _mm_sad_epu8(v, turned));
      _mm_storeu_si128((__m128i*)(y + i), _mm_adds_epu16(turned, _mm_unpacklo_epi8(v, turned)));
    }
  }
  return mixed(x, sizeof x) ^ mixed(y, sizeof y) ^ mixed(&sum, sizeof sum);
}

// The same kinds of work on twice the width; nothing where the processor lacks it.
__attribute__((target("avx2,fma"))) uint64_t mark_avx(void) {
  static float x[kWords];
  static uint16_t y[kWords];
  if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma")) return 0;
  fill(x, y);
  __m256i sum = _mm256_setzero_si256();
  for (int round = 0; round < kRounds; ++round) {
    const __m256 factor = _mm256_set1_ps(1.0f + 0.0001f * (float)round);
    for (int i = 0; i < kWords; i += 8) {
      const __m256 v = _mm256_loadu_ps(x + i);
      const __m256 big = _mm256_cmp_ps(v, factor, _CMP_GT_OS);
      _mm256_storeu_ps(x + i, _mm256_fmsub_ps(v, factor, _mm256_and_ps(big, _mm256_sqrt_ps(v))));
    }
    for (int i = 0; i < kWords; i += 16) {
      const __m256i v = _mm256_loadu_si256((const __m256i*)(y + i));
      const __m256i turned = _mm256_shuffle_epi32(_mm256_slli_epi16(v, 1), 0x1b);
      sum = _mm256_add_epi64(sum, _mm256_sad_epu8(v, turned));
      const __m256i next = _mm256_adds_epu16(turned, _mm256_unpacklo_epi8(v, turned));
      _mm256_storeu_si256((__m256i*)(y + i), _mm256_permute4x64_epi64(next, 0x4e));
    }
  }
  return mixed(x, sizeof x) ^ mixed(y, sizeof y) ^ mixed(&sum, sizeof sum);
}
