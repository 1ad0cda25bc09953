// -object filter-dump: a network's frames in a pcap file.
#include <fmt/format.h>

#include "machine/control/objects/object_row.h"

namespace vireo {
namespace {

constexpr OptionKey kKeys[] = {
    {.name = "netdev", .help = "id of the -netdev"},
    {.name = "file", .help = "the file, which is created or emptied"},
    {.name = "maxlen",
     .type = OptionType::kSize,
     .help = "bytes kept of each frame",
     .min = 1,
     .max = 1 << 20,
     .otherwise = "65536"},
};

Result<void> take(Draft& draft, const std::string&, std::string_view option,
                  const ParsedOptions& parsed) {
  NetDumpConfig dump;
  dump.netdev = parsed.text("netdev");
  dump.path = parsed.text("file");
  dump.max_bytes = static_cast<uint32_t>(parsed.number("maxlen", dump.max_bytes));
  if (dump.netdev.empty()) return Error{fmt::format("{}: netdev= is missing", option)};
  if (dump.path.empty()) return Error{fmt::format("{}: file= is missing", option)};
  draft.config.net_dumps.push_back(std::move(dump));
  return {};
}

}  // namespace

const ObjectRow kFilterDumpRow = {.name = "filter-dump",
                                  .help = "the frames of a network, as a pcap file",
                                  .keys = kKeys,
                                  .take = take};

}  // namespace vireo
