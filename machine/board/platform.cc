#include "machine/board/platform.h"

#include <array>

#include "pci/resource_assignment.h"

namespace vireo {
namespace {

using namespace address_map;

// The 8259 inputs of PIRQ A to H. They are level-triggered, as is the SCI.
constexpr std::array<unsigned, kPirqs> kPirqInputs{10, 10, 11, 11, 10, 10, 11, 11};
constexpr uint16_t kLevelTriggered = 1u << 10 | 1u << 11 | 1u << kSciIrq;

PirqRouting pirq_routing(const Ich9Lpc& lpc) {
  PirqRouting routing{};
  for (unsigned slot = 0; slot < routing.size(); ++slot) {
    for (unsigned pin = 0; pin < routing[slot].size(); ++pin) {
      routing[slot][pin] = static_cast<uint8_t>(lpc.pirq_of(slot, pin));
    }
  }
  return routing;
}

// Initialised as PC firmware does, for real mode, and with all inputs masked but
// the cascade: an operating system takes over a quiet machine.
void program_pic(I8259Pair& pic) {
  constexpr uint8_t kInitialise = 0x11;  // edge-triggered, cascaded, ICW4 follows
  constexpr uint8_t k8086Mode = 0x01;
  const auto program = [](IoHandler& ports, uint8_t base, uint8_t cascade, uint8_t mask) {
    ports.write(0, 1, kInitialise);
    for (const uint8_t word : {base, cascade, k8086Mode, mask}) ports.write(1, 1, word);
  };
  program(pic.master_ports(), 0x08, 1u << 2, 0xfb);
  program(pic.slave_ports(), 0x70, 2, 0xff);
  pic.elcr_ports().write(0, 2, kLevelTriggered);
}

void set_word(CmosRtc& rtc, unsigned index, uint64_t value) {
  rtc.set_nvram(index, static_cast<uint8_t>(value));
  rtc.set_nvram(index + 1, static_cast<uint8_t>(value >> 8));
}

// The codes of -boot's letters in CMOS.
unsigned boot_code(char letter) {
  constexpr std::string_view kLetters = "acdn";
  return static_cast<unsigned>(kLetters.find(letter)) + 1;
}

// Memory sizes where PC firmware keeps them: conventional and extended memory
// in KiB, what lies above 16 MiB and above 4 GiB in units of 64 KiB.
void write_sizes(const RamLayout& layout, CmosRtc& rtc) {
  constexpr uint64_t kKiB = 1024;
  constexpr uint64_t kUnit = 64 * kKiB;
  constexpr uint64_t kOneMiB = kKiB * kKiB;
  const uint64_t extended = std::min((layout.low_bytes - kOneMiB) / kKiB, uint64_t{0xffff});
  const uint64_t above16 = layout.low_bytes > 16 * kOneMiB ? layout.low_bytes - 16 * kOneMiB : 0;
  set_word(rtc, 0x15, kVgaHole / kKiB);
  set_word(rtc, 0x17, extended);
  set_word(rtc, 0x30, extended);
  set_word(rtc, 0x34, above16 / kUnit);
  set_word(rtc, 0x5b, layout.high_bytes / kUnit);
  rtc.set_nvram(0x5d, static_cast<uint8_t>(layout.high_bytes / kUnit >> 16));
}

}  // namespace

PlatformDescription describe_platform(const MachineCore& core, const Chipset& chipset,
                                      const CpuTopology& processors,
                                      const std::vector<unsigned>& serials) {
  PlatformDescription platform;
  platform.low_ram_bytes = core.layout.low_bytes;
  platform.high_ram_bytes = core.layout.high_bytes;
  platform.lapic_ids.clear();
  for (unsigned i = 0; i < processors.total(); ++i) {
    platform.lapic_ids.push_back(processors.apic_id(i));
  }
  platform.cpu_sockets = processors.sockets;
  platform.socket_cores = processors.cores;
  platform.core_threads = processors.threads;
  platform.ecam_base = GuestAddr{kEcam};
  platform.ecam_size = kEcamSize;
  platform.pci32 = {GuestAddr{kPci32}, kPci32End - kPci32};
  platform.pci64 = {GuestAddr{core.layout.pci64_base()}, kPci64Size};
  platform.lapic_base = GuestAddr{kLocalApic};
  platform.ioapic_base = GuestAddr{address_map::kIoApic};
  platform.pirq_gsi_base = kIoApicPirqBase;
  platform.hpet_base = GuestAddr{address_map::kHpet};
  platform.rcba_base = GuestAddr{kRcba};
  platform.pm_base = kPmBase;
  platform.sci_irq = kSciIrq;
  platform.s5_sleep_type = AcpiPm::kSleepTypeSoftOff;
  platform.smi_command_port = kSmiCommand;
  platform.acpi_enable_value = AcpiPm::kAcpiEnable;
  platform.acpi_disable_value = AcpiPm::kAcpiDisable;
  platform.pirq = pirq_routing(chipset.lpc());
  platform.uarts.clear();
  for (const unsigned number : serials) {
    platform.uarts.push_back({kSerial[number].port, kSerial[number].irq});
  }
  return platform;
}

// As QEMU's boards tell their firmware.
void write_cmos(const RamLayout& layout, unsigned processors, std::string_view boot_order,
                CmosRtc& rtc) {
  constexpr uint8_t kFpuAndMouse = 0x06;
  if (boot_order.empty()) boot_order = "cad";
  unsigned codes = 0;
  for (size_t i = 0; i < boot_order.size(); ++i) codes |= boot_code(boot_order[i]) << (4 * i);
  write_sizes(layout, rtc);
  rtc.set_nvram(0x14, kFpuAndMouse);
  rtc.set_nvram(0x38, static_cast<uint8_t>(codes >> 4 & 0xf0));
  rtc.set_nvram(0x3d, static_cast<uint8_t>(codes));
  rtc.set_nvram(0x5f, static_cast<uint8_t>(processors - 1));
}

void let_bridges_forward_dma(const PciBus& root) {
  root.for_each([](PciFunction& function) {
    if (function.secondary_bus() == nullptr) return;
    function.config_write(pci_reg::kCommand, 2, function.command() | pci_reg::kCommandMaster);
  });
}

Result<void> program_chipset(const MachineCore& core, Chipset& chipset) {
  chipset.host_bridge().program_express_window({kEcam, kEcamSize});
  chipset.host_bridge().open_all_pam();
  Ich9Lpc& lpc = chipset.lpc();
  lpc.program_pm_base(kPmBase);
  lpc.program_rcba(static_cast<uint32_t>(kRcba));
  for (unsigned pirq = 0; pirq < kPirqs; ++pirq) lpc.program_pirq(pirq, kPirqInputs[pirq]);
  program_pic(chipset.pic());
  write_sizes(core.layout, chipset.rtc());
  const uint64_t pci64 = core.layout.pci64_base();
  const ResourceWindows windows{
      .io = {kPciPorts, kPciPortsEnd},
      .memory32 = {kPci32, kPci32End},
      .memory64 = {pci64, pci64 + kPci64Size},
  };
  return assign_resources(chipset.bus(), windows, [&lpc](unsigned device, unsigned pin) {
    return static_cast<uint8_t>(lpc.pic_input_of(lpc.pirq_of(device, pin)).value_or(0xff));
  });
}

}  // namespace vireo
