#include "machine/board/outside/outside_channel.h"

namespace vireo {
namespace {

enum Level : unsigned { kConnected, kTerminalSize };

constexpr uint64_t kIsTerminal = uint64_t{1} << 32;

uint64_t pack(const std::optional<TerminalSize>& size) {
  if (!size) return 0;
  return kIsTerminal | uint64_t{size->columns} << 16 | size->rows;
}

}  // namespace

void OutsideChannel::write(std::span<const uint8_t> bytes) {
  if (inner_ != nullptr && !outside_.heard_before()) inner_->write(bytes);
}

std::optional<uint8_t> OutsideChannel::read() {
  return outside_.byte(source_, [this]() -> std::optional<uint8_t> {
    return inner_ == nullptr ? std::nullopt : inner_->read();
  });
}

void OutsideChannel::flush() {
  if (inner_ != nullptr) inner_->flush();
}

bool OutsideChannel::connected() const {
  return outside_.level(source_, kConnected, [this] {
    return uint64_t{inner_ != nullptr && inner_->connected()};
  }) != 0;
}

std::optional<TerminalSize> OutsideChannel::terminal_size() const {
  const uint64_t packed = outside_.level(source_, kTerminalSize, [this] {
    return pack(inner_ == nullptr ? std::nullopt : inner_->terminal_size());
  });
  if ((packed & kIsTerminal) == 0) return std::nullopt;
  return TerminalSize{static_cast<uint16_t>(packed >> 16), static_cast<uint16_t>(packed)};
}

bool OutsideChannel::take_arrival() {
  return outside_.arrival(source_,
                          [this] { return inner_ != nullptr && inner_->take_arrival(); });
}

}  // namespace vireo
