#include "machine/board/snapshot/state_part.h"

#include <fmt/format.h>

#include <algorithm>

namespace vireo {
namespace {

template <typename Named>
const Named* find(std::span<const Named> all, const std::string& name) {
  const auto at =
      std::find_if(all.begin(), all.end(), [&](const Named& entry) { return entry.name == name; });
  return at == all.end() ? nullptr : &*at;
}

Result<void> match(const StatePart& part, const StateSection* section, const std::string& source) {
  if (section == nullptr) {
    if (part.optional) return {};
    return Error{
        fmt::format("{}: holds no state of '{}'; give the command line of the machine "
                    "that was saved",
                    source, part.name)};
  }
  if (section->version == part.version) return {};
  return Error{fmt::format("{}: section '{}' has version {}; this vireo reads version {}", source,
                           part.name, section->version, part.version)};
}

}  // namespace

std::vector<StateSection> save_parts(std::span<const StatePart> parts) {
  std::vector<StateSection> sections;
  for (const StatePart& part : parts) {
    Archive archive = Archive::whole_saver();
    part.visit(archive);
    sections.push_back({part.name, part.version, part.optional, archive.bytes()});
  }
  return sections;
}

Result<void> match_parts(std::span<const StatePart> parts, std::span<const StateSection> sections,
                         const std::string& source) {
  for (const StatePart& part : parts) {
    if (auto good = match(part, find(sections, part.name), source); !good) return good;
  }
  for (const StateSection& section : sections) {
    if (section.optional || find(parts, section.name) != nullptr) continue;
    return Error{
        fmt::format("{}: holds the state of '{}', which this machine has not; give the "
                    "command line of the machine that was saved",
                    source, section.name)};
  }
  return {};
}

Result<void> load_parts(std::span<const StatePart> parts, std::span<const StateSection> sections,
                        const std::string& source) {
  for (const StatePart& part : parts) {
    const StateSection* section = find(sections, part.name);
    if (section == nullptr) continue;
    Archive archive = Archive::whole_loader(section->bytes);
    part.visit(archive);
    if (archive.ok() && archive.at_end()) continue;
    return Error{fmt::format("{}: section '{}' is damaged: {}", source, part.name,
                             archive.ok() ? "it is too long" : "a value is out of range")};
  }
  return {};
}

}  // namespace vireo
