// A person's or a script's conversation with a running machine.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "machine/base/byte_channel.h"
#include "machine/board/control_panel.h"
#include "machine/board/input_gate.h"
#include "machine/control/monitor/line_editor.h"

namespace vireo {

// Reads lines at the poll points of the run, runs each as a command and shows what that says.
// Enters the machine's gate for as long as it lives.
class Monitor final : public InputSource {
 public:
  Monitor(ControlPanel panel, std::unique_ptr<ByteChannel> channel);
  ~Monitor() override;

  bool poll_input() override;
  void flush_output() override { channel_->flush(); }
  bool heard_while_stopped() const override { return true; }

 private:
  void show(std::string_view text);
  void run(const std::string& line);

  ControlPanel panel_;
  std::unique_ptr<ByteChannel> channel_;
  LineEditor editor_;
};

}  // namespace vireo
