// The keys that speak to the emulator instead of the guest: Ctrl-A and one more.
#pragma once

#include <cstdint>
#include <string_view>

namespace vireo {

// Sees every byte typed; remembers only whether the last one was Ctrl-A.
class EscapeKeys {
 public:
  enum class Action : uint8_t {
    kSwallow,  // not for the guest
    kPass,     // for the guest
    kQuit,     // Ctrl-A X
    kHelp,     // Ctrl-A H
    kSwitch,   // Ctrl-A C
  };
  Action feed(uint8_t key);

  static constexpr uint8_t kCtrlA = 0x01;

  // What kHelp shows; lines end in "\r\n".
  static std::string_view help();

 private:
  bool escaped_ = false;
};

}  // namespace vireo
