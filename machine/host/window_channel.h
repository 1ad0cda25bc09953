// What the user does in a window, as a channel of bytes.
#pragma once

#include <memory>
#include <optional>

#include "machine/host/host_channel.h"
#include "machine/host/input_buffer.h"
#include "machine/host/unique_fd.h"
#include "machine/host/window.h"

namespace vireo {

// Whole events of eight bytes each; those that come faster than the machine takes them are lost.
// What is written to it goes nowhere.
class WindowChannel final : public HostChannel {
 public:
  static Result<std::unique_ptr<WindowChannel>> open(SourceSet& set);

  const std::shared_ptr<Window>& window() const { return window_; }

  void write(std::span<const uint8_t>) override {}
  std::optional<uint8_t> read() override { return input_.take(); }
  int wait_fd() const override { return input_.starved() ? end_.get() : -1; }
  bool live() const override { return true; }
  uint64_t max_wait_ns() const override { return window_->asks_again_ns(); }

 private:
  WindowChannel(SourceSet& set, UniqueFd end) : HostChannel(set), end_(std::move(end)) {}

  UniqueFd end_;
  InputBuffer input_{end_.get()};
  // Goes first: its thread writes to the other end.
  std::shared_ptr<Window> window_;
};

}  // namespace vireo
