// One channel for several users: the escape Ctrl-A C turns the keyboard to the next of them.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "machine/base/byte_channel.h"

namespace vireo {

// As QEMU's mux: output of all users goes out as it comes, input goes to one of them.
// Ctrl-A C turns to the next, Ctrl-A X ends the run, Ctrl-A H shows the keys, Ctrl-A twice
// sends one Ctrl-A. Input is read ahead up to a bound, whoever reads, so that the keys work
// although the user in front takes nothing.
class MuxChannel {
 public:
  // `quit` is called for Ctrl-A X.
  MuxChannel(std::unique_ptr<ByteChannel> channel, std::function<void()> quit);
  ~MuxChannel();

  // A further user's end; the first has the input at the start. Lives as long as this.
  ByteChannel& add_front();

 private:
  class Front;
  void pump();
  void take(uint8_t byte);
  void escape(uint8_t key);
  void turn();

  std::unique_ptr<ByteChannel> channel_;
  std::function<void()> quit_;
  std::vector<std::unique_ptr<Front>> fronts_;
  size_t focus_ = 0;
  bool escaped_ = false;
};

}  // namespace vireo
