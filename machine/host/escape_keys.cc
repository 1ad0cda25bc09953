#include "machine/host/escape_keys.h"

#include <utility>

namespace vireo {
EscapeKeys::Action EscapeKeys::feed(uint8_t key) {
  if (!std::exchange(escaped_, false)) {
    escaped_ = key == kCtrlA;
    return escaped_ ? Action::kSwallow : Action::kPass;
  }
  switch (key) {
    case kCtrlA:
      return Action::kPass;
    case 'x':
    case 'X':
      return Action::kQuit;
    case 'h':
    case 'H':
    case '?':
      return Action::kHelp;
    case 'c':
    case 'C':
      return Action::kSwitch;
    default:
      return Action::kSwallow;
  }
}

std::string_view EscapeKeys::help() {
  return "\r\n"
         "Ctrl-A H       this help\r\n"
         "Ctrl-A X       quit vireo\r\n"
         "Ctrl-A C       switch between the guest and the monitor\r\n"
         "Ctrl-A Ctrl-A  send Ctrl-A to the guest\r\n";
}

}  // namespace vireo
