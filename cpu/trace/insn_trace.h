// Whether instructions are recorded, and by whom: what the engine asks. Process-wide, as the
// log is; off, it costs a test in the run loop and in the slow paths of stores.
#pragma once

#include <cstdint>

namespace vireo {

class InsnRecorder;

// A bit in the write tags of the TLB: the store may go by the fast way, but the recorder must
// see it. Such a tag matches no page, so that stores take the slow path and look there.
inline constexpr uint64_t kTlbTraced = 2;

class InsnTrace {
 public:
  // A recorder is there: TLB entries are filled with kTlbTraced.
  static bool armed() { return recorder_ != nullptr; }
  // It wants what happens now: blocks are built with an op before each instruction.
  static bool recording() { return recording_; }
  static InsnRecorder& recorder() { return *recorder_; }

  // From the power-on state to the end of the machine, or nobody (null).
  static void arm(InsnRecorder* recorder) {
    recorder_ = recorder;
    recording_ = false;
  }
  // By the recorder alone.
  static void set_recording(bool on) { recording_ = on; }

 private:
  static inline InsnRecorder* recorder_ = nullptr;
  static inline bool recording_ = false;
};

}  // namespace vireo
