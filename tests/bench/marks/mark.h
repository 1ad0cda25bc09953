// A fixed amount of work of one kind, the same on every machine. Each returns a number that depends
// on all of the work, so that no compiler leaves any out and a wrong CPU shows.
#pragma once

#include <stdint.h>

uint64_t mark_sieve(void);
uint64_t mark_sha256(void);
uint64_t mark_bytecode(void);
uint64_t mark_calls(void);
uint64_t mark_strings(void);
uint64_t mark_rep(void);
uint64_t mark_syscalls(void);
uint64_t mark_forks(void);
uint64_t mark_switches(void);
uint64_t mark_faults(void);
uint64_t mark_smc(void);
uint64_t mark_nbody(void);
uint64_t mark_matmul(void);
uint64_t mark_x87(void);
uint64_t mark_sse(void);
uint64_t mark_avx(void);
