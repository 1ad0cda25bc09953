// The objects that -object knows, as data: back ends that devices are given by id.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "machine/base/option_parser.h"
#include "machine/base/result.h"
#include "machine/control/draft.h"

namespace vireo {

// To add a kind: a file in this folder with its row, and the row in object_option.cc.
struct ObjectRow {
  std::string_view name;            // "rng-random"
  std::string_view help;            // "random bytes from a file of the host"
  std::span<const OptionKey> keys;  // its own, besides id=
  // `id` is not empty and not taken. `option` ("-object rng-random") begins every error.
  Result<void> (*take)(Draft& draft, const std::string& id, std::string_view option,
                       const ParsedOptions& parsed);
};

// One for each kind.
extern const ObjectRow kRngBuiltinRow;
extern const ObjectRow kRngRandomRow;
extern const ObjectRow kFilterDumpRow;

}  // namespace vireo
