// A serial port on the user's terminal.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <utility>

#include "machine/host/escape_keys.h"
#include "machine/host/host_channel.h"
#include "machine/host/input_buffer.h"
#include "machine/host/output_buffer.h"
#include "machine/host/terminal.h"

namespace vireo {

// Raw mode while it exists. Keys are read whether or not the guest takes them,
// so that Ctrl-A X works on a dead guest; beyond a bound they are dropped.
class TerminalChannel final : public HostChannel {
 public:
  // `in_fd` is a terminal; `out_fd` may be anything. Owns neither.
  // With `mux` the escapes that are a multiplexer's (MuxChannel) are handed on as typed.
  TerminalChannel(SourceSet& set, int in_fd, int out_fd, bool signals, bool mux = false);
  // Ends the guest's last line on a terminal, so that what the host prints next
  // stands on its own.
  ~TerminalChannel() override;

  void write(std::span<const uint8_t> bytes) override { output_.put(bytes); }
  std::optional<uint8_t> read() override;
  void flush() override { output_.flush(); }
  bool take_arrival() override { return std::exchange(arrived_, false); }
  int wait_fd() const override;
  void pump() override;
  bool take_news() override { return std::exchange(news_, false); }
  bool wants_quit() const override { return wants_quit_; }
  bool live() const override { return !input_.ended(); }
  std::optional<TerminalSize> terminal_size() const override;

 private:
  void take_key(uint8_t key);
  void type(uint8_t key);

  int in_fd_;
  int out_fd_;
  std::unique_ptr<RawTerminal> raw_;
  InputBuffer input_;
  OutputBuffer output_;
  EscapeKeys escapes_;
  bool mux_;
  bool arrived_ = true;
  std::deque<uint8_t> typed_;
  bool news_ = false;
  bool wants_quit_ = false;
};

}  // namespace vireo
