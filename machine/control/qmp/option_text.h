// Members of JSON as the text of an option, which has one parser for both.
#pragma once

#include <string>
#include <string_view>

#include "machine/control/qmp/json.h"

namespace vireo {

// "virtio-rng-pci,id=r,max-bytes=64": the member `first`, a string, and behind it the others by
// name. Switches are on and off, commas in values doubled. Objects inside become names with dots
// (addr.type=unix); a list, of plain values or of objects with one member `str`, becomes the name
// several times. Null values are left out.
std::string option_text(const Json& members, std::string_view first);

}  // namespace vireo
