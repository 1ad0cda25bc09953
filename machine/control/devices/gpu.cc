// -device virtio-gpu-pci: a graphics card.
#include "machine/control/devices/device_row.h"

namespace vireo {
namespace {

constexpr OptionKey kKeys[] = {
    {.name = "xres",
     .type = OptionType::kNumber,
     .help = "width of the display, in pixels",
     .min = VirtioGpuOptions::kSmallest,
     .max = VirtioGpuOptions::kLargest,
     .otherwise = "1280"},
    {.name = "yres",
     .type = OptionType::kNumber,
     .help = "its height",
     .min = VirtioGpuOptions::kSmallest,
     .max = VirtioGpuOptions::kLargest,
     .otherwise = "800"},
    {.name = "edid",
     .type = OptionType::kBool,
     .help = "tell the driver what the display is",
     .otherwise = "on"},
    {.name = "max_outputs",
     .type = OptionType::kNumber,
     .help = "displays, of which the first is connected",
     .min = 1,
     .max = VirtioGpuOptions::kMostOutputs,
     .otherwise = "1"},
    {.name = "max_hostmem",
     .type = OptionType::kSize,
     .help = "memory for the driver's pictures",
     .min = 1 << 20,
     .max = uint64_t{1} << 30,
     .otherwise = "256M"},
};

Result<VirtioTypeConfig> parse(std::string_view, const ParsedOptions& parsed) {
  VirtioGpuOptions options;
  options.xres = static_cast<uint32_t>(parsed.number("xres", options.xres));
  options.yres = static_cast<uint32_t>(parsed.number("yres", options.yres));
  options.edid = parsed.flag("edid", options.edid);
  options.max_outputs = static_cast<uint32_t>(parsed.number("max_outputs", options.max_outputs));
  options.max_hostmem = parsed.number("max_hostmem", options.max_hostmem);
  return VirtioTypeConfig(GpuConfig{options});
}

}  // namespace

const VirtioRow kGpuRow = {.name = "virtio-gpu",
                           .help = "graphics card without 3D",
                           .keys = kKeys,
                           .has_transitional_form = false,
                           .parse = parse};

}  // namespace vireo
