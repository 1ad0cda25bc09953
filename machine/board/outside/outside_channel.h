// A channel whose input is recorded or played back.
#pragma once

#include <memory>
#include <optional>
#include <span>

#include "machine/base/byte_channel.h"
#include "machine/board/outside/outside.h"

namespace vireo {

class OutsideChannel final : public ByteChannel {
 public:
  // `inner` may be null where the host is not asked.
  OutsideChannel(std::unique_ptr<ByteChannel> inner, Outside& outside, uint32_t source)
      : inner_(std::move(inner)), outside_(outside), source_(source) {}

  void write(std::span<const uint8_t> bytes) override;
  std::optional<uint8_t> read() override;
  void flush() override;
  bool connected() const override;
  std::optional<TerminalSize> terminal_size() const override;
  bool take_arrival() override;

 private:
  std::unique_ptr<ByteChannel> inner_;
  Outside& outside_;
  uint32_t source_;
};

}  // namespace vireo
