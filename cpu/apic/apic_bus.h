// The path between interrupt sources and local APICs: decides who is meant by a
// destination (SDM 3A 11.6.2) and arbitrates lowest-priority delivery.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "cpu/apic/apic_message.h"
#include "machine/base/msi_message.h"

namespace vireo {

class LocalApic;

// One per machine. Holds no state that a guest could notice, hence no snapshot.
class ApicBus : public MsiSink {
 public:
  // Not owned; attach all before the machine runs, in order of APIC id.
  void attach(LocalApic& apic) { apics_.push_back(&apic); }

  // Called with the vector of a level-triggered interrupt when a CPU ends it:
  // connect to the I/O APICs' eoi().
  void set_eoi_listener(std::function<void(uint8_t vector)> listener) {
    eoi_listener_ = std::move(listener);
  }

  // A message from a device or an I/O APIC. Addresses outside 0xFEExxxxx are
  // not interrupts and are dropped here; the board sends those to memory.
  void send(MsiMessage message) override;

  // Delivers to every APIC that the destination names; a lowest-priority
  // message goes to that one of them whose processor priority is lowest, and of
  // equal ones to that with the lowest id (SDM 3A 11.6.2.4 leaves open which).
  void deliver(const ApicMessage& message);

  // Interprocessor interrupts with a shorthand destination.
  void deliver_to_all(const ApicMessage& message, const LocalApic* except);

  void broadcast_eoi(uint8_t vector);

 private:
  LocalApic* lowest_priority_target(const ApicMessage& message) const;

  std::vector<LocalApic*> apics_;
  std::function<void(uint8_t)> eoi_listener_;
};

}  // namespace vireo
