// The one gate through which anything from outside reaches the machine.
#pragma once

#include <vector>

namespace vireo {

// Somewhere input comes from: a serial port, a network, a monitor.
class InputSource {
 public:
  virtual ~InputSource() = default;
  // Hands over what waits outside, as far as the machine has room. True when anything came.
  virtual bool poll_input() = 0;
  // Whether it is asked while the machine is stopped, as a monitor is.
  virtual bool heard_while_stopped() const { return false; }
  // Pushes out what is on its way to the outside: before a sleep and at the end of a run.
  virtual void flush_output() {}
};

// The run loop opens the gate at virtual times that depend on nothing but the guest, and the
// sources are asked in the order in which they entered: input that is there gives the same
// run. What a source waits for on the host it tells the host room, whose wait serves all
// (HostSource); the gate knows no descriptor.
class InputGate {
 public:
  // A source leaves before it is destroyed. One that enters or leaves during a poll is
  // asked, or no longer asked, in that same poll.
  void enter(InputSource& source);
  void leave(InputSource& source);

  // True when anything came from any source.
  bool poll();
  // The same, from those sources only that are heard while the machine is stopped.
  bool poll_while_stopped();
  void flush();

 private:
  bool poll(bool stopped);
  std::vector<InputSource*> sources_;
};

}  // namespace vireo
