// The chips every PC has, with their ports and wires: interrupt controllers,
// timers, clock, power management, keyboard controller, PCI host and LPC bridge.
#pragma once

#include <functional>
#include <vector>

#include "machine/base/device.h"
#include "machine/board/core.h"
#include "machine/board/guest_requests.h"
#include "machine/board/interrupt_wiring.h"
#include "machine/board/memory_switch.h"
#include "machine/board/message_router.h"
#include "machine/devices/acpi_pm.h"
#include "machine/devices/cmos_rtc.h"
#include "machine/devices/coprocessor_error.h"
#include "machine/devices/hpet.h"
#include "machine/devices/i8042.h"
#include "machine/devices/i8254.h"
#include "machine/devices/i8259_pair.h"
#include "machine/devices/ioapic.h"
#include "machine/devices/reset_control.h"
#include "machine/devices/system_port_a.h"
#include "machine/devices/system_port_b.h"
#include "pci/root_bus.h"
#include "pci/host_bridge.h"
#include "pci/lpc.h"

namespace vireo {

// What the chips are connected to; all must outlive them.
struct ChipsetWiring {
  MachineCore& core;
  GuestRequests& requests;
  MsiSink& apics;       // takes the I/O APIC's and the devices' interrupt messages
  InterruptSink& intr;  // input 0: the 8259s' INT output
  std::function<void(bool open)> set_a20;  // the processors' A20M# input
  std::function<void()> ignore_numeric_error;  // their IGNNE# input
  // The SMI# input of the processor that runs. PC firmware for this board sets system management
  // mode up on one processor while the others have no handler yet (SeaBIOS), so that a command
  // must not reach all.
  std::function<void()> smi;
  // The processor that runs has waited for a device's answer.
  std::function<void()> wait_for_device;
};

class Chipset {
 public:
  Chipset(const ChipsetWiring& wiring, int64_t rtc_start_seconds);
  Chipset(const Chipset&) = delete;
  Chipset& operator=(const Chipset&) = delete;

  // ISA interrupt inputs 0-15, for devices on the board's ports.
  InterruptSink& isa() { return interrupts_.isa(); }
  PciRootBus& bus() { return bus_; }
  I8259Pair& pic() { return pic_; }
  IoApic& ioapic() { return ioapic_; }
  CmosRtc& rtc() { return rtc_; }
  I8042& keyboard() { return i8042_; }
  CoprocessorError& coprocessor_error() { return coprocessor_error_; }
  AcpiPm& power() { return pm_; }
  Q35HostBridge& host_bridge() { return host_bridge_; }
  Ich9Lpc& lpc() { return lpc_; }
  MemorySwitch& memory_switch() { return memory_switch_; }
  const Ich9Lpc& lpc() const { return lpc_; }

  // A snapshot was loaded: what follows from registers is made to match them.
  void after_load() { memory_switch_.update(); }

  // The chips that are not on the PCI bus, in a fixed order.
  std::vector<Device*> devices();

 private:
  void update_a20();
  void map_ports(IoSpace& ports);
  void map_memory(IoSpace& mmio);
  void map(IoSpace& space, uint64_t base, uint64_t size, IoHandler& handler, const char* name);

  MessageRouter messages_;
  LateSink sci_;
  IoApic ioapic_;
  I8259Pair pic_;
  InterruptWiring interrupts_;
  Hpet hpet_;
  I8254 pit_;
  SystemPortB port_b_;
  CmosRtc rtc_;
  AcpiPm pm_;
  SystemPortA port_a_;
  CoprocessorError coprocessor_error_;
  ResetControl reset_control_;
  I8042 i8042_;
  std::function<void(bool)> set_a20_;
  PciRootBus bus_;
  Q35HostBridge host_bridge_;
  MemorySwitch memory_switch_;
  Ich9Lpc lpc_;
  std::vector<IoMapping> mappings_;
};

}  // namespace vireo
