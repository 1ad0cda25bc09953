// The guest's part of a disk's throughput test: runs each load on a block device and says when it
// begins and ends, with the interrupts of the guest's virtio disks meanwhile.
//   block_load DEVICE MIB
// "begin NAME", then "end NAME BYTES INTERRUPTS". The order of random blocks is the same each time.
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <linux/fs.h>

struct load {
  const char* name;
  int flags;
  size_t block;
  int random;
  int part;  // of the amount: one in so many, as small blocks take longer
};

static const struct load loads[] = {
    {"sequential read, 1 MiB", O_RDONLY | O_DIRECT, 1 << 20, 0, 1},
    {"sequential write, 1 MiB", O_WRONLY | O_DIRECT, 1 << 20, 0, 1},
    {"sequential read, page cache", O_RDONLY, 128 << 10, 0, 1},
    {"random read, 4 KiB", O_RDONLY | O_DIRECT, 4 << 10, 1, 8},
    {"random write, 4 KiB", O_WRONLY | O_DIRECT, 4 << 10, 1, 8},
};

static char buffer[1 << 20] __attribute__((aligned(4096)));

// All counts of the lines that name a request queue.
static unsigned long interrupts(void) {
  unsigned long sum = 0;
  char line[1024];
  FILE* file = fopen("/proc/interrupts", "r");
  while (file && fgets(line, sizeof line, file)) {
    if (!strstr(line, "virtio") || !strstr(line, "req")) continue;
    char* at = strchr(line, ':') + 1;
    for (char* end; strtoul(at, &end, 10), end != at; at = end) sum += strtoul(at, &end, 10);
  }
  if (file) fclose(file);
  return sum;
}

static void fail(const char* what) {
  perror(what);
  exit(1);
}

static void run(const struct load* load, const char* device, uint64_t amount) {
  const int fd = open(device, load->flags);
  if (fd < 0 || ioctl(fd, BLKFLSBUF, 0) != 0) fail(device);
  const uint64_t bytes = amount / (uint64_t)load->part, blocks = amount / load->block;
  uint64_t state = 1;
  const unsigned long before = interrupts();
  printf("begin %s\n", load->name);
  fflush(stdout);
  for (uint64_t i = 0; i < bytes / load->block; ++i) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    const uint64_t block = load->random ? (state >> 33) % blocks : i;
    const off_t at = (off_t)(block * load->block);
    const ssize_t done = (load->flags & O_ACCMODE) == O_RDONLY
                             ? pread(fd, buffer, load->block, at)
                             : pwrite(fd, buffer, load->block, at);
    if (done != (ssize_t)load->block) fail(load->name);
  }
  printf("end %s\nmoved %llu %lu\n", load->name, (unsigned long long)bytes,
         interrupts() - before);
  fflush(stdout);
  close(fd);
}

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  const uint64_t amount = (uint64_t)atoll(argv[2]) << 20;
  for (size_t i = 0; i < sizeof loads / sizeof *loads; ++i) run(&loads[i], argv[1], amount);
  return 0;
}
