// The command line's options as data: one row each, read by the parser, the help
// and the search for the nearest name.
#pragma once

#include <span>
#include <string_view>

#include "machine/base/result.h"
#include "machine/control/draft.h"

namespace vireo {

enum class OptionGroup : uint8_t {
  kMachine,
  kBoot,
  kDisks,
  kNet,
  kSerial,
  kRun,
  kTrace,
  kAccepted,
  kInformation,
};

// Takes the option's argument (empty when it has none) into the draft.
using OptionHandler = Result<void> (*)(Draft& draft, std::string_view argument);

struct OptionRow {
  std::string_view name;      // "-drive"
  std::string_view alias;     // another spelling, or empty
  // How help shows it; empty: takes none. "[=FILE]": may follow in the same word.
  std::string_view argument;
  OptionGroup group;
  std::string_view help;  // lines divided by '\n'
  OptionHandler handler;

  bool takes_attached() const { return argument.substr(0, 2) == "[="; }
};

std::span<const OptionRow> option_rows();

// All spellings, for the nearest one.
std::vector<std::string_view> option_names();
// The row of `name`, or null. A second dash in front is allowed, as in QEMU.
const OptionRow* find_option(std::string_view name);

}  // namespace vireo
