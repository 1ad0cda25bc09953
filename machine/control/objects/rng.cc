// -object rng-builtin and rng-random: where a virtio-rng device has its bytes from.
#include "machine/control/objects/object_row.h"

namespace vireo {
namespace {

constexpr OptionKey kRandomKeys[] = {
    {.name = "filename", .help = "file or device to read", .otherwise = "/dev/urandom"},
};

Result<void> take_builtin(Draft& draft, const std::string& id, std::string_view,
                          const ParsedOptions&) {
  draft.config.entropy_sources.push_back({id, ""});
  return {};
}

Result<void> take_random(Draft& draft, const std::string& id, std::string_view,
                         const ParsedOptions& parsed) {
  draft.config.entropy_sources.push_back({id, parsed.text("filename", "/dev/urandom")});
  return {};
}

}  // namespace

const ObjectRow kRngBuiltinRow = {.name = "rng-builtin",
                                  .help = "random bytes that follow from -seed",
                                  .keys = {},
                                  .take = take_builtin};

const ObjectRow kRngRandomRow = {.name = "rng-random",
                                 .help = "random bytes of the host: a run no longer repeats",
                                 .keys = kRandomKeys,
                                 .take = take_random};

}  // namespace vireo
