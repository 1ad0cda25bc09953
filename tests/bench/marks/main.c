// Runs the marks that are named as arguments (all: without one) and tells the host about each:
//   mark NAME begin
//   mark NAME end RESULT NANOSECONDS
// The host takes the time between the lines. In vireo the nanoseconds of the guest's clock are
// instructions, since each takes one.
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "mark.h"

struct mark {
  const char* name;
  uint64_t (*run)(void);
};

static const struct mark marks[] = {
    {"sieve", mark_sieve},       {"sha256", mark_sha256},     {"bytecode", mark_bytecode},
    {"calls", mark_calls},       {"strings", mark_strings},   {"rep", mark_rep},
    {"syscalls", mark_syscalls}, {"forks", mark_forks},       {"switches", mark_switches},
    {"faults", mark_faults},     {"smc", mark_smc},           {"nbody", mark_nbody},
    {"matmul", mark_matmul},     {"x87", mark_x87},           {"sse", mark_sse},
    {"avx", mark_avx},
};

static uint64_t now_ns(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static int wanted(const char* name, int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    if (!strcmp(argv[i], name)) return 1;
  }
  return argc == 1;
}

int main(int argc, char** argv) {
  if (argc == 2 && !strcmp(argv[1], "nothing")) return 0;  // what mark_forks executes
  setvbuf(stdout, NULL, _IOLBF, 0);
  for (unsigned i = 0; i < sizeof marks / sizeof marks[0]; ++i) {
    if (!wanted(marks[i].name, argc, argv)) continue;
    printf("mark %s begin\n", marks[i].name);
    const uint64_t start = now_ns();
    const uint64_t result = marks[i].run();
    const uint64_t end = now_ns();
    printf("mark %s end %016llx %llu\n", marks[i].name, (unsigned long long)result,
           (unsigned long long)(end - start));
  }
  return 0;
}
