// A client's conversation: greeting, negotiation, answers, errors, events.
#include "machine/control/qmp/qmp_session.h"

#include "tests/unit/control/qmp/qmp_bench.h"

using namespace vireo;
using namespace vireo::testing;

namespace {

std::string error_class(const Json& answer) { return answer.at("error").at("class"); }
std::string error_text(const Json& answer) { return answer.at("error").at("desc"); }

}  // namespace

TEST_CASE("qmp: greets, and wants qmp_capabilities first") {
  QmpBench bench;
  const auto greeting = bench.say("");
  REQUIRE(greeting.size() == 1);
  CHECK(greeting[0]["QMP"]["version"]["qemu"]["major"] == 7);
  CHECK(greeting[0]["QMP"]["capabilities"] == Json::array());
  CHECK(error_class(bench.say(R"({"execute": "query-status"})").at(0)) == "CommandNotFound");
  CHECK(error_class(bench
                        .say(R"({"execute": "qmp_capabilities", "arguments":
        {"enable": ["oob"]}})")
                        .at(0)) == "GenericError");
  CHECK(
      bench.say(R"({"execute": "qmp_capabilities", "arguments": {"enable": []}, "id": 7})").at(0) ==
      Json{{"return", Json::object()}, {"id", 7}});
  CHECK(error_class(bench.say(std::string(kHello)).at(0)) == "CommandNotFound");
}

TEST_CASE("qmp: requests of a wrong form are errors that keep their id") {
  QmpBench bench;
  bench.say(kHello);
  CHECK(error_text(bench.say("[]").at(0)) == "QMP input must be a JSON object");
  CHECK(error_text(bench.say("{}").at(0)) == "QMP input lacks member 'execute'");
  CHECK(error_text(bench.say(R"({"execute": 1})").at(0)) ==
        "QMP input member 'execute' must be a string");
  CHECK(error_text(bench.say(R"({"execute": "stop", "arguments": []})").at(0)) ==
        "QMP input member 'arguments' must be an object");
  CHECK(error_text(bench.say(R"({"exec-oob": "stop"})").at(0)) ==
        "QMP input member 'exec-oob' is unexpected");
  CHECK(bench.say(R"({"id": {"a": [1]}})").at(0)["id"] == Json{{"a", {1}}});
  CHECK(error_text(bench.say("{hello}").at(0)) == "JSON parse error, this is no JSON");
  CHECK(error_text(bench.say("hello\n").at(0)) == "JSON parse error, an object was expected");
  CHECK(error_text(bench.say("{\"execute\": \"\xff\xfe\"}\n").at(0)).substr(0, 16) ==
        "JSON parse error");
  CHECK(error_class(bench.say(R"({"execute": "query-nothing", "id": "x"})").at(0)) ==
        "CommandNotFound");
}

TEST_CASE("qmp: arguments are checked by name and type") {
  QmpBench bench;
  CHECK(error_text(bench.execute("device_del")) == "Parameter 'id' is missing");
  CHECK(error_text(bench.execute("device_del", {{"id", 1}})) ==
        "Parameter 'id' must be of type string");
  CHECK(error_text(bench.execute("stop", {{"now", true}})) == "Parameter 'now' is unexpected");
  CHECK(error_class(bench.execute("device_del", {{"id", "nobody"}})) == "DeviceNotFound");
  CHECK(error_class(bench.execute("device_del", {{"id", "/machine/peripheral/nobody"}})) ==
        "DeviceNotFound");
}

TEST_CASE("qmp: stop and cont change the status, and are told as events with the guest's time") {
  QmpBench bench;
  CHECK(bench.execute("query-status")["return"] ==
        Json{{"running", true}, {"singlestep", false}, {"status", "running"}});
  const auto said = bench.say(R"({"execute": "stop"} {"execute": "query-status"})");
  REQUIRE(said.size() == 3);
  CHECK(said[0] == Json{{"event", "STOP"},
                        {"timestamp", {{"seconds", kDefaultRtcUnixSeconds}, {"microseconds", 0}}}});
  CHECK(said[1] == Json{{"return", Json::object()}});
  CHECK(said[2]["return"]["status"] == "prelaunch");  // nothing has run yet
  CHECK(bench.say(R"({"execute": "cont"})").at(0)["event"] == "RESUME");
}

TEST_CASE("qmp: every command of query-commands is there, and none twice") {
  QmpBench bench;
  std::set<std::string> names;
  const Json rows = bench.execute("query-commands")["return"];
  for (const Json& row : rows) {
    CHECK(names.insert(row["name"]).second);
  }
  CHECK(names.count("qmp_capabilities") == 1);
  CHECK(names.count("device_add") == 1);
}

TEST_CASE("qmp: a command of the monitor answers with its text") {
  QmpBench bench;
  const auto text = [&](std::string_view line) {
    return bench.execute("human-monitor-command", {{"command-line", line}})["return"];
  };
  CHECK(text("info status") == "VM status: running\r\ntime 0.000000000 s, 0 instructions\r\n");
  CHECK(text("info blok").get<std::string>().substr(0, 22) == "Error: unknown command");
}

TEST_CASE("qmp: quit is answered, and ends the run with an event") {
  QmpBench bench;
  bench.say(kHello);
  FakeLine& line = bench.host.line("qmp0");
  const std::string text = R"({"execute": "quit"}{"execute": "stop"})";
  line.input.insert(line.input.end(), text.begin(), text.end());
  CHECK(bench.run().reason == StopReason::kUserQuit);
  const auto said = bench.heard();
  REQUIRE(said.size() == 2);  // nothing is taken any more after the quit
  CHECK(said[0] == Json{{"return", Json::object()}});
  CHECK(said[1]["event"] == "SHUTDOWN");
  CHECK(said[1]["data"] == Json{{"guest", false}, {"reason", "host-qmp-quit"}});
}

TEST_CASE("qmp: a reset is told with who asked for it") {
  QmpBench bench;
  bench.config.no_reboot = false;
  bench.say(kHello);
  FakeLine& line = bench.host.line("qmp0");
  const std::string text = R"({"execute": "system_reset"})";
  line.input.insert(line.input.end(), text.begin(), text.end());
  bench.run();
  const auto said = bench.heard();
  REQUIRE(said.size() >= 2);
  CHECK(said[1]["event"] == "RESET");
  CHECK(said[1]["data"] == Json{{"guest", false}, {"reason", "host-qmp-system-reset"}});
}

TEST_CASE("qmp: the next client is greeted and begins anew, without the last one's rest") {
  QmpBench bench;
  bench.say(kHello);
  bench.say("{\"execute\": \"st");
  bench.host.line("qmp0").arrived = true;
  const auto said = bench.say(R"({"execute": "query-status"})");
  REQUIRE(said.size() == 2);
  CHECK(said[0].contains("QMP"));
  CHECK(error_class(said[1]) == "CommandNotFound");
}

TEST_CASE("qmp: who has not negotiated is told no events") {
  QmpBench bench;
  bench.say("");
  bench.machine->panel().run.stop();
  CHECK(bench.heard().empty());
}

TEST_CASE("qmp: a client that never pauses does not hold up the machine") {
  QmpBench bench;
  bench.say(kHello);
  FakeLine& line = bench.host.line("qmp0");
  line.input.insert(line.input.end(), 200'000, ' ');
  CHECK(bench.session->poll_input());
  CHECK_FALSE(line.input.empty());
}

TEST_CASE("qmp: a long answer goes out in pieces that a channel takes") {
  QmpBench bench;
  bench.say(kHello);
  const std::string id(100'000, 'a');
  // More than one poll takes.
  CHECK(bench.say(Json{{"execute", "query-status"}, {"id", id}}.dump()).empty());
  bench.session->poll_input();
  const auto answers = bench.heard();
  REQUIRE(answers.size() == 1);
  CHECK(answers[0]["id"] == id);
  CHECK(bench.host.line("qmp0").longest_write <= 16 * 1024);
}
