#include "machine/control/img/img_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace vireo {
namespace {

constexpr uint64_t kDaySeconds = 86400;

std::string size_text(uint64_t bytes) {
  static constexpr std::array<const char*, 7> kUnits = {"B",   "KiB", "MiB", "GiB",
                                                        "TiB", "PiB", "EiB"};
  double value = static_cast<double>(bytes);
  size_t unit = 0;
  // Three digits are shown of a number: 1000 bytes are 0.977 KiB.
  for (; value >= 1000 && unit + 1 < kUnits.size(); ++unit) value /= 1024;
  return fmt::format("{:.3g} {}", value, kUnits[unit]);
}

bool leap(uint64_t year) { return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0; }

std::string clock_text(uint64_t ns) {
  const uint64_t seconds = ns / 1'000'000'000;
  return fmt::format("{:02}:{:02}:{:02}.{:03}", seconds / 3600, seconds / 60 % 60, seconds % 60,
                     ns / 1'000'000 % 1000);
}

std::string compat_text(const qcow2::Header& header) { return header.version < 3 ? "0.10" : "1.1"; }

std::string compression_text(const qcow2::Header& header) {
  return header.compression == qcow2::Compression::kZstd ? "zstd" : "zlib";
}

std::string qcow2_text(const std::string& path, const ImageInfo& info) {
  const qcow2::Header& header = *info.qcow2;
  std::string text = fmt::format("cluster_size: {}\n", header.cluster_bytes());
  if (!header.backing_file.empty()) {
    const std::string below = backing_path(path, header.backing_file);
    text += fmt::format("backing file: {}", header.backing_file);
    text += below == header.backing_file ? "\n" : fmt::format(" (actual path: {})\n", below);
    if (!header.backing_format.empty()) {
      text += fmt::format("backing file format: {}\n", header.backing_format);
    }
  }
  if (!info.snapshots.empty()) text += "Snapshot list (dates in UTC):\n";
  for (const qcow2::Snapshot& snapshot : info.snapshots) {
    text += fmt::format("{:<10}{:<17}{:>8}{:>20}{:>15}\n", snapshot.id, snapshot.name,
                        size_text(snapshot.vm_state_bytes), date_text(snapshot.seconds),
                        clock_text(snapshot.vm_clock_ns));
  }
  text += fmt::format("Format specific information:\n    compat: {}\n    compression type: {}\n",
                      compat_text(header), compression_text(header));
  if (header.version < 3) return text + fmt::format("    refcount bits: {}\n", 16);
  return text + fmt::format("    lazy refcounts: {}\n    refcount bits: {}\n    corrupt: {}\n",
                            (header.compatible & qcow2::kLazyRefcounts) != 0,
                            1u << header.refcount_order,
                            (header.incompatible & qcow2::kCorrupt) != 0);
}

Json snapshot_json(const qcow2::Snapshot& snapshot) {
  return {{"id", snapshot.id},
          {"name", snapshot.name},
          {"vm-state-size", snapshot.vm_state_bytes},
          {"date-sec", snapshot.seconds},
          {"date-nsec", snapshot.nanoseconds},
          {"vm-clock-sec", snapshot.vm_clock_ns / 1'000'000'000},
          {"vm-clock-nsec", snapshot.vm_clock_ns % 1'000'000'000}};
}

Json specific_json(const qcow2::Header& header) {
  Json data = {{"compat", compat_text(header)},
               {"compression-type", compression_text(header)},
               {"refcount-bits", 1u << header.refcount_order}};
  if (header.version < 3) return data;
  data["lazy-refcounts"] = (header.compatible & qcow2::kLazyRefcounts) != 0;
  data["corrupt"] = (header.incompatible & qcow2::kCorrupt) != 0;
  data["extended-l2"] = false;
  return data;
}

}  // namespace

std::string date_text(uint64_t seconds) {
  static constexpr std::array<unsigned, 12> kDays = {31, 28, 31, 30, 31, 30,
                                                     31, 31, 30, 31, 30, 31};
  uint64_t day = seconds / kDaySeconds, year = 1970;
  for (; day >= (leap(year) ? 366u : 365u); ++year) day -= leap(year) ? 366 : 365;
  unsigned month = 0;
  const auto days = [&] { return kDays[month] + (month == 1 && leap(year) ? 1 : 0); };
  for (; day >= days(); ++month) day -= days();
  const uint64_t rest = seconds % kDaySeconds;
  return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02}", year, month + 1, day + 1, rest / 3600,
                     rest / 60 % 60, rest % 60);
}

std::string info_text(const std::string& path, const ImageInfo& info) {
  std::string text =
      fmt::format("image: {}\nfile format: {}\nvirtual size: {} ({} bytes)\ndisk size: {}\n", path,
                  format_name(info.format), size_text(info.virtual_bytes), info.virtual_bytes,
                  size_text(info.actual_bytes));
  return info.qcow2 ? text + qcow2_text(path, info) : text;
}

Json info_json(const std::string& path, const ImageInfo& info) {
  Json out = {{"filename", path},
              {"format", format_name(info.format)},
              {"virtual-size", info.virtual_bytes},
              {"actual-size", info.actual_bytes},
              {"dirty-flag", false}};
  if (!info.qcow2) return out;
  const qcow2::Header& header = *info.qcow2;
  out["dirty-flag"] = (header.incompatible & qcow2::kDirty) != 0;
  out["cluster-size"] = header.cluster_bytes();
  out["format-specific"] = {{"type", "qcow2"}, {"data", specific_json(header)}};
  if (!header.backing_file.empty()) {
    out["backing-filename"] = header.backing_file;
    out["full-backing-filename"] = backing_path(path, header.backing_file);
    if (!header.backing_format.empty()) out["backing-filename-format"] = header.backing_format;
  }
  for (const qcow2::Snapshot& snapshot : info.snapshots) {
    out["snapshots"].push_back(snapshot_json(snapshot));
  }
  return out;
}

std::string check_text(const Qcow2CheckReport& report) {
  std::string text;
  if (report.leaks_fixed + report.corruptions_fixed != 0) {
    text += fmt::format("Repaired: {} leaked clusters, {} corruptions.\n", report.leaks_fixed,
                        report.corruptions_fixed);
  }
  if (report.corruptions != 0) {
    text += fmt::format(
        "{} errors were found on the image.\nData may be corrupted, or further "
        "writes to the image may corrupt it.\n",
        report.corruptions);
  }
  if (report.leaks != 0) {
    text += fmt::format(
        "{} leaked clusters were found on the image.\nThis means waste of disk "
        "space, but no harm to data.\n",
        report.leaks);
  }
  if (report.errors != 0) text += fmt::format("{} errors have kept the check.\n", report.errors);
  if (report.corruptions + report.leaks + report.errors == 0) {
    text += "No errors were found on the image.\n";
  }
  const double clusters = static_cast<double>(std::max<uint64_t>(report.clusters, 1));
  const double allocated = static_cast<double>(std::max<uint64_t>(report.allocated, 1));
  return text + fmt::format(
                    "{}/{} = {:.2f}% allocated, {:.2f}% fragmented, {:.2f}% compressed "
                    "clusters\nImage end offset: {}\n",
                    report.allocated, report.clusters,
                    100 * static_cast<double>(report.allocated) / clusters,
                    100 * static_cast<double>(report.fragmented) / allocated,
                    100 * static_cast<double>(report.compressed) / allocated, report.image_end);
}

Json check_json(const std::string& path, const Qcow2CheckReport& report) {
  return {{"filename", path},
          {"format", "qcow2"},
          {"check-errors", report.errors},
          {"corruptions", report.corruptions},
          {"leaks", report.leaks},
          {"corruptions-fixed", report.corruptions_fixed},
          {"leaks-fixed", report.leaks_fixed},
          {"image-end-offset", report.image_end},
          {"total-clusters", report.clusters},
          {"allocated-clusters", report.allocated},
          {"fragmented-clusters", report.fragmented},
          {"compressed-clusters", report.compressed}};
}

}  // namespace vireo
