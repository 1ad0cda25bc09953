// What the firmware tables say about the machine, as plain numbers. The board
// fills it from the address map that it really wired, so that tables and
// hardware cannot drift apart; the defaults are the q35-shaped machine.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "machine/base/guest_addr.h"

namespace vireo {

// An address window that the host bridge forwards; size 0: none.
struct AddressWindow {
  GuestAddr base;
  uint64_t size = 0;
};

struct UartDescription {
  uint16_t port = 0;  // first of 8 I/O ports
  uint8_t irq = 0;    // ISA interrupt
};

// Which of PIRQ A..H (0..7) each device on bus 0 drives with its pins INTA..D:
// pirq[slot][pin].
using PirqRouting = std::array<std::array<uint8_t, 4>, 32>;

// The power-on routing of the ICH9: slots 0-24 rotate over E..H, slots 25-29
// and 31 use A..D straight (chipset registers DxxIR = 0x3210), slot 30 E..H
// straight. (ICH9 datasheet section 10.1; conformance row PCI-09.)
constexpr PirqRouting q35_pirq_routing() {
  PirqRouting routing{};
  for (unsigned slot = 0; slot < 32; ++slot) {
    for (unsigned pin = 0; pin < 4; ++pin) {
      if (slot < 25)
        routing[slot][pin] = static_cast<uint8_t>(4 + (slot + pin) % 4);
      else
        routing[slot][pin] = static_cast<uint8_t>(slot == 30 ? 4 + pin : pin);
    }
  }
  return routing;
}

struct PlatformDescription {
  // RAM from 0, in bytes, up to the PCI hole; the hole from 640 KiB to 1 MiB
  // counts as part of it (RAM stands behind 0xC0000-0xFFFFF for these tables).
  uint64_t low_ram_bytes = 0;
  uint64_t high_ram_bytes = 0;            // RAM from 4 GiB
  std::vector<uint32_t> lapic_ids = {0};  // one for each CPU, boot CPU first
  unsigned cpu_sockets = 1;
  unsigned socket_cores = 1;
  unsigned core_threads = 1;

  GuestAddr ecam_base{0xB000'0000};
  uint64_t ecam_size = uint64_t{256} << 20;  // 1 MiB for each bus
  AddressWindow pci32{GuestAddr{0xC000'0000}, 0x3EC0'0000};
  AddressWindow pci64{GuestAddr{0x80'0000'0000}, uint64_t{32} << 30};

  GuestAddr lapic_base{0xFEE0'0000};
  GuestAddr ioapic_base{0xFEC0'0000};
  uint8_t ioapic_id = 0;
  uint32_t ioapic_gsi_base = 0;
  uint32_t pirq_gsi_base = 16;  // PIRQ n drives GSI pirq_gsi_base + n

  bool has_hpet = true;
  GuestAddr hpet_base{0xFED0'0000};
  uint32_t hpet_block_id = 0x8086'A201;  // low half of the HPET's GCAP_ID register
  GuestAddr rcba_base{0xFED1'C000};      // chipset register block, 16 KiB

  // ACPI fixed hardware: PM1_STS +0, PM1_EN +2, PM1_CNT +4, PM_TMR +8, GPE0 +0x20 (16 bytes).
  uint16_t pm_base = 0x600;
  uint8_t sci_irq = 9;  // ISA interrupt and GSI; level, active high
  // SLP_TYP of PM1_CNT that powers off when written with SLP_EN. Zero as in
  // QEMU; the power management chip must agree.
  uint8_t s5_sleep_type = 0;
  // Port and values which switch ACPI mode (SCI_EN) on and off. Port 0: there
  // is no legacy mode, SCI_EN reads 1 from power-on.
  uint16_t smi_command_port = 0xB2;
  uint8_t acpi_enable_value = 0x02;
  uint8_t acpi_disable_value = 0x03;
  uint16_t reset_port = 0xCF9;
  uint8_t reset_value = 0x06;

  uint8_t lpc_slot = 31;  // the LPC bridge at 00:slot.0 holds the PIRQ registers
  PirqRouting pirq = q35_pirq_routing();
  // _OSC: PCI Express features whose control is given to the operating system
  // (PCI Firmware 3.2 table 4-5): native hot-plug, SHPC, PME, AER, capability.
  uint32_t osc_control_mask = 0x1F;

  std::vector<UartDescription> uarts = {{0x3F8, 4}, {0x2F8, 3}};
  bool has_i8042 = true;
  uint16_t fw_cfg_port = 0;  // of the firmware configuration device, 12 ports; 0: there is none
  bool has_vga = false;

  // SMBIOS strings. The date is a constant, as nothing that a guest sees may
  // depend on the day; Linux distrusts tables of firmware from before 2008.
  std::string manufacturer = "vireo";
  std::string product = "vireo q35";
  std::string firmware_version = "0.1.0";
  std::string firmware_date = "01/01/2026";
  std::array<uint8_t, 16> system_uuid{};
};

}  // namespace vireo
