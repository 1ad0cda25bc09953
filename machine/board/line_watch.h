// Cuts what a guest prints into lines, for those who wait for some of them.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "machine/base/archive.h"
#include "machine/base/event_queue.h"

namespace vireo {

struct PrintedLine {
  std::string_view text;  // without its end; valid during the call only
  // False for what stands on a line that the guest has not ended, such as a prompt; it is told
  // again, whole, when its end comes.
  bool ended = true;
};

using LineListener = std::function<void(const PrintedLine&)>;

// Tells each line as soon as it is printed, in the middle of the instruction that ends it, and a
// line without an end once the guest has printed nothing for kPauseNs. Lines longer than a bound
// are cut there, as the guest chooses their length. Carriage returns count as nothing.
class LineWatch {
 public:
  static constexpr size_t kMaxLine = 4096;
  static constexpr uint64_t kPauseNs = 100'000'000;

  explicit LineWatch(EventQueue& events);

  // Listeners are asked in the order in which they came, and stay.
  void add_listener(LineListener listener) { listeners_.push_back(std::move(listener)); }

  void see(uint8_t byte) {
    if (!listeners_.empty() && byte != '\r') take(byte);
  }

  // No more will come.
  void end() {
    if (!line_.empty()) take('\n');
  }
  void visit(Archive& archive);

 private:
  void take(uint8_t byte);
  void tell(bool ended);
  void look_for_pause();

  EventQueue& events_;
  std::vector<LineListener> listeners_;
  std::string line_;
  uint64_t last_ns_ = 0;  // when the last byte came
  Event pause_;
};

}  // namespace vireo
