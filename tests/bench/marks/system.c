// Work that leans on the machine: string instructions, system calls, processes, page faults, code
// that changes itself.
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "mark.h"

static void rep_movsb(void* to, const void* from, size_t count) {
  __asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(count) : : "memory");
}

static void rep_stosq(void* to, uint64_t value, size_t count) {
  __asm__ volatile("rep stosq" : "+D"(to), "+c"(count) : "a"(value) : "memory");
}

// Large and small copies and fills by REP.
uint64_t mark_rep(void) {
  enum { kSize = 1 << 20 };
  static uint8_t a[kSize], b[kSize];
  uint64_t sum = 0;
  for (uint32_t i = 0; i < 150; ++i) {
    rep_stosq(a, i * 0x0101010101010101u, kSize / 8);
    rep_movsb(b + i, a, kSize - 400);
    sum += b[kSize / 2];
  }
  for (uint32_t i = 0; i < 1000000; ++i) rep_movsb(b + (i & 1023), a + (i & 511), 40);
  return sum + b[77];
}

uint64_t mark_syscalls(void) {
  uint64_t sum = 0;
  for (int i = 0; i < 600000; ++i) sum += (uint64_t)syscall(SYS_getppid);
  return sum != 0;
}

uint64_t mark_forks(void) {
  static char* arguments[] = {(char*)"marks", (char*)"nothing", NULL};
  static char* environment[] = {NULL};
  uint64_t good = 0;
  for (int i = 0; i < 150; ++i) {
    const pid_t child = fork();
    if (child == 0) {
      execve("/proc/self/exe", arguments, environment);
      _exit(1);
    }
    int status = 1;
    waitpid(child, &status, 0);
    good += status == 0;
  }
  return good;
}

// One end of a pair of pipes: waits for its turn, touches pages of its own, passes the turn on.
static uint64_t take_turns(int from, int to, uint8_t* pages) {
  enum { kTurns = 20000, kPages = 48 };
  uint64_t sum = 0;
  char turn = 0;
  for (int i = 0; i < kTurns; ++i) {
    if (read(from, &turn, 1) != 1) return 0;
    for (int page = 0; page < kPages; ++page) sum += ++pages[page * 4096];
    if (write(to, &turn, 1) != 1) return 0;
  }
  return sum;
}

// Two processes that take turns.
uint64_t mark_switches(void) {
  static uint8_t pages[48 * 4096];
  int there[2], back[2];
  if (pipe(there) != 0 || pipe(back) != 0) return 0;
  const pid_t child = fork();
  if (child == 0) _exit(take_turns(there[0], back[1], pages) == 0);
  if (write(back[1], "", 1) != 1) return 0;
  const uint64_t sum = take_turns(back[0], there[1], pages);
  int status = 1;
  waitpid(child, &status, 0);
  return status == 0 ? sum : 0;
}

// Touches fresh pages and gives them back.
uint64_t mark_faults(void) {
  const size_t size = 8 << 20;
  uint64_t sum = 0;
  for (int round = 0; round < 50; ++round) {
    uint8_t* memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) return 0;
    for (size_t i = 0; i < size; i += 4096) memory[i] = (uint8_t)(i >> 12), sum += memory[i];
    munmap(memory, size);
  }
  return sum;
}

// Writes a function (mov eax, imm32; ret) anew before each call.
uint64_t mark_smc(void) {
  uint8_t* code =
      mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (code == MAP_FAILED) return 0;
  uint64_t sum = 0;
  code[0] = 0xb8;
  code[5] = 0xc3;
  for (uint32_t i = 0; i < 200000; ++i) {
    memcpy(code + 1, &i, sizeof i);
    sum += ((uint32_t(*)(void))code)();
  }
  return sum;
}
