#include "machine/board/chipset.h"

#include <cassert>

namespace vireo {
namespace {

constexpr uint8_t kIoApicId = 0;
constexpr unsigned kLpcSlot = 31;

}  // namespace

Chipset::Chipset(const ChipsetWiring& wiring, int64_t rtc_start_seconds)
    : messages_(wiring.apics, wiring.core.memory),
      ioapic_(wiring.apics, kIoApicId),
      pic_(IrqLine(wiring.intr, 0)),
      interrupts_(pic_, ioapic_),
      hpet_(HpetConfig(), wiring.core.events, interrupts_.hpet_ioapic(),
            IrqLine(isa(), address_map::kPitIrq), IrqLine(isa(), address_map::kRtcIrq)),
      pit_(wiring.core.events, IrqLine(hpet_, Hpet::kPitInput)),
      port_b_(wiring.core.events, pit_),
      rtc_(CmosRtcConfig{rtc_start_seconds}, wiring.core.events, IrqLine(hpet_, Hpet::kRtcInput)),
      pm_(wiring.core.events, IrqLine(sci_, 0), [&r = wiring.requests] { r.power_off(); }),
      port_a_([this](bool) { update_a20(); }, [&r = wiring.requests] { r.reset(); }),
      coprocessor_error_(IrqLine(isa(), address_map::kCoprocessorIrq),
                         wiring.ignore_numeric_error),
      reset_control_([&r = wiring.requests] { r.reset(); }),
      i8042_(
          IrqLine(isa(), address_map::kKeyboardIrq), IrqLine(isa(), address_map::kMouseIrq),
          [this](bool) { update_a20(); }, [&r = wiring.requests] { r.reset(); }),
      set_a20_(wiring.set_a20),
      bus_(wiring.core.mmio, wiring.core.ports, messages_),
      host_bridge_(bus_),
      memory_switch_(wiring.core, host_bridge_),
      lpc_(LpcWiring{pm_, interrupts_.lpc_pic(), interrupts_.lpc_ioapic()}) {
  sci_.connect(lpc_.sci_input());
  pm_.set_smi(wiring.smi);
  pm_.set_timer_read(wiring.wait_for_device);
  lpc_.set_smi_lock_callback([this](bool locked) { pm_.set_smi_locked(locked); });
  host_bridge_.address_port().set_reset_control(&reset_control_.port());
  host_bridge_.set_memory_callback([this] { memory_switch_.update(); });
  bus_.set_intx_router(&lpc_);
  [[maybe_unused]] const bool attached =
      bus_.attach(host_bridge_, 0).ok() && bus_.attach(lpc_, kLpcSlot).ok();
  assert(attached);
  map_ports(wiring.core.ports);
  map_memory(wiring.core.mmio);
}

// Either switch opens the gate (ICH9 datasheet, "A20M#").
void Chipset::update_a20() { set_a20_(port_a_.a20() || i8042_.a20()); }

void Chipset::map(IoSpace& space, uint64_t base, uint64_t size, IoHandler& handler,
                  const char* name) {
  mappings_.push_back(space.map(base, size, handler, name));
}

void Chipset::map_ports(IoSpace& ports) {
  using namespace address_map;
  map(ports, kPicMaster, 2, pic_.master_ports(), "8259 master");
  map(ports, kPit, 4, pit_.ports(), "8254");
  map(ports, kI8042Data, 1, i8042_.data_port(), "8042 data");
  map(ports, kSystemPortB, 1, port_b_.port(), "system port B");
  map(ports, kI8042Command, 1, i8042_.command_port(), "8042 command");
  map(ports, kRtc, 2, rtc_.ports(), "RTC");
  map(ports, kSystemPortA, 1, port_a_.port(), "system port A");
  map(ports, kCoprocessorError, 1, coprocessor_error_.port(), "coprocessor error");
  map(ports, kPicSlave, 2, pic_.slave_ports(), "8259 slave");
  map(ports, kSmiCommand, 2, pm_.smi_command_ports(), "SMI command");
  map(ports, kElcr, 2, pic_.elcr_ports(), "ELCR");
  map(ports, kConfigAddressPort, 4, host_bridge_.address_port(), "PCI address");
  map(ports, kConfigDataPort, 4, host_bridge_.data_port(), "PCI data");
}

void Chipset::map_memory(IoSpace& mmio) {
  using namespace address_map;
  map(mmio, kIoApic, kIoApicSize, ioapic_, "I/O APIC");
  map(mmio, address_map::kHpet, kHpetSize, hpet_, "HPET");
}

std::vector<Device*> Chipset::devices() {
  return {&interrupts_, &pic_, &ioapic_, &hpet_,          &pit_,  &port_b_,
          &rtc_,        &pm_,  &port_a_, &reset_control_, &i8042_, &coprocessor_error_};
}

}  // namespace vireo
