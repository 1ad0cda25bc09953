// Floating point in double precision (SSE2) and in extended precision (x87).
#include <math.h>
#include <string.h>

#include "mark.h"

static uint64_t bits_of(double value) {
  uint64_t bits;
  memcpy(&bits, &value, sizeof bits);
  return bits;
}

// Five bodies that attract each other.
uint64_t mark_nbody(void) {
  enum { kBodies = 5, kSteps = 400000 };
  double p[kBodies][3], v[kBodies][3] = {{0}}, mass[kBodies];
  for (int i = 0; i < kBodies; ++i) {
    for (int d = 0; d < 3; ++d) p[i][d] = (i + 1) * (d + 2) % 7 + 0.25 * i;
    mass[i] = 1.0 / (1 + i);
  }
  for (int step = 0; step < kSteps; ++step) {
    for (int i = 0; i < kBodies; ++i) {
      for (int j = i + 1; j < kBodies; ++j) {
        const double x = p[i][0] - p[j][0], y = p[i][1] - p[j][1], z = p[i][2] - p[j][2];
        const double square = x * x + y * y + z * z + 0.01;
        const double pull = 0.0001 / (square * sqrt(square));
        v[i][0] -= x * mass[j] * pull, v[j][0] += x * mass[i] * pull;
        v[i][1] -= y * mass[j] * pull, v[j][1] += y * mass[i] * pull;
        v[i][2] -= z * mass[j] * pull, v[j][2] += z * mass[i] * pull;
      }
    }
    for (int i = 0; i < kBodies; ++i) {
      for (int d = 0; d < 3; ++d) p[i][d] += 0.0001 * v[i][d];
    }
  }
  return bits_of(p[0][0]) ^ bits_of(p[4][2]);
}

uint64_t mark_matmul(void) {
  enum { kSize = 240 };
  static double a[kSize][kSize], b[kSize][kSize], c[kSize][kSize];
  for (int i = 0; i < kSize; ++i) {
    for (int j = 0; j < kSize; ++j) a[i][j] = i - j, b[i][j] = 1.0 / (1 + i + j);
  }
  for (int i = 0; i < kSize; ++i) {
    for (int j = 0; j < kSize; ++j) {
      for (int k = 0; k < kSize; ++k) c[i][j] += a[i][k] * b[k][j];
    }
  }
  return bits_of(c[1][2]) ^ bits_of(c[kSize - 1][kSize / 2]);
}

// The logistic map, roots and quotients, in 80 bits.
uint64_t mark_x87(void) {
  long double x = 0.3L, sum = 0;
  for (int i = 1; i <= 3000000; ++i) {
    x = 3.9L * x * (1 - x);
    sum += sqrtl(x) / (long double)i - (double)x;
  }
  uint64_t significand;
  memcpy(&significand, &sum, sizeof significand);
  return significand;
}
