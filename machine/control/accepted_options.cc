// Options of scripts that call QEMU, for what makes no difference here.
#include <fmt/format.h>

#include "machine/control/handlers.h"

namespace vireo {

// finish() asks for a kernel, so that no firmware is ever needed.
Result<void> take_bios(Draft& draft, std::string_view argument) {
  draft.note_once(fmt::format("-bios {}: not run; the kernel is entered directly", argument));
  return {};
}

Result<void> take_global(Draft& draft, std::string_view argument) {
  if (argument.find('.') == std::string_view::npos) {
    return Error{fmt::format("-global {}: give DRIVER.PROPERTY=VALUE", argument)};
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
