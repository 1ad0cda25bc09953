// Joins standard input and output to a socket, in the guest and on the host:
//   sockets vsock-call PORT       calls the host (CID 2)
//   sockets vsock-serve PORT      takes one call
//   sockets unix-call PATH PORT   calls the guest's port through virtio-vsock-pci's path=
//   sockets unix-serve PATH       takes one call
// Ends when the other side has no more to send and all input is sent. Status 1: no connection.
#include <linux/vm_sockets.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static void check(int good, const char *what) {
  if (good) return;
  perror(what);
  exit(1);
}

static void write_all(int fd, const char *bytes, ssize_t count) {
  while (count > 0) {
    ssize_t put = write(fd, bytes, count);
    check(put > 0, "write");
    bytes += put;
    count -= put;
  }
}

// One piece from one side to the other; 0 at the end.
static int move(int from, int to) {
  static char bytes[65536];
  ssize_t count = read(from, bytes, sizeof bytes);
  check(count >= 0, "read");
  write_all(to, bytes, count);
  return count > 0;
}

static int join(int fd) {
  struct pollfd sides[2] = {{.fd = 0, .events = POLLIN}, {.fd = fd, .events = POLLIN}};
  while (sides[0].fd >= 0 || sides[1].fd >= 0) {
    check(poll(sides, 2, -1) > 0, "poll");
    if (sides[0].revents && !move(0, fd)) {
      shutdown(fd, SHUT_WR);
      sides[0].fd = -1;
    }
    if (sides[1].revents && !move(fd, 1)) sides[1].fd = -1;
  }
  return 0;
}

static int joined(int family, const void *address, socklen_t size, int call) {
  int fd = socket(family, SOCK_STREAM, 0);
  check(fd >= 0, "socket");
  if (call) {
    check(connect(fd, address, size) == 0, "connect");
    return fd;
  }
  check(bind(fd, address, size) == 0, "bind");
  check(listen(fd, 1) == 0, "listen");
  fd = accept(fd, NULL, NULL);
  check(fd >= 0, "accept");
  return fd;
}

static int vsock(const char *port, int call) {
  struct sockaddr_vm address = {.svm_family = AF_VSOCK,
                                .svm_cid = call ? VMADDR_CID_HOST : VMADDR_CID_ANY,
                                .svm_port = strtoul(port, NULL, 10)};
  return joined(AF_VSOCK, &address, sizeof address, call);
}

static int unix_socket(const char *path, int call) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  strncpy(address.sun_path, path, sizeof address.sun_path - 1);
  return joined(AF_UNIX, &address, sizeof address, call);
}

// The line "OK N", which the guest's answer brings.
static void greet(int fd, const char *port) {
  char line[32], byte = 0;
  write_all(fd, line, snprintf(line, sizeof line, "CONNECT %s\n", port));
  for (int i = 0; byte != '\n'; ++i) {
    check(read(fd, &byte, 1) == 1, "the guest's answer");
    check(i >= 2 || byte == "OK"[i], "the guest's answer");
  }
}

int main(int count, char **words) {
  const char *way = count > 2 ? words[1] : "";
  if (strcmp(way, "vsock-call") == 0) return join(vsock(words[2], 1));
  if (strcmp(way, "vsock-serve") == 0) return join(vsock(words[2], 0));
  if (strcmp(way, "unix-serve") == 0) return join(unix_socket(words[2], 0));
  if (strcmp(way, "unix-call") != 0 || count != 4) return 2;
  int fd = unix_socket(words[2], 1);
  greet(fd, words[3]);
  return join(fd);
}
