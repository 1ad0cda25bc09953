// The devices that -device and device_add know, as data: one row each, read by the parser,
// the help and the search for the nearest name.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "machine/base/option_parser.h"
#include "machine/base/result.h"
#include "machine/control/draft.h"

namespace vireo {

// A type of virtio device. It is known by up to four names: virtio-NAME-pci (and virtio-NAME
// for short), and with a -transitional or -non-transitional behind it, which only preset the
// interfaces. To add one: a file in this folder with its row, and the row in device_table.cc.
struct VirtioRow {
  std::string_view name;              // "virtio-blk"
  std::string_view help;              // "disk"
  std::span<const OptionKey> keys;    // its own, besides those of every virtio device
  bool has_transitional_form = true;  // types after VirtIO 1.0 have none
  // The particular part. `option` ("-device virtio-blk-pci") begins every error.
  Result<VirtioTypeConfig> (*parse)(std::string_view option, const ParsedOptions& parsed);
};

// Anything else: chips, bridges, ports of other devices.
struct PlainDeviceRow {
  std::string_view name;
  std::string_view help;
  std::span<const OptionKey> keys;
  Result<void> (*take)(Draft& draft, std::string_view option, const ParsedOptions& parsed);
};

std::span<const VirtioRow* const> virtio_rows();
std::span<const PlainDeviceRow* const> plain_device_rows();

// Every name of every device, for the nearest one.
std::vector<std::string> device_names();

// The tag of a shared folder: there, and not too long.
Result<void> check_mount_tag(std::string_view option, std::string_view tag);

// One for each file of this folder.
extern const VirtioRow kBalloonRow;
extern const VirtioRow kBlkRow;
extern const VirtioRow kGpuRow;
extern const VirtioRow kKeyboardRow;
extern const VirtioRow kMouseRow;
extern const VirtioRow kTabletRow;
extern const VirtioRow kRngRow;
extern const VirtioRow kNetRow;
extern const VirtioRow kP9Row;
extern const VirtioRow kSerialRow;
extern const VirtioRow kVsockRow;
extern const PlainDeviceRow kDebugExitRow;
extern const PlainDeviceRow kRootPortRow;
extern const PlainDeviceRow kBridgeRow;
extern const PlainDeviceRow kExpressBridgeRow;
extern const PlainDeviceRow kVirtconsoleRow;
extern const PlainDeviceRow kVirtserialportRow;

}  // namespace vireo
