// Where a device's message write goes: to the local APICs, or to memory.
#pragma once

#include "machine/base/guest_memory.h"
#include "machine/base/msi_message.h"
#include "machine/base/trace_event.h"
#include "machine/board/address_map.h"

namespace vireo {

class MessageRouter : public MsiSink {
 public:
  MessageRouter(MsiSink& apics, GuestMemory& memory) : apics_(apics), memory_(memory) {}

  // A message is a write of 32 bits: outside the APICs' range it changes RAM,
  // and is lost where there is none.
  void send(MsiMessage message) override {
    if (TraceEvents::on(LogItem::kIrq)) {
      TraceEvents::tell(LogItem::kIrq, "msi", {TraceField::hex("address", message.address),
                                               TraceField::hex("data", message.data)});
    }
    const bool interrupt =
        message.address >= address_map::kMessages && message.address < address_map::kMessagesEnd;
    if (interrupt) {
      apics_.send(message);
    } else {
      (void)memory_.write(GuestAddr{message.address}, message.data);
    }
  }

 private:
  MsiSink& apics_;
  GuestMemory& memory_;
};

}  // namespace vireo
