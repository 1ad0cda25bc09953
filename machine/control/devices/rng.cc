// -device virtio-rng-pci: random bytes for the guest.
#include "machine/control/devices/device_row.h"

namespace vireo {
namespace {

constexpr OptionKey kKeys[] = {
    {.name = "rng", .help = "id of an -object rng-...", .otherwise = "as rng-builtin"},
    {.name = "max-bytes",
     .type = OptionType::kNumber,
     .help = "bytes in each period",
     .min = 1,
     .max = INT64_MAX,
     .otherwise = "no limit"},
    {.name = "period",
     .type = OptionType::kNumber,
     .help = "ms of the guest's time",
     .min = 1,
     .max = UINT32_MAX,
     .otherwise = "65536"},
};

Result<VirtioTypeConfig> parse(std::string_view, const ParsedOptions& parsed) {
  RngConfig rng;
  rng.source = parsed.text("rng");
  rng.options.max_bytes = parsed.number("max-bytes", rng.options.max_bytes);
  rng.options.period_ms = static_cast<uint32_t>(parsed.number("period", rng.options.period_ms));
  return VirtioTypeConfig(std::move(rng));
}

}  // namespace

const VirtioRow kRngRow = {
    .name = "virtio-rng", .help = "random bytes", .keys = kKeys, .parse = parse};

}  // namespace vireo
