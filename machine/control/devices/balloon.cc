// -device virtio-balloon-pci: memory that the host may ask back.
#include "machine/control/devices/device_row.h"

namespace vireo {
namespace {

constexpr OptionKey kKeys[] = {
    {.name = "deflate-on-oom",
     .type = OptionType::kBool,
     .help = "the guest may take pages back when it runs out of memory",
     .otherwise = "off"},
    {.name = "free-page-reporting",
     .type = OptionType::kBool,
     .help = "the guest gives unused pages back by itself",
     .otherwise = "off"},
    {.name = "page-poison",
     .type = OptionType::kBool,
     .help = "the driver may tell what it fills free pages with",
     .otherwise = "on"},
    {.name = "guest-stats-polling-interval",
     .type = OptionType::kNumber,
     .help = "seconds of the guest's time between statistics; 0: at the start only",
     .max = 1000000,
     .otherwise = "0"},
};

Result<VirtioTypeConfig> parse(std::string_view, const ParsedOptions& parsed) {
  VirtioBalloonOptions options;
  options.deflate_on_oom = parsed.flag("deflate-on-oom", options.deflate_on_oom);
  options.free_page_reporting = parsed.flag("free-page-reporting", options.free_page_reporting);
  options.page_poison = parsed.flag("page-poison", options.page_poison);
  options.stats_interval_s =
      static_cast<uint32_t>(parsed.number("guest-stats-polling-interval", 0));
  return VirtioTypeConfig(BalloonConfig{options});
}

}  // namespace

const VirtioRow kBalloonRow = {.name = "virtio-balloon",
                               .help = "memory that the host may ask back",
                               .keys = kKeys,
                               .parse = parse};

}  // namespace vireo
