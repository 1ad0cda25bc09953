#include "machine/host/terminal.h"

#include <termios.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>

namespace vireo {
namespace {

// For the signal handlers: written before `g_raw_fd` is set, constant after.
termios g_former;
termios g_raw;
std::atomic<int> g_raw_fd{-1};

termios raw_settings(const termios& former, bool signals) {
  termios raw = former;
  raw.c_iflag &=
      ~static_cast<tcflag_t>(IGNBRK | BRKINT | PARMRK | ISTRIP | INLCR | IGNCR | ICRNL | IXON);
  // Output stays cooked, so that a message of ours begins at the left margin.
  raw.c_oflag |= OPOST;
  raw.c_lflag &= ~static_cast<tcflag_t>(ECHO | ECHONL | ICANON | IEXTEN);
  if (!signals) raw.c_lflag &= ~static_cast<tcflag_t>(ISIG);
  raw.c_cflag &= ~static_cast<tcflag_t>(CSIZE | PARENB);
  raw.c_cflag |= CS8;
  raw.c_cc[VMIN] = 1;
  raw.c_cc[VTIME] = 0;
  return raw;
}

void apply(const termios& settings) {
  const int fd = g_raw_fd.load();
  if (fd >= 0 && terminal_is_ours(fd)) ::tcsetattr(fd, TCSANOW, &settings);
}

}  // namespace

bool terminal_is_ours(int fd) {
  const pid_t foreground = ::tcgetpgrp(fd);
  return foreground < 0 || foreground == ::getpgrp();
}

std::unique_ptr<RawTerminal> RawTerminal::enter(int fd, bool signals) {
  if (g_raw_fd.load() >= 0 || ::tcgetattr(fd, &g_former) != 0) return nullptr;
  g_raw = raw_settings(g_former, signals);
  static const int registered = std::atexit(&RawTerminal::restore_now);
  (void)registered;
  g_raw_fd.store(fd);
  apply(g_raw);
  return std::unique_ptr<RawTerminal>(new RawTerminal);
}

RawTerminal::~RawTerminal() {
  restore_now();
  g_raw_fd.store(-1);
}

void RawTerminal::restore_now() { apply(g_former); }
void RawTerminal::reapply_now() { apply(g_raw); }

}  // namespace vireo
