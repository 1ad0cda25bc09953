#include "machine/board/input_gate.h"

#include <algorithm>

namespace vireo {

void InputGate::enter(InputSource& source) { sources_.push_back(&source); }

void InputGate::leave(InputSource& source) {
  // Only the place is emptied: a poll may be going through the list.
  std::replace(sources_.begin(), sources_.end(), &source, static_cast<InputSource*>(nullptr));
}

bool InputGate::poll() {
  bool came = false;
  for (size_t i = 0; i < sources_.size(); ++i) {
    if (sources_[i] != nullptr && sources_[i]->poll_input()) came = true;
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
