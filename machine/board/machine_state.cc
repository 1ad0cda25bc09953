// What a machine consists of for those who save, compare, describe and count it.
#include <fmt/format.h>

#include <utility>

#include "machine/board/machine_parts.h"
#include "machine/board/snapshot/chunk_hash.h"
#include "machine/board/snapshot/machine_description.h"
#include "machine/board/state_hash.h"

namespace vireo {

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
  if (fw_cfg.chip != nullptr) {
    text += fmt::format("what firmware is told (kernel, files of -fw_cfg) {:016x}\n",
                        fw_cfg.content_hash());
  }
  for (const DiskForSnapshot& disk : disks()) {
    const auto sum = image_fingerprint(
        disk.overlay != nullptr ? disk.overlay->base() : disk.undo->below(), false);
    text += fmt::format("disk {} {:016x}\n", disk.id, sum ? *sum : 0);
  }
  return text + fmt::format("start at instruction {} {:016x}\n", core.clock.instructions(),
                            state_check().sum);
}

// A snapshot needs the same one; so does a recording.
std::string Machine::Parts::description() {
  std::string text = machine_description(config, chipset.bus(), virtio);
  if (rom) text += fmt::format("{}{:016x}\n", kFirmwareLine, rom->content_hash());
  if (flash != nullptr) text += flash->description();
  for (const auto& file : config.fw_cfg_files) text += fmt::format("fw_cfg {}\n", file.name);
  return text;
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

}  // namespace vireo
