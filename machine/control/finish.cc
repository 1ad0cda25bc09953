#include "machine/control/finish.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "machine/base/nearest_name.h"
#include "machine/board/snapshot/snapshot_firmware.h"
#include "machine/control/channels_of.h"
#include "machine/control/console_ports.h"
#include "machine/control/file_roles.h"
#include "machine/control/folder_options.h"
#include "machine/control/net/connect_nets.h"

namespace vireo {
namespace {

constexpr std::string_view kDefaultFirmware = "/usr/share/seabios/bios-256k.bin";

// Drives with if=pflash are the firmware and its variables, not disks.
Result<void> take_flash(Draft& draft) {
  auto& flash = draft.config.firmware.flash;
  for (const DriveDraft& drive : draft.drives) {
    if (drive.flash_unit) flash[*drive.flash_unit] = drive.drive;
  }
  std::erase_if(draft.drives, [](const DriveDraft& drive) { return drive.flash_unit.has_value(); });
  if (flash[1] && !flash[0]) {
    return Error{"-drive if=pflash: unit 1 holds variables only; give the firmware as unit 0, too"};
  }
  if (!flash[0] || draft.config.firmware.path.empty()) return {};
  return Error{fmt::format("-bios {} and -drive if=pflash are two firmwares; give one",
                           draft.config.firmware.path)};
}

// A kernel is entered directly, unless a firmware's file is given which is to start it; a name
// without a folder is one of QEMU's own, which do nothing else. Without a kernel firmware looks for
// something to start, if the machine has a drive.
Result<void> settle_firmware(Draft& draft) {
  const KernelConfig& kernel = draft.config.kernel;
  std::string& firmware = draft.config.firmware.path;
  const bool only_a_name = firmware.find('/') == std::string::npos;
  if (!kernel.kernel_path.empty() && !firmware.empty() && only_a_name) {
    draft.note_once(fmt::format("-bios {}: not run; the kernel is entered directly", firmware));
    firmware.clear();
  }
  if (!kernel.kernel_path.empty()) return {};
  if (draft.config.snapshots.from_file()) {
    // Its kernel may have been left out; firmware that came by itself has to come again.
    const bool by_itself = !draft.config.firmware.run() && !draft.drives.empty();
    if (by_itself && snapshot_has_firmware(draft.config.snapshots.load_path)) {
      firmware = kDefaultFirmware;
    }
    return {};
  }
  if (!kernel.initrd_path.empty()) return Error{"-initrd needs a kernel; give -kernel FILE, too"};
  if (!kernel.append.empty()) return Error{"-append needs a kernel; give -kernel FILE, too"};
  if (draft.config.firmware.run()) return {};
  if (!draft.drives.empty()) {
    firmware = kDefaultFirmware;
    return {};
  }
  return Error{
      "nothing to boot; give -kernel FILE, or a disk by -drive file=FILE,format=raw (see --help)"};
}

bool has_gpu(const MachineConfig& config) {
  return std::any_of(config.virtio_devices.begin(), config.virtio_devices.end(),
                     [](const VirtioDeviceConfig& device) {
                       return std::holds_alternative<GpuConfig>(device.type);
                     });
}

// A BIOS shows itself on a VGA; others get one that was asked for, or for a window that would have
// nothing to show.
void settle_vga(Draft& draft) {
  const bool shown =
      !draft.config.firmware.path.empty() || (draft.window && !has_gpu(draft.config));
  draft.config.vga = draft.vga.value_or(shown ? VgaKind::kStandard : VgaKind::kNone);
}

bool stdio_taken(const Draft& draft) {
  const auto uses_it = [](const ChannelSpec& c) { return c.kind == ChannelSpec::Kind::kStdio; };
  return std::any_of(draft.monitors.begin(), draft.monitors.end(), uses_it) ||
         std::any_of(draft.qmp.begin(), draft.qmp.end(),
                     [&](const QmpPlace& place) { return uses_it(place.channel); }) ||
         (draft.gdb && uses_it(*draft.gdb)) ||
         std::any_of(draft.config.chardevs.begin(), draft.config.chardevs.end(),
                     [&](const ChardevConfig& c) { return uses_it(c.spec); });
}

// Without a choice the first port is on the terminal, as with -nographic: there
// is no window that could show the guest, and as long as nothing else is there. It shares it with a
// monitor unless that is somewhere else.
void settle_serials(Draft& draft) {
  std::vector<ChannelSpec>& ports = draft.config.serials;
  ports = draft.serials;
  if (ports.empty() && !draft.nodefaults) {
    const bool hidden = !draft.nographic && (draft.display_none || stdio_taken(draft));
    ports.push_back({.kind = hidden ? ChannelSpec::Kind::kNull : ChannelSpec::Kind::kStdio,
                     .mux = !hidden && !draft.monitor_chosen});
  }
  for (ChannelSpec& port : ports) {
    if (draft.nographic) port.terminal_signals = false;
  }
}

// A port that is multiplexed has a monitor beside it.
void add_shared_monitors(Draft& draft) {
  for (size_t i = 0; i < draft.config.serials.size(); ++i) {
    const ChannelSpec& port = draft.config.serials[i];
    if (!port.mux) continue;
    const bool named = port.kind == ChannelSpec::Kind::kChardev;
    draft.monitors.push_back({.kind = ChannelSpec::Kind::kChardev,
                              .path = named ? port.path : fmt::format("serial{}", i)});
  }
}

// A channel that carries QMP alone loses no answer.
void settle_protocols(Draft& draft) {
  for (const QmpPlace& place : draft.qmp) {
    if (place.channel.kind != ChannelSpec::Kind::kChardev) continue;
    for (ChardevConfig& chardev : draft.config.chardevs) {
      if (chardev.id == place.channel.path) chardev.spec.whole = !chardev.spec.mux;
    }
  }
}

Result<void> check_channels(const Draft& draft) {
  std::set<std::string> ids;
  for (const ChardevConfig& chardev : draft.config.chardevs) {
    if (ids.insert(chardev.id).second) continue;
    return Error{fmt::format("-chardev: id={} is given twice; choose another", chardev.id)};
  }
  bool stdio = false;
  for (const ChannelSpec& channel : channels_of(draft)) {
    if (channel.kind == ChannelSpec::Kind::kStdio && std::exchange(stdio, true)) {
      return Error{
          "stdio is given to more than one of -serial, -debugcon, -monitor, -gdb and -chardev; "
          "share it by -serial mon:stdio, or use file:PATH, pty or null for the others"};
    }
  }
  return {};
}

// if=virtio without id= gets one as in QEMU: virtio0, virtio1, ...
void name_drives(Draft& draft) {
  std::set<std::string> taken;
  for (const DriveDraft& d : draft.drives) taken.insert(d.drive.id);
  unsigned next = 0;
  for (DriveDraft& d : draft.drives) {
    while (d.drive.id.empty()) {
      const std::string id = fmt::format("virtio{}", next++);
      if (taken.insert(id).second) d.drive.id = id;
    }
  }
}

Result<void> check_drives(const Draft& draft) {
  std::set<std::string> ids;
  for (size_t i = 0; i < draft.drives.size(); ++i) {
    const DriveConfig& drive = draft.drives[i].drive;
    if (!ids.insert(drive.id).second) {
      return Error{fmt::format("-drive: id={} is given twice; choose another", drive.id)};
    }
    for (size_t j = 0; j < i; ++j) {
      const DriveConfig& other = draft.drives[j].drive;
      const bool writes = !drive.read_only || !other.read_only;
      if (drive.path == other.path && writes && !(drive.snapshot && other.snapshot)) {
        return Error{
            fmt::format("-drive: file={} is given twice; make both readonly=on or both "
                        "snapshot=on, or use a copy",
                        drive.path)};
      }
    }
  }
  return {};
}

void settle_snapshots(Draft& draft) {
  for (DriveDraft& d : draft.drives) {
    if (draft.snapshot && !d.snapshot_chosen) d.drive.snapshot = true;
    if (d.drive.read_only) d.drive.snapshot = false;  // nothing to forget
  }
}

void add_own_devices(Draft& draft) {
  for (const DriveDraft& d : draft.drives) {
    if (!d.makes_device) continue;
    VirtioDeviceConfig added;
    added.model = "virtio-blk-pci";
    BlkConfig disk;
    disk.drive = d.drive.id;
    added.type = disk;
    draft.config.virtio_devices.push_back(std::move(added));
  }
}

Error unknown_drive(const Draft& draft, const std::string& model, const std::string& wanted) {
  if (draft.drives.empty()) {
    return Error{
        fmt::format("-device {}: there is no drive '{}'; give -drive id={},if=none,file=FILE",
                    model, wanted, wanted)};
  }
  std::vector<std::string_view> ids;
  for (const DriveDraft& d : draft.drives) ids.push_back(d.drive.id);
  return Error{fmt::format("-device {}: there is no drive '{}'; the nearest is '{}'", model, wanted,
                           nearest_name(wanted, ids))};
}

Result<void> check_drive_use(const Draft& draft, const std::string& model, const std::string& id,
                             std::set<std::string>& used) {
  const auto drive = std::find_if(draft.drives.begin(), draft.drives.end(),
                                  [&](const DriveDraft& d) { return d.drive.id == id; });
  if (drive == draft.drives.end()) return unknown_drive(draft, model, id);
  if (used.insert(id).second) return {};
  return Error{fmt::format("drive '{}' has two devices; {}", id,
                           drive->makes_device ? "add if=none to the drive" : "use one of them")};
}

Result<void> connect_drives(Draft& draft) {
  std::set<std::string> used;
  for (const VirtioDeviceConfig& device : draft.config.virtio_devices) {
    const auto* disk = std::get_if<BlkConfig>(&device.type);
    if (disk == nullptr) continue;
    auto good = check_drive_use(draft, device.model, disk->drive, used);
    if (!good) return good;
  }
  for (const DriveDraft& d : draft.drives) {
    draft.config.drives.push_back(d.drive);
    if (used.count(d.drive.id) != 0) continue;
    draft.notes.push_back(
        fmt::format("drive '{}' has no device and is not opened; add "
                    "-device virtio-blk-pci,drive={}",
                    d.drive.id, d.drive.id));
  }
  return {};
}

// Ids and places are unique over bridges and devices.
class Uniqueness {
 public:
  Result<void> take(const std::string& id, const PciPlace& place) {
    if (!id.empty() && !ids_.insert(id).second) {
      return Error{fmt::format("-device: id={} is given twice; choose another", id)};
    }
    if (!place.slot) return {};
    const PciSlot slot = *place.slot;
    if (places_.insert(fmt::format("{}/{}.{}", place.bus, slot.device, slot.function)).second) {
      return {};
    }
    return Error{fmt::format("-device: addr={:x}.{} is given twice; choose another place",
                             slot.device, slot.function)};
  }

 private:
  std::set<std::string> ids_;
  std::set<std::string> places_;
};

Result<void> check_devices(const MachineConfig& config) {
  Uniqueness unique;
  for (const PciBridgeConfig& bridge : config.pci_bridges) {
    if (auto good = unique.take(bridge.id, bridge.place); !good) return good;
  }
  std::set<uint32_t> boot_indices;
  for (const VirtioDeviceConfig& device : config.virtio_devices) {
    if (auto good = unique.take(device.id, device.place); !good) return good;
    if (!device.bootindex || boot_indices.insert(*device.bootindex).second) continue;
    return Error{
        fmt::format("-device: bootindex={} is given twice; choose another", *device.bootindex)};
  }
  return {};
}

}  // namespace

Result<void> finish(Draft& draft) {
  auto& console = draft.config.debug_console;
  if (console && console->channel.kind == ChannelSpec::Kind::kNone) console.reset();
  settle_protocols(draft);
  settle_serials(draft);
  add_shared_monitors(draft);
  if (auto good = check_channels(draft); !good) return good;
  if (auto good = check_file_roles(draft); !good) return good;
  name_drives(draft);
  settle_snapshots(draft);
  if (auto good = check_drives(draft); !good) return good;
  if (auto good = take_flash(draft); !good) return good;
  if (auto good = settle_firmware(draft); !good) return good;
  settle_vga(draft);
  add_own_devices(draft);
  if (auto good = connect_drives(draft); !good) return good;
  if (auto good = connect_console_ports(draft); !good) return good;
  if (auto good = connect_nets(draft); !good) return good;
  if (auto good = check_folders(draft.config); !good) return good;
  return check_devices(draft.config);
}

}  // namespace vireo
