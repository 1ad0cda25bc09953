// Puts the machine together: core, chips, processors, ports, virtio devices, boot.
#include "machine/board/machine.h"

#include <fmt/format.h>

#include <utility>

#include "cpu/block/row_counts.h"
#include "machine/board/boot.h"
#include "machine/board/boot_order.h"
#include "machine/board/chipset.h"
#include "machine/board/core.h"
#include "machine/board/debug/debug_target.h"
#include "machine/board/event_file.h"
#include "machine/board/firmware_rom.h"
#include "machine/board/fw_cfg_items.h"
#include "machine/board/input_gate.h"
#include "machine/board/insn_trace_file.h"
#include "machine/board/outside/outside_host.h"
#include "machine/board/outside/run_log.h"
#include "machine/board/outside/time_travel.h"
#include "machine/board/pci_placing.h"
#include "machine/board/lint_watch.h"
#include "machine/board/platform.h"
#include "machine/board/processors.h"
#include "machine/board/rtc_start.h"
#include "machine/board/run_loop.h"
#include "machine/board/screen/add_vga.h"
#include "machine/board/serial_ports.h"
#include "machine/board/snapshot/chunk_hash.h"
#include "machine/board/snapshot/machine_description.h"
#include "machine/board/snapshot/snapshots.h"
#include "machine/board/state_hash.h"
#include "machine/board/state_trace.h"
#include "machine/board/system_flash.h"
#include "machine/board/virtio/virtio_devices.h"
#include "machine/devices/debug_exit.h"

namespace vireo {
namespace {

bool ended_by_guest(StopReason reason) {
  switch (reason) {
    case StopReason::kGuestPowerOff:
    case StopReason::kGuestReset:
    case StopReason::kDebugExit:
    case StopReason::kGuestPanic:
    case StopReason::kTripleFault:
    case StopReason::kDeadHalt:
      return true;
    default:
      return false;
  }
}

void trace_rows() {
  if (!RowCounts::on()) return;
  for (const std::string& line : RowCounts::all().lines()) Log::line(line);
}

}  // namespace

// Declared in the order in which they depend on each other.
struct Machine::Parts {
  Parts(const MachineConfig& config_in, HostServices& host_in, HostRam ram, const CpuModel& model,
        Recording recording);

  Result<void> complete();
  Result<void> reset(bool last);
  void reset_devices();
  std::vector<Device*> devices();
  std::vector<StatePart> state_parts();
  std::vector<DiskForSnapshot> disks();
  std::vector<UndoDisk*> undo_disks();
  StateCheck state_check();
  std::string record_description();
  void for_each_counter(const DeviceCounterVisitor& visit);
  uint64_t state_hash();
  Result<void> add_firmware();
  PlatformDescription platform() const;
  std::string description();
  Result<void> add_debug_exit(const DebugExitConfig& place);
  Result<void> start_lint();
  Result<void> start_events();
  Result<void> save_on_exit();
  Result<void> start_recording();
  Result<void> finish();

  MachineConfig config;
  Outside outside;
  OutsideHost host;
  uint64_t seed;        // of all that is random to the guest
  int64_t rtc_seconds;  // at power-on
  Chardevs chardevs;
  MachineCore core;
  GuestRequests requests;
  MachineEvents news;
  ApicBus apic_bus;
  LateSink intr;
  Chipset chipset;
  PciPlacing placing;
  RunControl control;
  RunState run_state;
  Processors processors;
  DebugTarget debug;
  std::unique_ptr<DebugExit> debug_exit;
  IoMapping debug_exit_ports;
  InputGate input;
  std::unique_ptr<SerialPorts> serials;
  std::unique_ptr<LintWatch> lint;  // null: nobody asked
  std::unique_ptr<EventFile> events;  // likewise
  std::unique_ptr<InsnTraceFile> insns;  // likewise
  VirtioDevices virtio;
  std::unique_ptr<VgaCard> vga;    // null: there is no screen
  std::unique_ptr<Boot> boot;      // null: the machine starts in firmware
  std::optional<FirmwareRom> rom;  // nothing: in a kernel, or in flash
  std::unique_ptr<SystemFlash> flash;  // null: there is none
  FwCfgOnBoard fw_cfg;
  Snapshots snapshots;
  TimeTravel time_travel;
  RunLog run_log;
};

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
    auto made = SystemFlash::create(config.firmware, core, chipset.memory_switch(), host);
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
  if (config.debug_exit) {
    if (auto added = add_debug_exit(*config.debug_exit); !added) return added;
  }
  const std::string order = boot_order_text(chipset.bus(), virtio);
  if (auto made = fw_cfg.create(config, platform(), order, core, host); !made) return made;
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

std::vector<Device*> Machine::Parts::devices() {
  std::vector<Device*> all = chipset.devices();
  for (size_t i = 0; i < processors.size(); ++i) all.push_back(&processors.at(i).apic());
  if (flash != nullptr) flash->add_devices(all);
  if (debug_exit != nullptr) all.push_back(debug_exit.get());
  if (fw_cfg.chip != nullptr) all.push_back(fw_cfg.chip.get());
  for (Device* device : serials->devices()) all.push_back(device);
  chipset.bus().for_each([&](PciFunction& function) { all.push_back(&function); });
  return all;
}

void Machine::Parts::for_each_counter(const DeviceCounterVisitor& visit) {
  for (const Device* device : devices()) {
    device->for_each_counter([&](std::string_view counter, uint64_t value) {
      visit(device->name(), counter, value);
    });
  }
  for (size_t i = 0; i < processors.size(); ++i) {
    const Cpu& cpu = processors.at(i).cpu();
    const std::string name = fmt::format("cpu{}", i);
    visit(name, "instructions", cpu.retired());
    visit(name, "interrupts", cpu.stats().interrupts);
    visit(name, "exceptions", cpu.stats().exceptions);
  }
}

// All of the machine but its memory and disks, in the order of loading. Mappings of the buses
// depend on the bridges above them, which come first.
std::vector<StatePart> Machine::Parts::state_parts() {
  std::vector<StatePart> parts;
  const auto add = [&parts](std::string name, std::function<void(Archive&)> visit) {
    parts.push_back({std::move(name), 1, std::move(visit)});
  };
  add("clock", [this](Archive& archive) { core.clock.visit(archive); });
  add("power-on", [this](Archive& archive) { archive.io(rtc_seconds); });
  add("requests", [this](Archive& archive) { requests.visit(archive); });
  add("run-loop", [this](Archive& archive) { run_state.visit(archive); });
  add("serial-watch", [this](Archive& archive) { serials->visit_watches(archive); });
  for (Device* device : devices()) {
    add(std::string(device->name()), [device](Archive& archive) { device->visit(archive); });
  }
  add("processors", [this](Archive& archive) { processors.visit(archive); });
  return parts;
}

std::vector<DiskForSnapshot> Machine::Parts::disks() {
  std::vector<DiskForSnapshot> all;
  virtio.for_each([&all](VirtioUnit& unit) {
    if (unit.back_end == nullptr) return;
    if (const auto disk = unit.back_end->disk_for_snapshot()) all.push_back(*disk);
  });
  return all;
}

std::vector<UndoDisk*> Machine::Parts::undo_disks() {
  std::vector<UndoDisk*> all;
  for (const DiskForSnapshot& disk : disks()) all.push_back(disk.undo);
  return all;
}

StateCheck Machine::Parts::state_check() {
  Archive archive = Archive::saver();
  core.clock.visit(archive);
  processors.visit(archive);
  return {chunk_hash(archive.bytes()), processors.current().cpu().rip};
}

// Beside the machine, what a run depends on and a recording does not hold.
std::string Machine::Parts::record_description() {
  std::string text = description();
  text += fmt::format("kernel and initrd {:016x}\nappend {}\nseed {}\n",
                      boot != nullptr ? boot->content_hash() : 0, config.kernel.append,
                      config.seed.from_host ? 0 : config.seed.value);
  if (flash != nullptr) text += fmt::format("flash {:016x}\n", flash->content_hash());
  for (const DiskForSnapshot& disk : disks()) {
    const auto sum = image_fingerprint(
        disk.overlay != nullptr ? disk.overlay->base() : disk.undo->below(), false);
    text += fmt::format("disk {} {:016x}\n", disk.id, sum ? *sum : 0);
  }
  return text + fmt::format("start at instruction {} {:016x}\n", core.clock.instructions(),
                            state_check().sum);
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

// A snapshot needs the same one; so does a recording.
std::string Machine::Parts::description() {
  std::string text = machine_description(config, chipset.bus(), virtio);
  if (rom) text += fmt::format("{}{:016x}\n", kFirmwareLine, rom->content_hash());
  if (flash != nullptr) text += flash->description();
  for (const auto& file : config.fw_cfg_files) text += fmt::format("fw_cfg {}\n", file.name);
  return text;
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

uint64_t Machine::Parts::state_hash() {
  StateHash hash;
  Archive archive = Archive::saver();
  core.clock.visit(archive);
  processors.visit(archive);
  hash.add(archive.bytes());
  for (Device* device : devices()) hash.add(*device);
  hash.add(core.memory);
  return hash.value();
}

Result<void> Machine::Parts::save_on_exit() {
  if (config.snapshots.on_exit_path.empty()) return {};
  return snapshots.save(config.snapshots.on_exit_path, {});
}

// All of it is tried; the error is the first.
Result<void> Machine::Parts::finish() {
  input.flush();
  Result<void> result = virtio.flush();
  const auto keep_first = [&result](Result<void> next) {
    if (result.ok()) result = std::move(next);
  };
  if (flash != nullptr) keep_first(flash->flush());
  if (lint != nullptr) keep_first(lint->finish());
  return result;
}

Machine::Machine(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Machine::~Machine() = default;

Result<std::unique_ptr<Machine>> Machine::create(const MachineConfig& config, HostServices& host) {
  const auto model = CpuModel::parse(config.cpu_model);
  if (!model) return model.error();
  if (config.memory_bytes < kMinMemory || config.memory_bytes > kMaxMemory) {
    return Error{fmt::format("-m: {} MiB of memory; give {} to {} MiB", config.memory_bytes / kMiB,
                             kMinMemory / kMiB, kMaxMemory / kMiB)};
  }
  auto recording = RunLog::read(config.replay);
  if (!recording) return recording.error();
  auto ram = HostRam::allocate(config.memory_bytes);
  if (!ram) return ram.error();
  // Where kernels are linked to and placed.
  if (!config.snapshots.from_file()) ram->expect_bulk_write(16 * kMiB, 48 * kMiB);
  auto parts = std::make_unique<Parts>(RunLog::settled(config), host, std::move(*ram), *model,
                                       std::move(*recording));
  if (auto completed = parts->complete(); !completed) return completed.error();
  return std::unique_ptr<Machine>(new Machine(std::move(parts)));
}

RunResult Machine::run() {
  Parts& parts = *parts_;
  parts.input.flush();  // nothing can fail any more: logs of an earlier run make room
  RunLoop loop(RunLoopWiring{parts.config, parts.host, parts.core, parts.processors, parts.input,
                             *parts.serials, parts.requests, parts.control, parts.news,
                             parts.run_state,
                             [&parts] { return parts.reset(false); }});
  const StateTrace trace(
      parts.config.state_trace, parts.core.events, [&parts] { return parts.state_hash(); },
      [&parts] { parts.requests.power_off(); });
  RunResult result = loop.run();
  parts.outside.end(ended_by_guest(result.reason), result.exit_code);
  const auto& trouble = parts.control.wanted_end();
  if (trouble && trouble->reason == StopReason::kReplayDiverged) {
    result.reason = trouble->reason;
    result.exit_code = trouble->exit_code;
    result.message = trouble->message;
  }
  parts.serials->end_lines();
  trace_rows();
  if (parts.events != nullptr) parts.events->finish();
  if (auto saved = parts.save_on_exit(); !saved) {
    result.exit_code = kExitInternalError;
    result.message = saved.error().message;
  }
  if (parts.insns != nullptr) parts.insns->finish();
  if (const auto finished = parts.finish(); !finished) {
    result.reason = StopReason::kInternalError;
    result.exit_code = kExitInternalError;
    result.message = finished.error().message;
  }
  return result;
}

ControlPanel Machine::panel() {
  Parts& parts = *parts_;
  return {parts.config,
          parts.control,
          parts.virtio,
          parts.virtio,
          parts.chipset.bus(),
          parts.chardevs,
          parts.input,
          parts.core.events,
          parts.core.alarms,
          parts.news,
          parts.core, parts.chipset,
          parts.processors,
          parts.rtc_seconds,
          parts.debug,
          parts.snapshots,
          parts.time_travel,
          [&parts](LineListener listener) { parts.serials->listen(std::move(listener)); },
          [&parts](const DeviceCounterVisitor& visit) { parts.for_each_counter(visit); },
          parts.vga.get()};
}

Result<void> Machine::prepare() {
  return parts_->run_log.start([this] { return parts_->record_description(); });
}

Snapshots& Machine::snapshots() { return parts_->snapshots; }

uint64_t Machine::state_hash() const { return parts_->state_hash(); }

}  // namespace vireo
