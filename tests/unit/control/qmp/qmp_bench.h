// A machine with a QMP client that says what it is told before the run.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "machine/control/qmp/qmp_session.h"
#include "tests/unit/board/machine_bench.h"

namespace vireo::testing {

inline constexpr std::string_view kHello = R"({"execute": "qmp_capabilities"})";

// Built lazily: the configuration may be changed before the first use.
struct QmpBench : MachineBench {
  explicit QmpBench(const GuestCode& guest = GuestCode().jump_here()) : MachineBench(guest) {
    host.looks_before_stop = 200;
  }

  void start() {
    if (session != nullptr) return;
    const auto built = build();
    REQUIRE_MESSAGE(built.ok(), built.error().message);
    ControlPanel panel = machine->panel();
    host.line("qmp0").arrived = true;
    auto channel = panel.chardevs.open({.kind = ChannelSpec::Kind::kPty}, "qmp0");
    REQUIRE(channel.ok());
    session = std::make_unique<QmpSession>(panel, std::move(*channel), false);
  }

  // What is sent, and all that has been answered since, one value each.
  std::vector<Json> say(std::string_view text) {
    start();
    FakeLine& line = host.line("qmp0");
    line.input.insert(line.input.end(), text.begin(), text.end());
    session->poll_input();
    return heard();
  }
  std::vector<Json> heard() {
    std::vector<Json> values;
    std::string& output = host.line("qmp0").output;
    size_t at = 0;
    for (size_t end; (end = output.find("\r\n", at)) != std::string::npos; at = end + 2) {
      values.push_back(Json::parse(output.substr(at, end - at)));
    }
    output.erase(0, at);
    return values;
  }

  // The answer to one command after the negotiation.
  Json execute(std::string_view command, const Json& arguments = Json::object()) {
    if (!negotiated) say(kHello);
    negotiated = true;
    const auto answers = say(Json{{"execute", command}, {"arguments", arguments}}.dump());
    REQUIRE_FALSE(answers.empty());
    return answers.back();
  }

  std::unique_ptr<QmpSession> session;
  bool negotiated = false;
};

}  // namespace vireo::testing
