// QMP's commands that add and remove what stands behind devices: networks and channels.
#include <fmt/format.h>

#include <utility>

#include "machine/control/chardev_option.h"
#include "machine/control/net/netdev_types.h"
#include "machine/control/qmp/option_text.h"
#include "machine/control/qmp/qmp_command.h"

namespace vireo {
namespace {

QmpOutcome netdev_add(ControlPanel& panel, const QmpArguments& arguments) {
  auto network = parse_netdev("netdev_add", option_text(arguments.all(), "type"));
  if (!network) return QmpFailure{network.error().message};
  if (auto added = panel.virtio.add_network(std::move(*network)); !added) {
    return QmpFailure{added.error().message};
  }
  return Json::object();
}

QmpOutcome netdev_del(ControlPanel& panel, const QmpArguments& arguments) {
  const std::string id = arguments.text("id");
  const auto removed = panel.virtio.remove_network(id);
  if (!removed) return QmpFailure{removed.error().message};
  if (!*removed) return QmpFailure{fmt::format("Device '{}' not found", id), kDeviceNotFound};
  return Json::object();
}

// QAPI's unions, {"type": T, "data": {...}}, of which the data are members like any others.
struct Union {
  std::string type;
  Json data = Json::object();
};
std::optional<Union> union_of(const Json& value) {
  if (!value.is_object() || !value.contains("type") || !value["type"].is_string()) {
    return std::nullopt;
  }
  Union both{value["type"].get<std::string>(), value.value("data", Json::object())};
  if (!both.data.is_object()) return std::nullopt;
  return both;
}

// QEMU's names of what -chardev calls otherwise.
void rename(Json& members, const char* from, const char* to) {
  if (!members.contains(from)) return;
  Json value = std::move(members[from]);
  members.erase(from);
  members[to] = std::move(value);
}

// A socket listens unless told otherwise, and does not wait.
bool settle_socket(Json& members) {
  const auto address = union_of(members.value("addr", Json()));
  if (!address || (address->type != "unix" && address->type != "inet")) return false;
  members.erase("addr");
  members.update(address->data);
  const bool server = members.value("server", Json(true)) != false;
  members["server"] = server;
  if (server && !members.contains("wait")) members["wait"] = false;
  return true;
}

QmpOutcome chardev_add(ControlPanel& panel, const QmpArguments& arguments) {
  const auto backend = union_of(arguments.all()["backend"]);
  if (!backend) return QmpFailure{"Parameter 'backend' must have members 'type' and 'data'"};
  Json members = backend->data;
  if (backend->type == "socket" && !settle_socket(members)) {
    return QmpFailure{"Parameter 'addr' must be of type unix or inet, with its data"};
  }
  rename(members, "out", "path");
  rename(members, "device", "path");
  members["id"] = arguments.text("id");
  members["kind"] = backend->type;
  const auto chardev = parse_chardev("chardev-add", option_text(members, "kind"));
  if (!chardev) return QmpFailure{chardev.error().message};
  if (auto added = add_running_chardev(panel, *chardev); !added) {
    return QmpFailure{added.error().message};
  }
  return Json::object();
}

QmpOutcome chardev_remove(ControlPanel& panel, const QmpArguments& arguments) {
  if (auto removed = panel.chardevs.remove(arguments.text("id")); !removed) {
    return QmpFailure{removed.error().message};
  }
  return Json::object();
}

QmpOutcome query_chardev_backends(ControlPanel& /*panel*/, const QmpArguments& /*arguments*/) {
  Json all = Json::array();
  for (const std::string_view kind : chardev_kinds()) all.push_back({{"name", kind}});
  return all;
}

constexpr QmpParameter kNetwork[] = {{"type"}, {"id"}};
constexpr QmpParameter kId[] = {{"id"}};
constexpr QmpParameter kChardev[] = {{"id"}, {"backend", QmpType::kObject}};

constexpr QmpCommand kRows[] = {
    {"netdev_add", kNetwork, netdev_add, {}, {}, true},
    {"netdev_del", kId, netdev_del},
    {"chardev-add", kChardev, chardev_add},
    {"chardev-remove", kId, chardev_remove},
    {"query-chardev-backends", {}, query_chardev_backends, QmpReturns::kList},
};

}  // namespace

std::span<const QmpCommand> qmp_backend_commands() { return kRows; }

}  // namespace vireo
