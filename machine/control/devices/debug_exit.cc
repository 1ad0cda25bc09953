// -device isa-debug-exit: a port that ends the run.
#include <fmt/format.h>

#include "machine/control/devices/device_row.h"

namespace vireo {
namespace {

constexpr OptionKey kKeys[] = {
    {.name = "iobase",
     .type = OptionType::kNumber,
     .help = "port",
     .max = 0xffff,
     .otherwise = "0x501"},
    {.name = "iosize",
     .type = OptionType::kNumber,
     .help = "number of ports",
     .min = 1,
     .max = 8,
     .otherwise = "2"},
    {.name = "id", .help = "name of the device"},
};

Result<void> take(Draft& draft, std::string_view option, const ParsedOptions& parsed) {
  if (draft.config.debug_exit) return Error{fmt::format("{}: given twice; one is enough", option)};
  DebugExitConfig exit;
  exit.iobase = static_cast<uint16_t>(parsed.number("iobase", exit.iobase));
  exit.iosize = static_cast<uint16_t>(parsed.number("iosize", exit.iosize));
  draft.config.debug_exit = exit;
  return {};
}

}  // namespace

const PlainDeviceRow kDebugExitRow = {
    .name = "isa-debug-exit",
    .help = "a write of v to its port ends the run with exit code (v << 1) | 1",
    .keys = kKeys,
    .take = take};

}  // namespace vireo
