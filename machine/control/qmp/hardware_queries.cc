// QMP's commands that show processors, disks and PCI functions.
#include <fmt/format.h>

#include "machine/board/disk_report.h"
#include "machine/board/pci_report.h"
#include "machine/control/qmp/qmp_command.h"
#include "machine/host/process_id.h"

namespace vireo {
namespace {

// One thread runs all processors in turns.
QmpOutcome query_cpus_fast(ControlPanel& panel, const QmpArguments& /*arguments*/) {
  const CpuTopology& topology = panel.config.topology;
  Json all = Json::array();
  for (unsigned i = 0; i < panel.processors.size(); ++i) {
    all.push_back({{"cpu-index", i},
                   {"qom-path", fmt::format("/machine/unattached/device[{}]", i)},
                   {"thread-id", process_id()},
                   {"props",
                    {{"socket-id", i / topology.package_threads()},
                     {"core-id", i / topology.threads % topology.cores},
                     {"thread-id", i % topology.threads}}},
                   {"target", "x86_64"}});
  }
  return all;
}

std::string_view format_of(const DriveConfig& drive) {
  return format_name(drive.format.value_or(DiskFormat::kRaw));
}

Json inserted(const DiskReport& disk) {
  const DriveConfig& drive = *disk.drive;
  const bool direct = drive.cache == CacheMode::kNone || drive.cache == CacheMode::kDirectsync;
  Json medium = {
      {"file", drive.path},
      {"node-name", drive.id},
      {"drv", format_of(drive)},
      {"ro", drive.read_only},
      {"encrypted", false},
      {"detect_zeroes", "off"},
      {"backing_file_depth", drive.snapshot ? 1 : 0},
      {"write_threshold", 0},
      {"cache",
       {{"writeback", disk.write_cache},
        {"direct", direct},
        {"no-flush", drive.cache == CacheMode::kUnsafe}}},
      {"image",
       {{"filename", drive.path}, {"format", format_of(drive)}, {"virtual-size", disk.bytes}}}};
  for (const char* limit : {"bps", "bps_rd", "bps_wr", "iops", "iops_rd", "iops_wr"}) {
    medium[limit] = 0;
  }
  return medium;
}

QmpOutcome query_named_block_nodes(ControlPanel& panel, const QmpArguments& /*arguments*/) {
  Json all = Json::array();
  for (const DiskReport& disk : report_disks(panel.config, panel.virtio, panel.flash)) {
    if (!disk.device.empty()) all.push_back(inserted(disk));
  }
  return all;
}

QmpOutcome query_block(ControlPanel& panel, const QmpArguments& /*arguments*/) {
  Json all = Json::array();
  for (const DiskReport& disk : report_disks(panel.config, panel.virtio, panel.flash)) {
    Json row = {
        {"device", disk.drive->id}, {"type", "unknown"}, {"removable", false}, {"locked", false}};
    if (!disk.device.empty()) {
      row["qdev"] = disk.path;
      row["io-status"] = "ok";
      row["inserted"] = inserted(disk);
    }
    all.push_back(std::move(row));
  }
  return all;
}

// Those of QEMU's numbers that a device counts.
QmpOutcome query_blockstats(ControlPanel& panel, const QmpArguments& /*arguments*/) {
  constexpr std::pair<const char*, std::string_view> kNames[] = {{"rd_operations", "reads"},
                                                                 {"rd_bytes", "read_bytes"},
                                                                 {"wr_operations", "writes"},
                                                                 {"wr_bytes", "written_bytes"},
                                                                 {"flush_operations", "flushes"}};
  Json all = Json::array();
  for (const DiskReport& disk : report_disks(panel.config, panel.virtio, panel.flash)) {
    if (disk.device.empty()) continue;
    Json stats = Json::object();
    for (const auto& [name, counter] : kNames) {
      const auto at = disk.counters.find(counter);
      stats[name] = at == disk.counters.end() ? 0 : at->second;
    }
    all.push_back({{"device", disk.drive->id},
                   {"node-name", disk.drive->id},
                   {"qdev", disk.path},
                   {"stats", std::move(stats)}});
  }
  return all;
}

Json region_json(const PciReport::Region& region) {
  Json row = {{"bar", region.bar},
              {"type", region.io ? "io" : "memory"},
              {"address", region.address},
              {"size", region.bytes}};
  if (!region.io) {
    row["prefetch"] = region.prefetchable;
    row["mem_type_64"] = region.wide;
  }
  return row;
}

Json range_json(const PciReport::Range& range) {
  return {{"base", range.base}, {"limit", range.limit}};
}

Json functions_json(const std::vector<PciReport>& functions);

Json bridge_json(const PciReport::Bridge& bridge) {
  return {{"bus",
           {{"number", bridge.bus},
            {"secondary", bridge.secondary},
            {"subordinate", bridge.subordinate},
            {"io_range", range_json(bridge.io)},
            {"memory_range", range_json(bridge.memory)},
            {"prefetchable_range", range_json(bridge.prefetchable)}}},
          {"devices", functions_json(bridge.functions)}};
}

Json function_json(const PciReport& function) {
  Json row = {{"bus", function.bus},
              {"slot", function.slot},
              {"function", function.function},
              {"qdev_id", function.id},
              {"class_info", {{"class", function.class_code}, {"desc", function.name}}},
              {"id", {{"vendor", function.vendor}, {"device", function.device}}},
              {"irq_pin", function.pin},
              {"regions", Json::array()}};
  if (function.pin != 0) row["irq"] = function.irq;
  for (const PciReport::Region& region : function.regions) {
    row["regions"].push_back(region_json(region));
  }
  if (function.bridge) {
    row["pci_bridge"] = bridge_json(*function.bridge);
  } else {
    row["id"]["subsystem-vendor"] = function.subsystem_vendor;
    row["id"]["subsystem"] = function.subsystem;
  }
  return row;
}

Json functions_json(const std::vector<PciReport>& functions) {
  Json all = Json::array();
  for (const PciReport& function : functions) all.push_back(function_json(function));
  return all;
}

QmpOutcome query_pci(ControlPanel& panel, const QmpArguments& /*arguments*/) {
  return Json::array({{{"bus", panel.bus.number()},
                       {"devices", functions_json(report_pci(panel.bus, panel.virtio))}}});
}

constexpr QmpParameter kFlat[] = {{"flat", QmpType::kFlag, true}};

constexpr QmpCommand kRows[] = {
    {"query-cpus-fast", {}, query_cpus_fast, QmpReturns::kList},
    {"query-block", {}, query_block, QmpReturns::kList},
    {"query-named-block-nodes", kFlat, query_named_block_nodes, QmpReturns::kList},
    {"query-blockstats", {}, query_blockstats, QmpReturns::kList},
    {"query-pci", {}, query_pci, QmpReturns::kList},
};

}  // namespace

std::span<const QmpCommand> qmp_hardware_queries() { return kRows; }

}  // namespace vireo
