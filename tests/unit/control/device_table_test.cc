// The table of devices as a whole: names, help and defaults of every row.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <set>

#include "machine/control/devices/device_option.h"
#include "machine/control/devices/virtio_names.h"
#include "tests/unit/control/parse.h"

namespace vireo {
namespace {

// What a device cannot do without, for rows that ask for something.
std::string needs_of(const VirtioRow& row) {
  if (&row == &kP9Row) return ",fsdev=f,mount_tag=t";
  if (&row == &kVsockRow) return ",guest-cid=3,path=p";
  return &row == &kBlkRow ? ",drive=d" : "";
}

VirtioDeviceConfig device_of(const std::string& text) {
  const auto device = parse_virtio_device("device_add", text);
  REQUIRE_MESSAGE(device.ok(), device.error().message);
  return *device;
}

// Whether the default is a value that may be given, or a remark ("the drive's").
bool is_value(const OptionKey& key) {
  switch (key.type) {
    case OptionType::kBool:
    case OptionType::kChoice:
      return true;
    case OptionType::kNumber:
      return parse_number(key.otherwise).has_value();
    case OptionType::kSize:
      return parse_size(key.otherwise).has_value();
    case OptionType::kText:
      break;
  }
  return false;
}

}  // namespace

TEST_CASE("no device name occurs twice") {
  const auto names = device_names();
  CHECK(std::set<std::string>(names.begin(), names.end()).size() == names.size());
}

TEST_CASE("-device help and -device NAME,help know every name and property") {
  const auto list = parse_words({"-device", "help"});
  REQUIRE(list.ok());
  for (const std::string& name : device_names()) {
    CHECK_MESSAGE(list->print->find("  " + name + " ") != std::string::npos, name);
  }
  for (const VirtioRow* row : virtio_rows()) {
    for (const VirtioName& name : names_of(*row)) {
      const std::string argument = name.name + ",help";
      const auto help = parse_words({"-device", argument});
      REQUIRE(help.ok());
      for (const OptionKey& key : keys_of(name)) {
        CHECK_MESSAGE(help->print->find(fmt::format("  {}=", key.name)) != std::string::npos,
                      name.name, " ", key.name);
      }
    }
  }
}

TEST_CASE("a default that help prints is what a device has without the property") {
  for (const VirtioRow* row : virtio_rows()) {
    const std::string text = std::string(row->name) + needs_of(*row);
    const VirtioDeviceConfig plain = device_of(text);
    for (const OptionKey& key : keys_of(names_of(*row).front())) {
      if (!is_value(key)) continue;
      VirtioDeviceConfig given = device_of(fmt::format("{},{}={}", text, key.name, key.otherwise));
      CHECK_MESSAGE(given == plain, text, " ", key.name);
    }
  }
}

TEST_CASE("every property with a choice or a switch changes the device") {
  for (const VirtioRow* row : virtio_rows()) {
    const std::string text = std::string(row->name) + needs_of(*row);
    for (const OptionKey& key : keys_of(names_of(*row).front())) {
      if (key.type != OptionType::kBool || key.name == "iommu_platform") continue;
      const std::string other = key.otherwise == "on" ? "off" : "on";
      VirtioDeviceConfig given = device_of(fmt::format("{},{}={}", text, key.name, other));
      CHECK_MESSAGE(!(given == device_of(text)), text, " ", key.name);
    }
  }
}

TEST_CASE("LG-16: each name of a device presets its interfaces") {
  const auto legacy_of = [](const std::string& text) { return device_of(text).pci.disable_legacy; };
  for (const VirtioRow* row : virtio_rows()) {
    const std::string name(row->name), needs = needs_of(*row);
    CHECK(legacy_of(name + needs) == OnOffAuto::kAuto);
    CHECK(legacy_of(name + "-pci" + needs) == OnOffAuto::kAuto);
    CHECK(legacy_of(name + "-pci" + needs + ",disable-legacy=on") == OnOffAuto::kOn);
    CHECK(legacy_of(name + "-pci-non-transitional" + needs) == OnOffAuto::kOn);
    CHECK(find_virtio_name(name + "-pci-transitional").has_value() == row->has_transitional_form);
    if (!row->has_transitional_form) continue;
    CHECK(legacy_of(name + "-pci-transitional" + needs) == OnOffAuto::kOff);
    CHECK_FALSE(
        parse_virtio_device("x", name + "-pci-transitional" + needs + ",disable-legacy=off").ok());
  }
}

TEST_CASE("device_add names what cannot be added to a running machine") {
  CHECK(parse_virtio_device("device_add", "isa-debug-exit").error().message ==
        "device_add isa-debug-exit: only virtio devices can be added to a running machine");
  CHECK(parse_virtio_device("device_add", "virtio-bkl-pci").error().message ==
        "device_add: unknown device 'virtio-bkl-pci'; the nearest is 'virtio-blk-pci' (list: "
        "-device help)");
}

}  // namespace vireo
