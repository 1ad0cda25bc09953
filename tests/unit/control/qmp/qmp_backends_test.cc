// Networks and channels that come and go by QMP.
#include <algorithm>

#include "tests/unit/control/qmp/qmp_bench.h"

using namespace vireo;
using namespace vireo::testing;

namespace {

const Json kDone = {{"return", Json::object()}};

std::string error_text(const Json& answer) { return answer.at("error").at("desc"); }

// With a root port for a card, and a network for it on the host.
struct PortBench : QmpBench {
  PortBench() {
    config.pci_bridges.emplace_back().id = "port";
    host.networks["n"] = std::make_unique<SilentNetwork>();
  }
  Json add_card(std::string_view network) {
    return execute("device_add", {{"driver", "virtio-net-pci"},
                                  {"id", "card"},
                                  {"netdev", network},
                                  {"bus", "port"}});
  }
};

Json socket_backend(const std::string& path, const Json& more = Json::object()) {
  Json data = {{"addr", {{"type", "unix"}, {"data", {{"path", path}}}}}};
  data.update(more);
  return {{"type", "socket"}, {"data", data}};
}

}  // namespace

TEST_CASE("qmp: a network that comes takes a card, and goes when that has gone") {
  PortBench bench;
  CHECK(bench.add_card("n").contains("error"));
  CHECK(bench.execute("netdev_add", {{"type", "user"},
                                     {"id", "n"},
                                     {"ipv6", false},
                                     {"hostfwd", {{{"str", "tcp::2222-:22"}}}},
                                     {"dnssearch", Json::array({"a", "b"})}}) == kDone);
  const MachineConfig& config = bench.machine->panel().config;
  REQUIRE(config.netdevs.size() == 1);
  const auto& user = std::get<UserNetSpec>(config.netdevs[0].type);
  CHECK_FALSE(user.ipv6);
  CHECK(user.host_forwards == std::vector<std::string>{"tcp::2222-:22"});
  CHECK(user.dns_search == std::vector<std::string>{"a", "b"});
  CHECK(bench.add_card("n") == kDone);
  CHECK(bench.execute("set_link", {{"name", "n"}, {"up", false}}) == kDone);
  CHECK(error_text(bench.execute("netdev_del", {{"id", "n"}})) ==
        "network 'n' has a card; take that out with device_del first");
  CHECK(bench.execute("device_del", {{"id", "card"}}).contains("return"));
}

TEST_CASE("qmp: networks that cannot come or go are named") {
  PortBench bench;
  const Json user = {{"type", "user"}, {"id", "n"}};
  CHECK(bench.execute("netdev_add", user) == kDone);
  CHECK(error_text(bench.execute("netdev_add", user)) == "Duplicate ID 'n' for netdev");
  CHECK(bench.execute("netdev_del", {{"id", "n"}}) == kDone);
  CHECK(bench.execute("netdev_del", {{"id", "n"}})["error"]["class"] == "DeviceNotFound");
  CHECK(error_text(bench.execute("netdev_add", {{"type", "usr"}, {"id", "n"}})).find("'user'") !=
        std::string::npos);
  CHECK(error_text(bench.execute("netdev_add", {{"type", "user"}, {"id", "n"}, {"nat", true}}))
            .find("nat") != std::string::npos);
  CHECK(error_text(bench.execute("netdev_add", {{"type", 1}, {"id", "n"}})) ==
        "Parameter 'type' must be of type string");
  CHECK(bench.execute("netdev_add", {{"type", "help"}, {"id", "n"}}).contains("error"));
}

TEST_CASE("qmp: members of members become properties with dots") {
  PortBench bench;
  const Json address = {{"type", "unix"}, {"path", "/tmp/a,b"}};
  CHECK(bench.execute("netdev_add", {{"type", "stream"}, {"id", "n"}, {"addr", address}}) == kDone);
  const MachineConfig& config = bench.machine->panel().config;
  CHECK(std::get<StreamNetSpec>(config.netdevs.at(0).type).path == "/tmp/a,b");
}

TEST_CASE("qmp: a channel is added, shown and removed") {
  QmpBench bench;
  CHECK(bench.execute("chardev-add", {{"id", "c"}, {"backend", socket_backend("/tmp/c")}}) ==
        kDone);
  CHECK(bench.execute("chardev-add", {{"id", "r"},
                                      {"backend",
                                       {{"type", "ringbuf"}, {"data", {{"size", 4096}}}}}}) ==
        kDone);
  const Json all = bench.execute("query-chardev")["return"];
  const auto has = [&](std::string_view id) {
    return std::any_of(all.begin(), all.end(), [&](const Json& one) { return one["label"] == id; });
  };
  CHECK(has("c"));
  CHECK(has("r"));
  CHECK(bench.execute("ringbuf-write", {{"device", "r"}, {"data", "abc"}}) == kDone);
  CHECK(bench.execute("chardev-remove", {{"id", "r"}}) == kDone);
  CHECK(bench.execute("ringbuf-write", {{"device", "r"}, {"data", "abc"}}).contains("error"));
  CHECK(error_text(bench.execute("chardev-remove", {{"id", "r"}})) == "Chardev 'r' not found");
  CHECK(error_text(bench.execute("chardev-remove", {{"id", "qmp0"}})) ==
        "Chardev 'qmp0' is busy: qmp0 uses it");
}

TEST_CASE("qmp: channels of a wrong form, or for which the machine would wait, are errors") {
  QmpBench bench;
  const auto error = [&](const Json& backend) {
    return error_text(bench.execute("chardev-add", {{"id", "c"}, {"backend", backend}}));
  };
  CHECK(error(socket_backend("/tmp/c", {{"wait", true}})) ==
        "chardev 'c': the machine runs and does not wait; give wait=off");
  CHECK(error({{"type", "socket"}, {"data", Json::object()}}) ==
        "Parameter 'addr' must be of type unix or inet, with its data");
  CHECK(error({{"type", 1}}) == "Parameter 'backend' must have members 'type' and 'data'");
  CHECK(error({{"type", "nul"}}).find("'null'") != std::string::npos);
  CHECK(error({{"type", "file"}, {"data", {{"in", "x"}}}}).find("'in'") != std::string::npos);
  CHECK(error_text(bench.execute("chardev-add", {{"id", "c"}, {"backend", "null"}})) ==
        "Parameter 'backend' must be of type object");
}
