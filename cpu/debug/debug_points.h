// What a debugger outside the machine wants to be told of: instructions that are about to run,
// and memory that is touched.
#pragma once

#include <bitset>
#include <cstdint>
#include <vector>

namespace vireo {

// By linear address, of any number, the same for every processor. Guest memory is never changed
// for them, and the guest has no means of seeing them; DR0-DR3 stay its own (Breakpoints).
class DebugPoints {
 public:
  enum class Watch : uint8_t { kWrite, kRead, kAccess };

  // The same breakpoint, or watchpoint, may be there several times; each goes by itself. False:
  // there is none such. A watchpoint is of at least one byte and ends at the last address at most.
  void add_breakpoint(uint64_t linear);
  bool remove_breakpoint(uint64_t linear);
  void add_watchpoint(uint64_t linear, uint64_t size, Watch watch);
  bool remove_watchpoint(uint64_t linear, uint64_t size, Watch watch);

  bool breaks_at(uint64_t linear) const;
  // Whether a breakpoint has this page offset, wherever its page is: a block of code, which knows
  // physical addresses only, never runs across it.
  bool breaks_at_offset(uint64_t page_offset) const { return offsets_[page_offset & 0xfff]; }

  bool watches_data() const { return !watchpoints_.empty(); }
  bool watches_page(uint64_t linear) const;
  // The first watchpoint that an access meets.
  struct Hit {
    uint64_t address = 0;  // the first byte that both have
    Watch watch = Watch::kWrite;
    bool met = false;
  };
  Hit meets(uint64_t linear, uint64_t size, bool write) const;

 private:
  struct Watchpoint {
    uint64_t first, last;
    Watch watch;
    bool operator==(const Watchpoint&) const = default;
  };
  std::vector<uint64_t> breakpoints_;  // in order
  std::bitset<4096> offsets_;
  std::vector<Watchpoint> watchpoints_;
};

// Why a processor came to a stop for its debugger.
struct DebugStop {
  enum class Kind : uint8_t {
    kBreakpoint,  // in front of an instruction
    kWatchpoint,  // behind the one that touched the memory
    kStep,        // the one instruction asked for has retired
  };
  Kind kind = Kind::kStep;
  uint64_t address = 0;  // of the breakpoint, or of the memory touched
  DebugPoints::Watch watch = DebugPoints::Watch::kWrite;
};

}  // namespace vireo
