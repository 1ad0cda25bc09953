// What the guest asked the machine as a whole to do, by writing to some device.
#pragma once

#include <cstdint>
#include <functional>

#include "machine/base/archive.h"

namespace vireo {

// Devices note a request in the middle of an instruction; the run loop acts on
// it after that instruction. The first request counts: what a guest writes
// afterwards comes from a machine that is already off.
class GuestRequests {
 public:
  enum class Kind : uint8_t { kNone, kPowerOff, kReset, kDebugExit };

  // `stop_cpu` makes the CPU stop before the next instruction.
  void set_stop_cpu(std::function<void()> stop_cpu) { stop_cpu_ = std::move(stop_cpu); }

  void power_off() { note(Kind::kPowerOff, 0); }
  void reset() { note(Kind::kReset, 0); }
  // The reset button: the same, but it was not the guest.
  void reset_by_user() { note(Kind::kReset, 0, true); }
  void debug_exit(uint32_t code) { note(Kind::kDebugExit, code); }

  Kind kind() const { return kind_; }
  uint32_t code() const { return code_; }  // for kDebugExit
  bool by_user() const { return by_user_; }
  void clear() { kind_ = Kind::kNone; }

  void visit(Archive& archive) {
    archive.io(kind_);
    archive.io(code_);
    if (kind_ <= Kind::kDebugExit) return;
    archive.fail();
    clear();
  }

 private:
  void note(Kind kind, uint32_t code, bool by_user = false) {
    if (kind_ != Kind::kNone) return;
    kind_ = kind;
    code_ = code;
    by_user_ = by_user;
    if (stop_cpu_) stop_cpu_();
  }

  Kind kind_ = Kind::kNone;
  uint32_t code_ = 0;
  bool by_user_ = false;
  std::function<void()> stop_cpu_;
};

}  // namespace vireo
