#include "machine/board/input_gate.h"

#include <algorithm>

namespace vireo {

void InputGate::enter(InputSource& source) { sources_.push_back(&source); }

void InputGate::leave(InputSource& source) {
  // Only the place is emptied: a poll may be going through the list.
  std::replace(sources_.begin(), sources_.end(), &source, static_cast<InputSource*>(nullptr));
}

bool InputGate::poll() { return poll(false); }
bool InputGate::poll_while_stopped() { return poll(true); }

bool InputGate::poll(bool stopped) {
  bool came = false;
  for (size_t i = 0; i < sources_.size(); ++i) {
    InputSource* source = sources_[i];
    if (source == nullptr || (stopped && !source->heard_while_stopped())) continue;
    if (source->poll_input()) came = true;
  }
  std::erase(sources_, nullptr);
  return came;
}

void InputGate::flush() {
  for (InputSource* source : sources_) {
    if (source != nullptr) source->flush_output();
  }
}

}  // namespace vireo
