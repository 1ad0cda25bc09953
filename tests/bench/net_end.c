// The guest's end of a throughput test: receives all there is from one connection to the host,
// then sends an amount over another, 64 KiB at a time, and an eighth of it over a third, 1 KiB at a
// time.
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

static int send_all(char** argv, long long amount, size_t piece) {
  const int fd = connected(argv);
  for (long long left = amount; left > 0; left -= (long long)piece) {
    for (size_t done = 0; done < piece;) {
      const ssize_t put = write(fd, chunk + done, piece - done);
      if (put <= 0) return 1;
      done += (size_t)put;
    }
  }
  return close(fd);
}

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  const int fd = connected(argv);
  while (read(fd, chunk, sizeof chunk) > 0) {
  }
  close(fd);
  const long long amount = atoll(argv[3]);
  return send_all(argv, amount, sizeof chunk) || send_all(argv, amount / 8, 1 << 10);
}
