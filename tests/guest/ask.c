// What busybox cannot ask of Linux, in the guest:
//   ask rings INTERFACE [ENTRIES]        gives a network card's queues another size, and prints it
//   ask zero DEVICE OFFSET BYTES         writes zeroes to a disk by the disk's own command
// Status 1: refused.
#include <fcntl.h>
#include <linux/ethtool.h>
#include <linux/fs.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

static void check(int good, const char *what) {
  if (good) return;
  perror(what);
  exit(1);
}

static int rings(char **words, int count) {
  struct ethtool_ringparam sizes = {.cmd = ETHTOOL_GRINGPARAM};
  struct ifreq request = {.ifr_data = (void *)&sizes};
  strncpy(request.ifr_name, words[0], sizeof request.ifr_name - 1);
  int fd = socket(AF_INET, SOCK_DGRAM, 0);
  check(ioctl(fd, SIOCETHTOOL, &request) == 0, "looking at the rings");
  if (count > 1) {
    sizes.cmd = ETHTOOL_SRINGPARAM;
    sizes.rx_pending = sizes.tx_pending = strtoul(words[1], 0, 10);
    check(ioctl(fd, SIOCETHTOOL, &request) == 0, "changing the rings");
    sizes.cmd = ETHTOOL_GRINGPARAM;
    check(ioctl(fd, SIOCETHTOOL, &request) == 0, "looking at the rings");
  }
  printf("rings %u %u of %u %u\n", sizes.rx_pending, sizes.tx_pending, sizes.rx_max_pending,
         sizes.tx_max_pending);
  return 0;
}

static int zero(char **words) {
  uint64_t range[] = {strtoull(words[1], 0, 10), strtoull(words[2], 0, 10)};
  int fd = open(words[0], O_WRONLY);
  check(fd >= 0, words[0]);
  check(ioctl(fd, BLKZEROOUT, range) == 0, "zeroing");
  return 0;
}

int main(int count, char **words) {
  if (count >= 3 && strcmp(words[1], "rings") == 0) return rings(words + 2, count - 2);
  if (count == 5 && strcmp(words[1], "zero") == 0) return zero(words + 2);
  fprintf(stderr, "ask rings INTERFACE [ENTRIES] | ask zero DEVICE OFFSET BYTES\n");
  return 1;
}
