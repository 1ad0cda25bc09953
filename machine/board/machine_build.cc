// Puts the parts of a machine together, from core to firmware, and starts them over at a reset.
#include <fmt/format.h>

#include <utility>

#include "machine/board/boot_order.h"
#include "machine/board/machine_parts.h"
#include "machine/board/rtc_start.h"
#include "machine/board/screen/add_vga.h"

namespace vireo {

Machine::Parts::Parts(const MachineConfig& config_in, HostServices& host_in, HostRam ram,
                      const CpuModel& model, Recording recording)
    : config(config_in),
      outside(RunLog::outside_start(config, std::move(recording))),
      host(host_in, outside),
      seed(config.seed.from_host ? host.random_seed() : config.seed.value),
      rtc_seconds(rtc_start(config.rtc, host)),
      chardevs(host, [this] { control.quit(); }),
      core(std::move(ram), address_map::RamLayout::of(config.memory_bytes), config.icount.shift),
      chipset(ChipsetWiring{core, requests, apic_bus, intr,
                            [this](bool open) { processors.set_a20(open); },
                            [this] { processors.ignore_x87_error(); },
                            [this] { processors.current().cpu().set_smi(); },
                            [this] { processors.current().cpu().charge_device_read(); }},
              rtc_seconds),
      placing(chipset.bus()),
      control(requests, chipset.power(), news),
      processors(model, config.topology,
                 ProcessorWiring{core.memory, core.mmio, core.ports, core.clock, core.events,
                                 apic_bus, [this] { return chipset.pic().acknowledge(); },
                                 [this] { requests.reset(); }},
                 seed),
      debug(core, processors, control),
      virtio({config, config.netdevs, host, chardevs, core, input, news, seed, rtc_seconds},
             placing),
      snapshots({core, [this] { return state_parts(); }, [this] { return disks(); },
                 [this] { return description(); },
                 [this] {
                   chipset.after_load();
                   if (flash != nullptr) flash->after_load();
                   processors.after_load();
                 },
                 [this] { time_travel.begin_again(); }}),
      time_travel({core.clock, core.alarms, snapshots, outside, [this] { return undo_disks(); }}),
      run_log({config, outside, core.alarms, control}) {
  intr.connect(processors.boot().apic());
  processors.boot().cpu().set_ferr_listener([this] { chipset.coprocessor_error().ferr(); });
  apic_bus.set_eoi_listener([this](uint8_t vector) { chipset.ioapic().eoi(vector); });
  outside.bind(core.clock, [this] { return state_check(); },
               [this] { return control.stopped(); }, run_log.on_trouble());
  input.enter(outside);
  const auto stop_cpu = [this] { processors.stop(); };
  requests.set_stop_cpu(stop_cpu);
  core.events.set_earlier_deadline_callback(stop_cpu);
  for (size_t i = 0; i < processors.size(); ++i) {
    processors.at(i).cpu().set_slices(config.slices);
  }
}

// Ports of its own: over another chip's it would end the run by surprise, or never be reached.
Result<void> Machine::Parts::add_debug_exit(const DebugExitConfig& place) {
  const uint32_t end = uint32_t{place.iobase} + place.iosize;
  for (uint32_t port = place.iobase; port < end; ++port) {
    if (port <= 0xffff && !core.ports.claimed(port)) continue;
    return Error{
        fmt::format("-device isa-debug-exit: port {:#x} is not free; use iobase=0xf4", port)};
  }
  debug_exit = std::make_unique<DebugExit>(
      [this](int code) { requests.debug_exit(static_cast<uint32_t>(code)); });
  debug_exit_ports = core.ports.map(place.iobase, place.iosize, *debug_exit, "isa-debug-exit");
  return {};
}

// What the processor finds after a reset: a ROM, or what a kernel's loader has left.
Result<void> Machine::Parts::add_firmware() {
  if (config.firmware.flash[0]) {
    auto made = SystemFlash::create(config.firmware, core, chipset.memory_switch(), host,
                                    [this] { return processors.current().cpu().smm; });
    if (!made) return made.error();
    flash = std::move(*made);
    return {};
  }
  if (config.firmware.run()) {
    auto read = FirmwareRom::read(config.firmware.path, host);
    if (!read) return read.error();
    rom = std::move(*read);
    chipset.memory_switch().set_rom(rom->bytes());
    return {};
  }
  boot = Boot::later(config, host);
  return config.snapshots.from_file() ? Result<void>() : boot->read();
}

// What can fail for a reason that the user gave.
Result<void> Machine::Parts::complete() {
  if (auto added = add_firmware(); !added) return added;
  if (auto made = placing.create_bridges(config.pci_bridges); !made) return made;
  for (const ChardevConfig& chardev : config.chardevs) {
    if (auto added = chardevs.add(chardev); !added) return added;
  }
  auto opened = SerialPorts::create(config, chardevs, core, chipset.isa());
  if (!opened) return opened.error();
  serials = std::move(*opened);
  input.enter(*serials);
  serials->set_on_panic([this](const std::string& reason) {
    news.tell({.kind = MachineEvent::Kind::kGuestPanic, .name = reason});
  });
  if (auto created = virtio.create(); !created) return created;
  if (auto added = add_vga(config, core, host, placing, vga); !added) return added;
  screens = std::make_unique<Screens>(vga.get(), virtio);
  if (config.debug_exit) {
    if (auto added = add_debug_exit(*config.debug_exit); !added) return added;
  }
  const std::string order = boot_order_text(chipset.bus(), virtio);
  if (auto made = fw_cfg.create(config, platform(), order, core, host); !made) return made;
  if (auto added = fw_cfg.add_roms(virtio.loose_roms()); !added) return added;
  if (config.snapshots.from_file()) {
    reset_devices();
  } else if (auto ready = reset(config.no_reboot); !ready) {
    return ready;
  }
  if (auto started = start_lint(); !started) return started;
  if (auto started = start_events(); !started) return started;
  return start_recording();
}

// Last, as it empties the file of an earlier report.
Result<void> Machine::Parts::start_lint() {
  if (!config.virtio_lint.on) return {};
  auto made = LintWatch::create(config.virtio_lint, core, processors);
  if (!made) return made.error();
  lint = std::move(*made);
  virtio.set_on_new([this](VirtioPciFunction& function) { lint->watch(function); });
  return {};
}

// What the processor that runs is about to do, or does.
Result<void> Machine::Parts::start_events() {
  if (config.events.path.empty()) return {};
  auto made = EventFile::create(config.events, [this] {
    Processor& processor = processors.current();
    return EventPlace{core.clock.now_ns(), core.clock.instructions(), processor.cpu().rip,
                      processor.index()};
  });
  if (!made) return made.error();
  events = std::move(*made);
  return {};
}

Result<void> Machine::Parts::start_recording() {
  if (config.insn_trace.path.empty()) return {};
  auto made = InsnTraceFile::create(config.insn_trace, processors);
  if (!made) return made.error();
  insns = std::move(*made);
  return {};
}

void Machine::Parts::reset_devices() {
  const std::vector<Device*> all = devices();
  for (Device* device : all) device->reset();
  for (Device* device : all) device->reset_outputs();
  processors.reset();
}

PlatformDescription Machine::Parts::platform() const {
  PlatformDescription all = describe_platform(core, chipset, config.topology, serials->places());
  all.fw_cfg_port = FwCfgOnBoard::wanted(config) ? address_map::kFwCfg : 0;
  return all;
}

// Both phases of the devices' reset, then what firmware would do unless it does so itself.
Result<void> Machine::Parts::reset(bool last) {
  reset_devices();
  if (config.firmware.run()) {
    write_cmos(core.layout, config.topology.total(), config.firmware.boot_order, chipset.rtc());
    let_bridges_forward_dma(chipset.bus());
    return {};
  }
  if (auto programmed = program_chipset(core, chipset); !programmed) return programmed;
  return boot->place(platform(), core.memory, processors, last);
}

}  // namespace vireo
