// What `vireo img` prints: for people as qemu-img does, and as JSON.
#pragma once

#include <string>

#include "machine/board/image_tool/image_tool.h"
#include "machine/control/qmp/json.h"

namespace vireo {

std::string info_text(const std::string& path, const ImageInfo& info);
Json info_json(const std::string& path, const ImageInfo& info);

std::string check_text(const Qcow2CheckReport& report);
Json check_json(const std::string& path, const Qcow2CheckReport& report);

// "2026-01-31 12:00:00", UTC.
std::string date_text(uint64_t seconds);

}  // namespace vireo
