// Commands that show the machine and change nothing.
#include <fmt/format.h>

#include "machine/board/disk_report.h"
#include "machine/board/info_texts.h"
#include "machine/board/inspect/address_space_text.h"
#include "machine/board/inspect/virtio_text.h"
#include "machine/control/help.h"
#include "machine/control/monitor/command.h"

namespace vireo {
namespace {

Result<std::string> info(ControlPanel& /*panel*/, const Arguments& /*arguments*/) {
  std::string text;
  for (const CommandRow* row : command_rows()) {
    if (row->name.substr(0, 4) == "info") {
      text += fmt::format("  {:<16} {}\n", row->name, row->help);
    }
  }
  return text;
}

std::string_view run_state(const RunControl& run) {
  if (run.powered_off()) return "shutdown";
  return run.stopped() ? "paused" : "running";
}

Result<std::string> status(ControlPanel& panel, const Arguments& /*arguments*/) {
  const uint64_t ns = panel.events.now_ns();
  return fmt::format("VM status: {}\ntime {}.{:09} s, {} instructions\n", run_state(panel.run),
                     ns / 1'000'000'000, ns % 1'000'000'000, panel.events.clock().instructions());
}

Result<std::string> version(ControlPanel& /*panel*/, const Arguments& /*arguments*/) {
  return version_text();
}

Result<std::string> pci(ControlPanel& panel, const Arguments& /*arguments*/) {
  return pci_text(panel.bus);
}

Result<std::string> qtree(ControlPanel& panel, const Arguments& /*arguments*/) {
  return device_tree_text(panel.bus, panel.virtio);
}

Result<std::string> block(ControlPanel& panel, const Arguments& /*arguments*/) {
  return block_text(panel.config, panel.virtio, panel.flash);
}

Result<std::string> virtio(ControlPanel& panel, const Arguments& arguments) {
  return virtio_text(panel.virtio, arguments.text("id"));
}

Result<std::string> blockstats(ControlPanel& panel, const Arguments& /*arguments*/) {
  std::string text;
  for (const DiskReport& disk : report_disks(panel.config, panel.virtio, panel.flash)) {
    if (disk.device.empty()) continue;
    text += disk.drive->id + ":";
    for (const auto& [name, value] : disk.counters) text += fmt::format(" {}={}", name, value);
    text += '\n';
  }
  return text.empty() ? "no disks\n" : text;
}

Result<std::string> mtree(ControlPanel& panel, const Arguments& /*arguments*/) {
  return address_spaces_text(panel.core);
}

Result<std::string> name(ControlPanel& panel, const Arguments& /*arguments*/) {
  return panel.config.name.empty() ? "no name\n" : panel.config.name + "\n";
}

Result<std::string> kvm(ControlPanel& /*panel*/, const Arguments& /*arguments*/) {
  return std::string("kvm support: not compiled\n");
}

Result<std::string> chardev(ControlPanel& panel, const Arguments& /*arguments*/) {
  std::string text;
  for (const Chardevs::Line& line : panel.chardevs.lines()) {
    text +=
        fmt::format("{}: {}, {}\n", line.id, line.what,
                    line.users.empty() ? std::string("not used")
                                       : fmt::format("used by {}", fmt::join(line.users, ", ")));
  }
  return text;
}

constexpr CommandParameter kVirtio[] = {{.name = "id", .optional = true}};

constexpr CommandRow kRows[] = {
    {"info", "", {}, "what can be shown", info},
    {"info status", "", {}, "whether the machine runs, and how far it is", status},
    {"info version", "", {}, "which vireo this is", version},
    {"info pci", "", {}, "the functions on the PCI buses", pci},
    {"info qtree", "", {}, "the devices, bus by bus", qtree},
    {"info block", "", {}, "the disks", block},
    {"info chardev", "", {}, "the character devices", chardev},
    {"info virtio", "", kVirtio, "virtio devices: status, features, queues, vectors", virtio},
    {"info blockstats", "", {}, "what the disks have done", blockstats},
    {"info mtree", "", {}, "what answers at which address and port", mtree},
    {"info name", "", {}, "the machine's name, as -name gave it", name},
    {"info kvm", "", {}, "that there is none", kvm},
};

}  // namespace

std::span<const CommandRow> info_commands() { return kRows; }

}  // namespace vireo
