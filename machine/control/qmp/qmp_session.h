// A program's conversation with a running machine: QEMU's machine protocol (QMP).
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "machine/base/byte_channel.h"
#include "machine/board/control_panel.h"
#include "machine/board/input_gate.h"
#include "machine/board/machine_events.h"
#include "machine/control/qmp/json_stream.h"
#include "machine/control/qmp/qmp_command.h"

namespace vireo {

// Greets whoever comes, takes commands at the poll points of the run and answers each in order,
// and tells what happens to the machine. One client after the other; each begins with
// qmp_capabilities. What a client sends never ends more than its own conversation.
class QmpSession final : public InputSource, public MachineListener {
 public:
  QmpSession(ControlPanel panel, std::unique_ptr<ByteChannel> channel, bool pretty);
  ~QmpSession() override;

  bool poll_input() override;
  void flush_output() override { channel_->flush(); }
  bool heard_while_stopped() const override { return true; }

  void machine_event(const MachineEvent& event) override;

 private:
  void look_for_arrival();
  void take(uint8_t byte);
  Json answer(const JsonStream::Piece& piece);
  QmpOutcome obey(const Json& request);
  QmpOutcome negotiate(const Json& arguments);
  void tell_balloon();
  void send(const Json& value);

  ControlPanel panel_;
  std::unique_ptr<ByteChannel> channel_;
  bool pretty_;
  JsonStream stream_;
  bool negotiated_ = false;
  // The latest change of the balloon, until it may be told: once in a second.
  std::optional<MachineEvent> balloon_;
  uint64_t balloon_due_ns_ = 0;
};

}  // namespace vireo
