// Where gdb finds the machine: one client after the other on a channel.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "machine/base/byte_channel.h"
#include "machine/board/control_panel.h"
#include "machine/board/input_gate.h"
#include "machine/control/gdb/packets.h"
#include "machine/control/gdb/session.h"

namespace vireo {

// Reads packets at the poll points of the run. A client that comes stops the machine; one that
// goes without a word leaves no breakpoint behind, and the machine goes on unless it stood still
// from before. Enters the machine's gate for as long as it lives.
class GdbServer final : public InputSource {
 public:
  // `history`: what is kept to go back to from the first client on; nothing: it cannot go back.
  GdbServer(ControlPanel panel, std::unique_ptr<ByteChannel> channel,
            std::optional<TimeTravelOptions> history = TimeTravelOptions{});
  ~GdbServer() override;

  bool poll_input() override;
  void flush_output() override { channel_->flush(); }
  bool heard_while_stopped() const override { return true; }

  // The run has ended: tells the client.
  void finish(int exit_code);

 private:
  void begin();
  void end();
  void take(PacketReader::Event event);
  void send(std::string_view contents);

  ControlPanel panel_;
  std::unique_ptr<ByteChannel> channel_;
  std::optional<TimeTravelOptions> history_;
  PacketReader reader_;
  std::unique_ptr<GdbSession> session_;
  bool stopped_before_ = false;
  std::string last_;  // for a client that asks for it again
};

}  // namespace vireo
