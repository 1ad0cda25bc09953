#include "machine/control/qmp/option_text.h"

#include <fmt/format.h>

namespace vireo {
namespace {

std::string value_text(const Json& value) {
  if (value.is_boolean()) return value.get<bool>() ? "on" : "off";
  if (!value.is_string()) return value.dump();
  std::string text;
  for (const char c : value.get<std::string>()) text += c == ',' ? ",," : std::string(1, c);
  return text;
}

// QAPI's form of a list of strings: [{"str": "a"}, {"str": "b"}].
bool is_wrapped_text(const Json& value) {
  return value.is_object() && value.size() == 1 && value.contains("str");
}

// The depth is that of a request, which is bounded.
std::string items(const std::string& name, const Json& value) {
  if (value.is_null()) return "";
  std::string text;
  if (is_wrapped_text(value)) return items(name, value["str"]);
  if (value.is_object()) {
    for (const auto& [member, inner] : value.items()) text += items(name + "." + member, inner);
    return text;
  }
  if (!value.is_array()) return fmt::format(",{}={}", name, value_text(value));
  for (const Json& element : value) text += items(name, element);
  return text;
}

}  // namespace

std::string option_text(const Json& members, std::string_view first) {
  std::string text = value_text(members.at(std::string(first)));
  for (const auto& [name, value] : members.items()) {
    if (name != first) text += items(name, value);
  }
  return text;
}

}  // namespace vireo
