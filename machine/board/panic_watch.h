// Notices in what a guest prints that its kernel has panicked.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <utility>

#include "machine/base/archive.h"
#include "machine/base/byte_channel.h"
#include "machine/board/line_watch.h"

namespace vireo {

// Linux has no way to tell the machine that works in every kernel: the drivers
// for panic devices are modules, which a small initramfs lacks. But each kernel
// says "Kernel panic - not syncing: ..." on its console, and an orderly restart
// says "reboot: Restarting system" there. A reset that follows the first without
// the second is reported as a panic. The guest is not influenced in any way.
class PanicWatch {
 public:
  void see(uint8_t byte);
  // What the kernel gave as the reason, from its last panic; empty: none.
  const std::string& panic() const { return panic_; }
  void clear();
  // Called with the reason, before it is kept.
  void set_listener(std::function<void(const std::string&)> listener) {
    listener_ = std::move(listener);
  }
  void visit(Archive& archive);

 private:
  void end_of_line();

  std::string line_;
  std::string panic_;
  std::function<void(const std::string&)> listener_;
};

// A channel whose output is read along.
class WatchedChannel : public ByteChannel {
 public:
  WatchedChannel(std::unique_ptr<ByteChannel> channel, EventQueue& events)
      : channel_(std::move(channel)), lines_(events) {}

  void write(std::span<const uint8_t> bytes) override {
    for (const uint8_t byte : bytes) {
      watch_.see(byte);
      lines_.see(byte);
    }
    channel_->write(bytes);
  }
  std::optional<uint8_t> read() override { return channel_->read(); }
  void flush() override { channel_->flush(); }
  PanicWatch& watch() { return watch_; }
  LineWatch& lines() { return lines_; }
  // What was printed on the line so far. The far end has no state here.
  void visit(Archive& archive) {
    watch_.visit(archive);
    lines_.visit(archive);
  }

 private:
  std::unique_ptr<ByteChannel> channel_;
  PanicWatch watch_;
  LineWatch lines_;
};

}  // namespace vireo
