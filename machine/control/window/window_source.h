// The user at the window: what it shows, and what is done in it.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "machine/base/byte_channel.h"
#include "machine/board/control_panel.h"
#include "machine/board/input_gate.h"
#include "machine/host/window.h"

namespace vireo {

// What comes by the channel goes to keyboard and mouse at the poll points of the run, as other
// input does; pictures go to the window without the machine's noticing. Enters the gate for as
// long as it lives.
class WindowSource final : public InputSource {
 public:
  // `window` may be null: a replay hears what was done in one that is not there.
  WindowSource(ControlPanel panel, std::unique_ptr<ByteChannel> channel,
               std::shared_ptr<Window> window);
  ~WindowSource() override;

  bool poll_input() override;
  bool heard_while_stopped() const override { return true; }

 private:
  void obey(const WindowEvent& event);
  void show();

  ControlPanel panel_;
  std::unique_ptr<ByteChannel> channel_;
  std::shared_ptr<Window> window_;
  WindowEventBytes bytes_{};
  size_t have_ = 0;  // of the event that is coming
  std::string title_;
  bool tablet_ = false;  // the window knows that there is one
  uint64_t shown_at_ = UINT64_MAX;  // a moment of the machine
};

}  // namespace vireo
