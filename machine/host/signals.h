// Signals to the process, turned into a flag that the run loop asks for.
#pragma once

#include <csignal>
#include <memory>

namespace vireo {

// While one exists:
//   SIGINT, SIGTERM, SIGHUP  are remembered (unless the parent had us ignore
//                            them); a second SIGINT ends the process at once
//   SIGTSTP, SIGCONT         leave and re-enter the terminal's raw mode
//   SIGSEGV, SIGABRT, ...    restore the terminal, then go their way
//   SIGPIPE, SIGXFSZ         are ignored: the write reports the error
// The former handlers come back when it is destroyed. At most one exists.
class SignalWatch {
 public:
  SignalWatch();
  ~SignalWatch();
  SignalWatch(const SignalWatch&) = delete;
  SignalWatch& operator=(const SignalWatch&) = delete;

  // The first stop signal that came, or 0.
  static int stop_signal();
  // The signals which stop a run; blocked around a wait, so that none slips in
  // between the question and the sleep.
  static sigset_t stop_set();
};

// From now on a file that may not grow (RLIMIT_FSIZE) makes the write fail, as it does while a
// SignalWatch exists: for the files that are written before and behind the run.
void let_full_files_fail();

}  // namespace vireo
