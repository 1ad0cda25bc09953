#include "machine/board/virtio/virtio_devices.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "machine/base/log.h"
#include "machine/board/virtio/adapt_rom.h"

namespace vireo {
namespace {

// iPXE for BIOS and UEFI, of Debian's package ipxe-qemu.
constexpr const char* kNetworkRom = "/usr/lib/ipxe/qemu/efi-virtio.rom";

// What two devices may not both have, as a user's error; empty when they get on.
std::string clash(const P9Config& one, const P9Config& other) {
  if (one.options.mount_tag != other.options.mount_tag) return {};
  return fmt::format("mount_tag={} is in use; choose another", one.options.mount_tag);
}
std::string clash(const BlkConfig& one, const BlkConfig& other) {
  if (one.drive != other.drive) return {};
  return fmt::format("drive '{}' has a device already", one.drive);
}
std::string clash(const NetConfig& one, const NetConfig& other) {
  if (one.netdev.empty() || one.netdev != other.netdev) return {};
  return fmt::format("network '{}' has a card already; give it one of its own", one.netdev);
}
template <typename Type>
std::string clash(const Type&, const Type&) {
  return {};
}

std::string shared_with(const VirtioTypeConfig& one, const VirtioTypeConfig& other) {
  if (one.index() != other.index()) return {};
  return std::visit(
      [&](const auto& type) { return clash(type, std::get<std::decay_t<decltype(type)>>(other)); },
      one);
}

}  // namespace

VirtioDevices::VirtioDevices(const VirtioMaterial& material, PciPlacing& placing)
    : material_(material),
      placing_(placing),
      burial_(material.core.events, "virtio-burial", [this] { bury(); }) {
  placing.set_gone_callback([this](PciFunction& function) { let_go(function); });
}

Result<void> VirtioDevices::create() {
  std::vector<PciPlacing::Request> requests;
  for (const VirtioDeviceConfig& config : material_.config.virtio_devices) {
    auto unit = make(config);
    if (!unit) return unit.error();
    units_.push_back(std::move(*unit));
    requests.push_back({units_.back()->function.get(), &config.place});
  }
  return placing_.attach(requests);
}

Result<std::unique_ptr<VirtioUnit>> VirtioDevices::make(const VirtioDeviceConfig& config) {
  const auto express = placing_.behind_express_port(config.place);
  if (!express) {
    return Error{fmt::format("-device {}: {}", config.model, express.error().message)};
  }
  auto made = std::visit([&](const auto& type) { return make_virtio(type, config, material_); },
                         config.type);
  if (!made) return made.error();
  const std::string type =
      std::visit([](const auto& t) { return std::string(section_name(t)); }, config.type);
  VirtioPciOptions options = config.pci;
  options.behind_express_port = *express;
  options.class_code = std::visit([](const auto& t) { return pci_class(t); }, config.type);
  auto function =
      VirtioPciFunction::create(fmt::format("{}{}", type, made_[type]++), std::move(made->device),
                                options, {material_.core.memory, material_.core.events});
  if (!function) return function.error();
  if (auto added = add_rom(config, **function); !added) return added.error();
  return std::make_unique<VirtioUnit>(
      VirtioUnit{config, std::move(made->back_end), std::move(*function)});
}

std::string VirtioDevices::rom_path(const VirtioDeviceConfig& config) const {
  if (config.romfile) return *config.romfile;
  const bool card = std::holds_alternative<NetConfig>(config.type);
  return card && material_.config.firmware.run() ? kNetworkRom : "";
}

Result<void> VirtioDevices::add_rom(const VirtioDeviceConfig& config, PciFunction& function) {
  const std::string path = rom_path(config);
  if (path.empty()) return {};
  auto image = material_.host.read_file(path, "expansion ROM");
  if (!image && !config.romfile) return {};
  if (!image) return image.error();
  if (image->empty() || image->size() > ExpansionRom::kMaxBytes) {
    return Error{fmt::format("-device {}: romfile={} has {} bytes; an image has 1 to {}",
                             config.model, path, image->size(), ExpansionRom::kMaxBytes)};
  }
  if (!config.rom_bar) return add_loose_rom(config, path, std::move(*image));
  const ConfigSpace& registers = function.config();
  adapt_rom(*image, registers.get<uint16_t>(pci_reg::kVendorId),
            registers.get<uint16_t>(pci_reg::kDeviceId));
  function.add_rom(std::move(*image));
  return {};
}

// Two devices may have the same one, which firmware then runs once.
Result<void> VirtioDevices::add_loose_rom(const VirtioDeviceConfig& config, const std::string& path,
                                          std::vector<std::byte> image) {
  const std::string name = path.substr(path.rfind('/') + 1);
  const auto [at, is_new] = loose_roms_.try_emplace(name, image);
  if (is_new || at->second == image) return {};
  return Error{
      fmt::format("-device {}: romfile={}: another device with rombar=off has another ROM "
                  "of that name; rename one of them",
                  config.model, path)};
}

Result<void> VirtioDevices::check_new(const VirtioDeviceConfig& config) {
  if (config.id.empty()) {
    return Error{fmt::format("{}: id= is missing; device_del needs it", config.model)};
  }
  if (!config.rom_bar && config.romfile.value_or("") != "") {
    return Error{
        fmt::format("{}: rombar=off: firmware has looked for ROMs already; leave out "
                    "romfile= or rombar=",
                    config.model)};
  }
  if (find(config.id) != nullptr) {
    return Error{fmt::format("{}: id={} is in use; choose another", config.model, config.id)};
  }
  for (const auto& unit : units_) {
    const std::string reason = shared_with(config.type, unit->config.type);
    if (!reason.empty()) return Error{fmt::format("{}: {}", config.model, reason)};
  }
  return {};
}

// The lowest address that no card has, counted as for the command line.
void VirtioDevices::choose_mac(NetConfig& card) const {
  const auto taken = [&](const virtio_net::MacAddress& mac) {
    return std::any_of(units_.begin(), units_.end(), [&](const auto& unit) {
      const auto* other = std::get_if<NetConfig>(&unit->config.type);
      return other != nullptr && other->options.mac == mac;
    });
  };
  for (int tries = 0; tries <= UINT8_MAX && taken(card.options.mac); ++tries) {
    ++card.options.mac[5];
  }
}

Result<void> VirtioDevices::plug(const VirtioDeviceConfig& wanted) {
  if (auto good = check_new(wanted); !good) return good;
  VirtioDeviceConfig config = wanted;
  auto* card = std::get_if<NetConfig>(&config.type);
  if (card != nullptr && !card->mac_chosen) choose_mac(*card);
  auto unit = make(config);
  if (!unit) return unit.error();
  if (on_new_) on_new_(*(*unit)->function);
  (*unit)->function->reset();
  if (auto put = placing_.plug(*(*unit)->function, config.place); !put) return put;
  units_.push_back(std::move(*unit));
  return {};
}

Result<void> VirtioDevices::unplug(const std::string& id) {
  VirtioUnit* unit = find(id);
  if (unit == nullptr) return Error{fmt::format("there is no device '{}'", id)};
  return placing_.unplug(*unit->function, unit->config.place);
}

Result<void> VirtioDevices::add_network(NetdevSpec network) {
  const auto same = [&](const NetdevSpec& other) { return other.id == network.id; };
  if (std::any_of(material_.netdevs.begin(), material_.netdevs.end(), same)) {
    return Error{fmt::format("Duplicate ID '{}' for netdev", network.id)};
  }
  material_.netdevs.push_back(std::move(network));
  return {};
}

Result<bool> VirtioDevices::remove_network(const std::string& id) {
  for (const auto& unit : units_) {
    const auto* card = std::get_if<NetConfig>(&unit->config.type);
    if (card == nullptr || id.empty() || card->netdev != id) continue;
    return Error{fmt::format("network '{}' has a card; take that out with device_del first", id)};
  }
  return std::erase_if(material_.netdevs, [&](const NetdevSpec& one) { return one.id == id; }) > 0;
}

void VirtioDevices::let_go(PciFunction& function) {
  const auto at = std::find_if(units_.begin(), units_.end(),
                               [&](const auto& unit) { return unit->function.get() == &function; });
  if (at == units_.end()) return;
  gone_.push_back(std::move(*at));
  units_.erase(at);
  burial_.schedule_at(material_.core.clock.now_ns());
}

void VirtioDevices::bury() {
  for (auto& unit : std::exchange(gone_, {})) {
    if (unit->back_end != nullptr) {
      if (auto flushed = unit->back_end->flush(); !flushed) Log::line(flushed.error().message);
    }
    const std::string id = unit->config.id;
    unit.reset();
    material_.news.tell({.kind = MachineEvent::Kind::kDeviceDeleted, .name = id});
  }
}

void VirtioDevices::set_on_new(std::function<void(VirtioPciFunction&)> on_new) {
  on_new_ = std::move(on_new);
  for (const auto& unit : units_) on_new_(*unit->function);
}

Result<void> VirtioDevices::flush() {
  Result<void> result;
  for (const auto& unit : units_) {
    if (unit->back_end == nullptr) continue;
    auto flushed = unit->back_end->flush();
    if (!flushed && result.ok()) result = flushed;
  }
  return result;
}

VirtioUnit* VirtioDevices::find(const std::string& id) {
  for (const auto& unit : units_) {
    if (!id.empty() && unit->config.id == id) return unit.get();
  }
  return nullptr;
}

void VirtioDevices::for_each(const std::function<void(VirtioUnit&)>& visit) {
  for (const auto& unit : units_) visit(*unit);
}

}  // namespace vireo
