// The JSON of QMP: values, and their text as QEMU writes it.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace vireo {

using Json = nlohmann::json;

// On one line with a space after each colon and comma, or `pretty` on several, as scripts that
// look for `"return": {}` expect. Bytes that are no UTF-8 become U+FFFD.
std::string json_text(const Json& value, bool pretty = false);

}  // namespace vireo
