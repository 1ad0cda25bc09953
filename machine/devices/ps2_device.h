// The device end of a PS/2 cable: takes command bytes, answers with bytes.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "machine/base/archive.h"

namespace vireo {

// Common part of keyboard and mouse. Answers wait in a queue of fixed size; a
// report that does not fit is dropped whole.
class Ps2Device {
 public:
  static constexpr uint8_t kAck = 0xfa;
  static constexpr uint8_t kSelfTestPassed = 0xaa;
  static constexpr uint8_t kResend = 0xfe;

  virtual ~Ps2Device() = default;
  // A byte from the host: a command, or the argument that the last one wants.
  virtual void write(uint8_t byte) = 0;
  virtual void reset() = 0;
  virtual void visit(Archive& archive);

  bool has_data() const { return count_ > 0; }
  uint8_t take();

 protected:
  bool queue(std::span<const uint8_t> bytes);
  void reply(uint8_t byte) { queue(std::span(&byte, 1)); }
  void clear_queue() { head_ = count_ = 0; }
  uint8_t last_taken() const { return last_; }

 private:
  static constexpr unsigned kQueueSize = 32;
  std::array<uint8_t, kQueueSize> queue_{};
  uint8_t head_ = 0;
  uint8_t count_ = 0;
  uint8_t last_ = 0;
};

}  // namespace vireo
