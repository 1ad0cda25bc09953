// The keys of a monitor's line: what is typed, corrected, and called back.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace vireo {

// A terminal's line without an escape sequence in its output but the backspace, so that a
// socket's log reads well, too. Knows backspace, Ctrl-U (all away), Ctrl-C (a new line) and
// the arrows up and down (former lines).
class LineEditor {
 public:
  // What to show for a key; nothing more than that until `line` is set by Enter.
  struct Step {
    std::string echo;
    std::optional<std::string> line;
  };
  Step feed(uint8_t key);

 private:
  Step enter();
  Step escape(uint8_t key);
  std::string replace(std::string line);

  std::string line_;
  std::vector<std::string> former_;
  size_t at_ = 0;        // in `former_`; its size: the line being typed
  unsigned escape_ = 0;  // how much of ESC [ was seen
  bool after_return_ = false;
};

}  // namespace vireo
