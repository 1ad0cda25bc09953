// The user's terminal in raw mode, and out of it again however the program ends.
#pragma once

#include <memory>

namespace vireo {

// While one exists the terminal hands over each key as it is typed: no echo, no
// line editing and, unless `signals`, no Ctrl-C. The former settings come back
// when it is destroyed, at exit(), and from the signal handlers of
// signals.h. At most one exists; a background job's terminal is left alone.
class RawTerminal {
 public:
  // Null when `fd` is no terminal.
  static std::unique_ptr<RawTerminal> enter(int fd, bool signals);
  ~RawTerminal();
  RawTerminal(const RawTerminal&) = delete;
  RawTerminal& operator=(const RawTerminal&) = delete;

  // Safe in a signal handler; nothing happens when no RawTerminal exists.
  static void restore_now();
  static void reapply_now();

 private:
  RawTerminal() = default;
};

// Whether this process may read and set the terminal: it is in the foreground,
// or the terminal belongs to no session of ours.
bool terminal_is_ours(int fd);

}  // namespace vireo
