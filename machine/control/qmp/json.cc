#include "machine/control/qmp/json.h"

namespace vireo {
namespace {

std::string plain(const Json& value, int indent = -1) {
  return value.dump(indent, ' ', false, Json::error_handler_t::replace);
}

std::string one_line(const Json& value) {
  std::string text;
  if (value.is_object()) {
    for (const auto& [key, member] : value.items()) {
      text += (text.empty() ? "" : ", ") + plain(key) + ": " + one_line(member);
    }
    return "{" + text + "}";
  }
  if (!value.is_array()) return plain(value);
  for (const Json& element : value) text += (text.empty() ? "" : ", ") + one_line(element);
  return "[" + text + "]";
}

}  // namespace

std::string json_text(const Json& value, bool pretty) {
  return pretty ? plain(value, 4) : one_line(value);
}

}  // namespace vireo
