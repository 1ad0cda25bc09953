// What QMP tells of itself is what it does.
#include "machine/control/qmp/qmp_schema.h"

#include <map>
#include <set>

#include "machine/control/qmp/qmp_event.h"
#include "tests/unit/control/qmp/qmp_bench.h"

using namespace vireo;
using namespace vireo::testing;

namespace {

std::map<std::string, Json> rows_by_name(const Json& schema) {
  std::map<std::string, Json> rows;
  for (const Json& row : schema) {
    CHECK(rows.emplace(row.at("name").get<std::string>(), row).second);
  }
  return rows;
}

}  // namespace

TEST_CASE("qmp: the schema has every command and event, and every type that they name") {
  QmpBench bench;
  const auto rows = rows_by_name(bench.execute("query-qmp-schema")["return"]);
  const Json commands = bench.execute("query-commands")["return"];
  for (const Json& command : commands) {
    const auto at = rows.find(command["name"].get<std::string>());
    REQUIRE(at != rows.end());
    CHECK(at->second["meta-type"] == "command");
  }
  for (const auto& [name, row] : rows) {
    for (const char* reference : {"arg-type", "ret-type", "element-type"}) {
      if (row.contains(reference)) CHECK(rows.count(row[reference].get<std::string>()) == 1);
    }
    for (const Json& member : row.value("members", Json::array())) {
      CHECK(rows.count(member.at("type").get<std::string>()) == 1);
    }
  }
  CHECK(rows.at("BLOCK_IO_ERROR")["meta-type"] == "event");
}

TEST_CASE("qmp: the schema tells which members may be left out") {
  QmpBench bench;
  const auto rows = rows_by_name(bench.execute("query-qmp-schema")["return"]);
  const Json members = rows.at(rows.at("memsave")["arg-type"].get<std::string>())["members"];
  REQUIRE(members.size() == 4);
  CHECK(members[0] == Json{{"name", "val"}, {"type", "int"}});
  CHECK(members[3] == Json{{"name", "cpu-index"}, {"type", "int"}, {"default", nullptr}});
}

TEST_CASE("qmp: what commands without arguments return is of the kind that the table tells") {
  QmpBench bench;
  bench.execute("query-status");
  for (const QmpCommand* command : qmp_commands()) {
    if (!command->name.starts_with("query-") || command->name == "query-balloon") continue;
    if (!command->parameters.empty() && !command->parameters[0].optional) continue;
    const Json answer = bench.execute(command->name);
    REQUIRE_MESSAGE(answer.contains("return"), command->name);
    CHECK_MESSAGE(answer["return"].is_array() == (command->returns == QmpReturns::kList),
                  command->name);
    CHECK_MESSAGE(command->returns != QmpReturns::kNothing, command->name);
  }
}

TEST_CASE("qmp: each event has the members that its form tells") {
  for (size_t kind = 0; kind < qmp_event_forms().size(); ++kind) {
    const QmpEventForm& form = qmp_event_forms()[kind];
    const Json event = qmp_event({.kind = static_cast<MachineEvent::Kind>(kind)}, Json());
    CHECK(event["event"] == form.name);
    std::set<std::string> told, formed;
    const Json data = event.value("data", Json::object());
    for (const auto& [name, value] : data.items()) told.insert(name);
    for (const QmpParameter& member : form.members) formed.emplace(member.name);
    CHECK(told == formed);
  }
}

TEST_CASE("qmp: processors' models are told with every feature") {
  QmpBench bench;
  const auto expand = [&](const Json& model) {
    return bench.execute("query-cpu-model-expansion", {{"type", "full"}, {"model", model}});
  };
  const Json plain = expand({{"name", "x86-64-v1"}})["return"]["model"]["props"];
  CHECK(plain["sse2"] == true);
  CHECK(plain["avx2"] == false);
  const Json model = {{"name", "x86-64-v3"}, {"props", {{"avx2", false}}}};
  CHECK(expand(model)["return"]["model"]["props"]["avx2"] == false);
  CHECK(expand({{"name", "i486"}}).contains("error"));
  CHECK(expand({{"name", 1}}).contains("error"));
  CHECK(expand({{"name", "max"}, {"props", {{"avx2", 1}}}}).contains("error"));
}

TEST_CASE("qmp: options are told by name, all or one") {
  QmpBench bench;
  CHECK(bench.execute("query-command-line-options")["return"].size() > 50);
  CHECK(bench.execute("query-command-line-options", {{"option", "drive"}})["return"] ==
        Json::parse(R"([{"option": "drive", "parameters": []}])"));
  CHECK(bench.execute("query-command-line-options", {{"option", "drove"}}).contains("error"));
}

TEST_CASE("qmp: a key goes down and comes up by events") {
  QmpBench bench;
  const auto key = [](bool down) {
    return Json{{"type", "key"},
                {"data", {{"down", down}, {"key", {{"type", "qcode"}, {"data", "a"}}}}}};
  };
  CHECK(bench.execute("input-send-event", {{"events", Json::array({key(true)})}}) ==
        Json{{"return", Json::object()}});
  IoSpace& ports = bench.machine->panel().core.ports;
  CHECK(ports.read(0x60, 1) == 0x1e);
  bench.execute("input-send-event", {{"events", Json::array({key(false)})}});
  CHECK(ports.read(0x60, 1) == 0x9e);
  const Json move = {{"type", "rel"}, {"data", {{"axis", "x"}, {"value", 1}}}};
  CHECK(bench.execute("input-send-event", {{"events", Json::array({move})}}) ==
        Json{{"return", Json::object()}});
  const Json touch = {{"type", "abs"}, {"data", {{"axis", "x"}, {"value", 1}}}};
  CHECK(bench.execute("input-send-event", {{"events", Json::array({touch})}}).contains("error"));
}
