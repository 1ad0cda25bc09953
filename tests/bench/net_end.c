// The guest's end of a throughput test: receives all there is from one connection to the host,
// then sends an amount over another, 64 KiB at a time.
//   net_end ADDRESS PORT BYTES
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static char chunk[64 << 10];

static int connected(char** argv) {
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(argv[2]))};
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  inet_pton(AF_INET, argv[1], &to.sin_addr);
  if (connect(fd, (struct sockaddr*)&to, sizeof to) == 0) return fd;
  perror("connect");
  exit(1);
}

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  int fd = connected(argv);
  while (read(fd, chunk, sizeof chunk) > 0) {
  }
  close(fd);
  fd = connected(argv);
  for (long long left = atoll(argv[3]); left > 0; left -= (long long)sizeof chunk) {
    for (size_t done = 0; done < sizeof chunk;) {
      const ssize_t put = write(fd, chunk + done, sizeof chunk - done);
      if (put <= 0) return 1;
      done += (size_t)put;
    }
  }
  return close(fd);
}
