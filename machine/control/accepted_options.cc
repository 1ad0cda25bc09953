// Options of scripts that call QEMU, for what makes no difference here.
#include <fmt/format.h>

#include "machine/base/option_parser.h"
#include "machine/control/handlers.h"

namespace vireo {

Result<void> take_global(Draft& draft, std::string_view argument) {
  if (argument.find('.') == std::string_view::npos) {
    return Error{fmt::format("-global {}: give DRIVER.PROPERTY=VALUE", argument)};
  }
  constexpr std::string_view kDebugPort = "isa-debugcon.iobase=";
  if (argument.substr(0, kDebugPort.size()) == kDebugPort) {
    const auto port = parse_number(argument.substr(kDebugPort.size()));
    if (!port || *port > 0xffff) return Error{fmt::format("-global {}: no port", argument)};
    auto& console = draft.config.debug_console;
    if (!console) console = DebugConsoleConfig{0, {.kind = ChannelSpec::Kind::kNone}};
    console->iobase = static_cast<uint16_t>(*port);
    return {};
  }
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
