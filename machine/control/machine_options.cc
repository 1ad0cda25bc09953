// -machine, -cpu, -m, -accel and their small relations.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "machine/base/nearest_name.h"
#include "machine/base/option_parser.h"
#include "machine/board/cpu_option.h"
#include "machine/control/cpu_names.h"
#include "machine/control/handlers.h"

namespace vireo {
namespace {

struct NamedHelp {
  std::string_view name;
  std::string_view help;
};

constexpr NamedHelp kMachines[] = {
    {"q35", "PC with a PCI Express host bridge (the only machine there is)"},
    {"pc", "taken as q35, which boots the same kernels"},
};

constexpr NamedHelp kAccelerators[] = {
    {"tcg", "vireo's own CPU engine, by the name that scripts know"},
    {"kvm", "accepted in lists; never used"},
    {"hvf", "accepted in lists; never used"},
    {"whpx", "accepted in lists; never used"},
    {"xen", "accepted in lists; never used"},
};

template <size_t N>
std::vector<std::string_view> names_of(const NamedHelp (&rows)[N]) {
  std::vector<std::string_view> names;
  for (const NamedHelp& row : rows) names.push_back(row.name);
  return names;
}

template <size_t N>
std::string table_help(std::string_view title, const NamedHelp (&rows)[N]) {
  std::string text = fmt::format("{}:\n", title);
  for (const NamedHelp& row : rows) text += fmt::format("  {:<12} {}\n", row.name, row.help);
  return text;
}

Error unknown_name(std::string_view option, std::string_view what, std::string_view name,
                   const std::vector<std::string_view>& known) {
  return Error{fmt::format("{}: unknown {} '{}'; the nearest is '{}' (there are {})", option, what,
                           name, nearest_name(name, known), fmt::join(known, ", "))};
}

bool among(std::string_view name, const std::vector<std::string_view>& known) {
  return std::find(known.begin(), known.end(), name) != known.end();
}

// What -cpu says, by a model that there is: scripts name processors of makers.
std::string with_own_model(Draft& draft, std::string_view spec) {
  const size_t comma = std::min(spec.find(','), spec.size());
  const std::string_view name = spec.substr(0, comma);
  const std::string_view model = model_in_place_of(name);
  if (model.empty()) return std::string(spec);
  draft.note_once(fmt::format("-cpu {}: {} stands for it", name, model));
  return std::string(model).append(spec.substr(comma));
}

// "kvm:tcg": whatever stands first, there is one engine; but the name must be
// one that QEMU has, or it is a typing error.
Result<void> take_accelerators(Draft& draft, std::string_view option, std::string_view list) {
  const auto known = names_of(kAccelerators);
  while (!list.empty()) {
    const size_t colon = std::min(list.find(':'), list.size());
    const std::string_view name = list.substr(0, colon);
    list.remove_prefix(std::min(colon + 1, list.size()));
    if (!among(name, known)) return unknown_name(option, "accelerator", name, known);
    if (name != "tcg") {
      draft.note_once("runs on its own CPU engine (tcg in -accel lists), not on " +
                      std::string(name));
    }
  }
  return {};
}

constexpr OptionKey kMachineKeys[] = {
    {"type", OptionType::kText, "the machine: q35 or pc"},
    {"accel", OptionType::kText, "accelerators, divided by colons"},
    {"kernel_irqchip", OptionType::kChoice, "there is one kind", "on|off|split"},
    {"usb", OptionType::kChoice, "there is no USB", "off"},
    {"vmport", OptionType::kChoice, "there is none", "off|auto"},
    {"smm", OptionType::kChoice, "system management mode is always there", "on|auto"},
    {"graphics", OptionType::kChoice, "-vga and -display say whether there are any", "off"},
    {"dump-guest-core", OptionType::kBool, "no difference"},
    {"mem-merge", OptionType::kBool, "no difference"},
};

constexpr OptionKey kAccelKeys[] = {
    {"accel", OptionType::kText, "accelerators, divided by colons"},
    {"thread", OptionType::kChoice, "there is one thread", "single|multi"},
};

constexpr OptionKey kMemoryKeys[] = {
    {"size", OptionType::kSize, "RAM", {}, 0, UINT64_MAX, kMiB},
};

constexpr OptionKey kNameKeys[] = {
    {"guest", OptionType::kText, "the machine's name"},
};

}  // namespace

Result<void> take_machine(Draft& draft, std::string_view argument) {
  const auto parsed = parse_options("-machine", argument, kMachineKeys, "type");
  if (!parsed) return parsed.error();
  const std::string type = parsed->text("type", "q35");
  if (parsed->help_wanted()) {
    draft.print = table_help("Machines", kMachines);
    return {};
  }
  const auto known = names_of(kMachines);
  if (!among(type, known)) return unknown_name("-machine", "machine", type, known);
  if (type == "pc") draft.note_once("machine pc is taken as q35, the machine there is");
  return take_accelerators(draft, "-machine", parsed->text("accel"));
}

Result<void> take_cpu(Draft& draft, std::string_view argument) {
  if (argument == "help" || argument == "?") {
    draft.print = cpu_option_help();
    return {};
  }
  const std::string spec = with_own_model(draft, argument);
  if (const auto checked = check_cpu_option(spec); !checked) return checked.error();
  draft.config.cpu_model = spec;
  return {};
}

Result<void> take_memory(Draft& draft, std::string_view argument) {
  const auto parsed = parse_options("-m", argument, kMemoryKeys, "size");
  if (!parsed) return parsed.error();
  if (!parsed->has("size")) return Error{"-m: a size is missing, as in -m 512M"};
  const uint64_t bytes = parsed->number("size", 0);
  if (bytes < kMinMemory) {
    return Error{
        fmt::format("-m {}: too little memory; give at least {}M", argument, kMinMemory / kMiB)};
  }
  if (bytes > kMaxMemory) {
    return Error{
        fmt::format("-m {}: too much memory; give at most {}G", argument, kMaxMemory / kGiB)};
  }
  draft.config.memory_bytes = (bytes + kMiB - 1) / kMiB * kMiB;
  return {};
}

Result<void> take_accel(Draft& draft, std::string_view argument) {
  const auto parsed = parse_options("-accel", argument, kAccelKeys, "accel");
  if (!parsed) return parsed.error();
  if (parsed->help_wanted()) {
    draft.print = table_help("Accelerators", kAccelerators);
    return {};
  }
  return take_accelerators(draft, "-accel", parsed->text("accel"));
}

Result<void> take_kernel_entry(Draft& draft, std::string_view argument) {
  if (argument != "fast" && argument != "ordinary") {
    return Error{fmt::format("-kernel-entry {}: give fast or ordinary", argument)};
  }
  draft.config.kernel.entry = argument == "fast" ? KernelEntry::kFast : KernelEntry::kOrdinary;
  return {};
}

Result<void> take_name(Draft& draft, std::string_view argument) {
  const auto parsed = parse_options("-name", argument, kNameKeys, "guest");
  if (!parsed) return parsed.error();
  draft.config.name = parsed->text("guest");
  return {};
}

Result<void> accept_only(std::string_view option, std::string_view argument, std::string_view only,
                         std::string_view reason) {
  if (argument == only) return {};
  return Error{fmt::format("{} {}: {}; use {} {}", option, argument, reason, option, only)};
}

}  // namespace vireo
