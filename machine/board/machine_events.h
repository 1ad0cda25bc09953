// What happens to a machine as a whole, told to those who asked: control protocols and reports.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace vireo {

struct MachineEvent {
  enum class Kind : uint8_t {
    kShutdown,       // the run ends, or with -no-shutdown the machine is off
    kReset,          // the machine was reset
    kStop,           // its time stands still
    kResume,         // it goes on
    kPowerButton,    // the user pressed it
    kGuestPanic,     // the guest's kernel told of its end
    kDeviceDeleted,  // a device has left the machine
    kBalloonChange,  // the guest has another amount of memory
    kBlockError,     // a disk's request failed
  };
  Kind kind = Kind::kStop;
  bool by_guest = false;        // kShutdown, kReset
  std::string_view cause = {};  // kShutdown, kReset: in QEMU's words (QAPI ShutdownCause)
  // kGuestPanic: what the kernel said. kDeviceDeleted: the id. kBlockError: the drive's id.
  std::string name = {};
  std::string detail = {};  // kBlockError: the operation ("read", "write", "flush")
  std::string reason = {};  // kBlockError: why, for a person
  uint64_t bytes = 0;       // kBalloonChange: of memory that the guest has
};

class MachineListener {
 public:
  virtual ~MachineListener() = default;
  // Called when it happens, perhaps in the middle of an instruction: it may note and write, and
  // change nothing of the machine.
  virtual void machine_event(const MachineEvent& event) = 0;
};

// Tells every listener, in the order in which they entered. What is told, and when on the virtual
// clock, is the same in each run; whether anybody listens changes nothing.
class MachineEvents {
 public:
  // A listener leaves before it is destroyed, and not while it is told something.
  void enter(MachineListener& listener) { listeners_.push_back(&listener); }
  void leave(MachineListener& listener) { std::erase(listeners_, &listener); }

  void tell(const MachineEvent& event) const {
    for (MachineListener* listener : listeners_) listener->machine_event(event);
  }

 private:
  std::vector<MachineListener*> listeners_;
};

}  // namespace vireo
