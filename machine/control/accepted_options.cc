// Options of scripts that call QEMU, for what makes no difference here.
#include <fmt/format.h>

#include "machine/base/option_parser.h"
#include "machine/control/handlers.h"

namespace vireo {

namespace {

struct GlobalProperty {
  std::string name;  // DRIVER.PROPERTY
  std::string value;
};

// QEMU has two spellings, of which the one with keys is for drivers that have a dot in their name.
Result<GlobalProperty> parse_global(std::string_view argument) {
  if (argument.find("driver=") == 0) {
    constexpr OptionKey kKeys[] = {{.name = "driver", .help = "what it is a property of"},
                                   {.name = "property", .help = "the property's name"},
                                   {.name = "value", .help = "its value"}};
    const auto parsed = parse_options("-global", argument, kKeys);
    if (!parsed) return parsed.error();
    return GlobalProperty{fmt::format("{}.{}", parsed->text("driver"), parsed->text("property")),
                          parsed->text("value")};
  }
  const size_t equals = argument.find('=');
  if (argument.substr(0, equals).find('.') == std::string_view::npos) {
    return Error{fmt::format("-global {}: give DRIVER.PROPERTY=VALUE", argument)};
  }
  GlobalProperty property{std::string(argument.substr(0, equals)), {}};
  if (equals != std::string_view::npos) property.value = argument.substr(equals + 1);
  return property;
}

Result<void> set_debug_port(Draft& draft, const std::string& value) {
  const auto port = parse_number(value);
  if (!port || *port > 0xffff) {
    return Error{fmt::format("-global isa-debugcon.iobase={}: no port", value)};
  }
  auto& console = draft.config.debug_console;
  if (!console) console = DebugConsoleConfig{0, {.kind = ChannelSpec::Kind::kNone}};
  console->iobase = static_cast<uint16_t>(*port);
  return {};
}

Result<void> set_flash_secure(Draft& draft, const std::string& value) {
  const auto on = parse_bool(value);
  if (!on) return Error{fmt::format("-global cfi.pflash01.secure={}: give on or off", value)};
  draft.config.firmware.flash_secure = *on;
  return {};
}

}  // namespace

Result<void> take_global(Draft& draft, std::string_view argument) {
  const auto property = parse_global(argument);
  if (!property) return property.error();
  if (property->name == "isa-debugcon.iobase") return set_debug_port(draft, property->value);
  if (property->name == "cfi.pflash01.secure") return set_flash_secure(draft, property->value);
  draft.note_once(fmt::format("-global {}: has no effect; give properties to -device", argument));
  return {};
}

Result<void> take_audiodev(Draft&, std::string_view argument) {
  const std::string_view driver = argument.substr(0, argument.find(','));
  return accept_only("-audiodev", driver, "none", "there is no sound");
}

Result<void> take_pidfile(Draft& draft, std::string_view argument) {
  draft.pidfile = argument;
  return {};
}

}  // namespace vireo
