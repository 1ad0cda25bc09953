#include "machine/board/snapshot/snapshot_firmware.h"

#include <string_view>

#include "machine/board/snapshot/machine_description.h"
#include "machine/board/snapshot/snapshot_file.h"
#include "machine/host/stored_file.h"

namespace vireo {
namespace {

bool has_line(std::string_view text, std::string_view start) {
  while (!text.empty()) {
    if (text.substr(0, start.size()) == start) return true;
    const size_t end = text.find('\n');
    if (end == std::string_view::npos) return false;
    text.remove_prefix(end + 1);
  }
  return false;
}

}  // namespace

bool snapshot_has_firmware(const std::string& path) {
  const auto file = StoredFile::open(path);
  if (!file) return false;
  const auto head = read_snapshot_head(**file);
  if (!head) return false;
  for (const StateSection& section : head->sections) {
    if (section.name != kMachineSection) continue;
    const auto* text = reinterpret_cast<const char*>(section.bytes.data());
    return has_line({text, section.bytes.size()}, kFirmwareLine);
  }
  return false;
}

}  // namespace vireo
