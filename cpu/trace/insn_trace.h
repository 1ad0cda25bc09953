// Whether instructions are recorded, and by whom: what the engine asks. Process-wide, as the
// log is; off, it costs a test in the run loop and in the slow paths of stores.
#pragma once

#include <cstdint>

#include "cpu/mmu/tlb.h"

namespace vireo {

class InsnRecorder;

// A bit in the write tags of the TLB: the store may go by the fast way, but the recorder must
// see it. Such a tag matches no page, so that stores take the slow path and look there.
inline constexpr uint64_t kTlbTraced = 2;

// Whether a store of `size` bytes at `va` would go by the fast way if nobody recorded. It must
// then not walk the page tables either: they may have changed since the entry was filled.
inline bool writable_untraced(const TlbEntry& entry, uint64_t va, unsigned size) {
  return (entry.write_tag & ~kTlbTraced) == tlb_tag(va, size);
}

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
