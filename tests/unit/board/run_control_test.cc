// What a user does to a running machine.
#include <functional>
#include <utility>

#include "tests/unit/board/machine_bench.h"
#include "tests/unit/devices/chip_test.h"

using namespace vireo;
using namespace vireo::testing;

namespace {

// Acts when it is asked, as a monitor does, and counts how often that is.
struct Operator final : InputSource {
  Operator(MachineBench& bench, bool monitor_in) : monitor(monitor_in) {
    if (bench.machine == nullptr) REQUIRE(bench.build().ok());
    panel.emplace(bench.machine->panel());
    panel->input.enter(*this);
  }
  ~Operator() override { panel->input.leave(*this); }
  bool poll_input() override {
    ++asked;
    if (act) act();
    return false;
  }
  bool heard_while_stopped() const override { return monitor; }
  bool monitor;
  std::optional<ControlPanel> panel;
  std::function<void()> act;
  int asked = 0;
};

}  // namespace

TEST_CASE("quit ends the run") {
  MachineBench bench(GuestCode().jump_here());
  Operator user(bench, true);
  user.act = [&] { user.panel->run.quit(); };
  CHECK(bench.run().reason == StopReason::kUserQuit);
}

TEST_CASE("time stands still while the machine is stopped, and only monitors are heard") {
  MachineBench bench(GuestCode().jump_here());
  Operator user(bench, true), port(bench, false);
  user.act = [&] {
    if (user.asked == 1) user.panel->run.stop();
    if (user.asked == 5) user.panel->run.quit();
  };
  const RunResult result = bench.run();
  CHECK(result.instructions == 0);
  CHECK(user.asked == 5);
  CHECK(port.asked == 1);  // in the poll that stopped the machine
}

TEST_CASE("a stopped machine goes on where it was") {
  MachineBench bench(GuestCode().out8(kDebugExit, 7));
  Operator user(bench, true);
  user.act = [&] {
    if (user.asked == 1) user.panel->run.stop();
    if (user.asked == 3) user.panel->run.resume();
  };
  CHECK(bench.run().exit_code == debug_exit_code(7));
}

TEST_CASE("the reset button is a reset like the guest's own") {
  MachineBench bench(GuestCode().jump_here());
  Operator user(bench, true);
  user.act = [&] { user.panel->run.reset(); };
  const RunResult result = bench.run();
  CHECK(result.reason == StopReason::kGuestReset);
  CHECK(result.instructions == 0);
}

TEST_CASE("the power button sets its status bit for the guest") {
  // PM1_STS at 0x600, bit 8: power button.
  MachineBench bench(GuestCode().in8(0x601).append(exit_with_al()));
  Operator user(bench, true);
  user.act = [&] { user.panel->run.press_power_button(); };
  CHECK(bench.run().exit_code == debug_exit_code(1));
}

TEST_CASE("with -no-shutdown a reset brings back a machine that is off") {
  MachineBench bench(GuestCode().out16(0x604, 0x2000));
  bench.config.no_shutdown = true;
  bench.config.no_reboot = false;
  Operator user(bench, true);
  int starts = 0;
  user.act = [&] {
    if (!user.panel->run.powered_off()) return;
    if (++starts == 3) return user.panel->run.quit();
    user.panel->run.reset();
  };
  CHECK(bench.run().reason == StopReason::kUserQuit);
  CHECK(starts == 3);
}

TEST_CASE("each serial line is told as it ends, the last one at the end of the run") {
  MachineBench bench(GuestCode().text(kCom1, "one\r\ntwo\nthr").out8(kDebugExit, 0));
  REQUIRE(bench.build().ok());
  std::vector<std::string> lines;
  bench.machine->panel().listen_to_serial(
      [&](const PrintedLine& l) { lines.emplace_back(l.text).append(l.ended ? "." : ""); });
  bench.run();
  CHECK(lines == std::vector<std::string>{"one.", "two.", "thr."});
}

TEST_CASE("a line without an end is told after a pause, and again when it ends") {
  test::TestTime time;
  LineWatch watch(time.events);
  std::vector<std::string> first, second;
  watch.add_listener([&](const PrintedLine& l) { first.emplace_back(l.text); });
  watch.add_listener([&](const PrintedLine& l) { second.push_back(l.ended ? "end" : "pause"); });
  const auto print = [&](std::string_view text) {
    for (const char c : text) watch.see(static_cast<uint8_t>(c));
  };
  print("login");
  time.advance(LineWatch::kPauseNs - 1);
  print(": ");
  time.advance(LineWatch::kPauseNs - 1);
  CHECK(first.empty());
  time.advance(1);
  CHECK(first == std::vector<std::string>{"login: "});
  time.advance(10 * LineWatch::kPauseNs);
  print("root\r\n");
  time.advance(10 * LineWatch::kPauseNs);
  CHECK(first == std::vector<std::string>{"login: ", "login: root"});
  CHECK(second == std::vector<std::string>{"pause", "end"});
}

TEST_CASE("an alarm is called at its exact instruction, and may end the run") {
  MachineBench bench(GuestCode().jump_here());
  REQUIRE(bench.build().ok());
  const ControlPanel panel = bench.machine->panel();
  std::vector<uint64_t> at;
  const auto note = [&] { at.push_back(panel.events.clock().instructions()); };
  panel.alarms.set(5000, [&] {
    note();
    panel.run.end({StopReason::kLimit, 22, "far enough", 0, 0});
    panel.run.end({StopReason::kUserQuit, 0, "too late", 0, 0});
  });
  panel.alarms.set(17, note);
  panel.alarms.set(17, note);
  panel.alarms.set(9000, note);
  const RunResult result = bench.run();
  CHECK(at == std::vector<uint64_t>{17, 17, 5000});
  CHECK(result.message == "far enough");
  CHECK(result.instructions == 5000);
}
