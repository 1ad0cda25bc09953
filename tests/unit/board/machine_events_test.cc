// What listeners are told of a run.
#include "machine/board/machine_events.h"

#include "tests/unit/board/machine_bench.h"

using namespace vireo;
using namespace vireo::testing;

namespace {

using Kind = MachineEvent::Kind;

// Keeps what it is told; a user who acts at each poll.
struct Listener final : MachineListener, InputSource {
  explicit Listener(MachineBench& bench) {
    REQUIRE(bench.build().ok());
    panel.emplace(bench.machine->panel());
    panel->news.enter(*this);
    panel->input.enter(*this);
  }
  ~Listener() override {
    panel->news.leave(*this);
    panel->input.leave(*this);
  }
  void machine_event(const MachineEvent& event) override { told.push_back(event); }
  bool poll_input() override {
    if (act) act(asked++);
    return false;
  }
  bool heard_while_stopped() const override { return true; }
  std::vector<Kind> kinds() const {
    std::vector<Kind> all;
    for (const MachineEvent& event : told) all.push_back(event.kind);
    return all;
  }
  std::optional<ControlPanel> panel;
  std::function<void(int)> act;
  int asked = 0;
  std::vector<MachineEvent> told;
};

}  // namespace

TEST_CASE("a power-off is told as the guest's, a quit as the user's") {
  MachineBench off(GuestCode().out16(0x604, 0x2000));
  Listener guest(off);
  off.run();
  REQUIRE(guest.kinds() == std::vector{Kind::kShutdown});
  CHECK(guest.told[0].by_guest);
  CHECK(guest.told[0].cause == "guest-shutdown");
  MachineBench on(GuestCode().jump_here());
  Listener user(on);
  user.act = [&](int) { user.panel->run.quit(); };
  on.run();
  REQUIRE(user.kinds() == std::vector{Kind::kShutdown});
  CHECK_FALSE(user.told[0].by_guest);
  CHECK(user.told[0].cause == "host-qmp-quit");
}

TEST_CASE("stop and resume are told once each, and the power button") {
  MachineBench bench(GuestCode().jump_here());
  Listener user(bench);
  user.act = [&](int turn) {
    RunControl& run = user.panel->run;
    if (turn == 0) run.resume();
    if (turn == 1) run.stop();
    if (turn == 2) run.stop();
    if (turn == 3) run.resume();
    if (turn == 4) run.press_power_button();
    if (turn == 5) run.quit();
  };
  bench.run();
  CHECK(user.kinds() ==
        std::vector{Kind::kStop, Kind::kResume, Kind::kPowerButton, Kind::kShutdown});
}

TEST_CASE("a reset is told as the user's or the guest's") {
  MachineBench bench(GuestCode().jump_here());
  bench.config.no_reboot = false;
  Listener user(bench);
  user.act = [&](int turn) { turn == 0 ? user.panel->run.reset() : user.panel->run.quit(); };
  bench.run();
  REQUIRE(user.kinds() == std::vector{Kind::kReset, Kind::kShutdown});
  CHECK_FALSE(user.told[0].by_guest);
  CHECK(user.told[0].cause == "host-qmp-system-reset");
  MachineBench own(GuestCode().out8(0xcf9, 6));
  own.config.no_reboot = false;
  Listener guest(own);
  // It resets itself each few instructions.
  guest.panel->alarms.set(10, [&] { guest.panel->run.quit(); });
  own.run();
  REQUIRE_FALSE(guest.told.empty());
  CHECK(guest.told[0].kind == Kind::kReset);
  CHECK(guest.told[0].by_guest);
  CHECK(guest.told[0].cause == "guest-reset");
}

TEST_CASE("with -no-shutdown a power-off is told, and that the machine stopped and resumed") {
  MachineBench bench(GuestCode().out16(0x604, 0x2000));
  bench.config.no_shutdown = true;
  bench.config.no_reboot = false;
  Listener user(bench);
  int offs = 0;
  user.act = [&](int) {
    if (!user.panel->run.powered_off()) return;
    ++offs == 1 ? user.panel->run.reset() : user.panel->run.quit();
  };
  bench.run();
  CHECK(user.kinds() == std::vector{Kind::kShutdown, Kind::kStop, Kind::kResume, Kind::kReset,
                                    Kind::kShutdown, Kind::kStop, Kind::kShutdown});
}

TEST_CASE("a kernel's panic is told with its reason, and ends the run as one") {
  MachineBench bench(
      GuestCode().text(kCom1, "Kernel panic - not syncing: no init\n").out8(0xcf9, 6));
  Listener listener(bench);
  bench.run();
  REQUIRE(listener.kinds() == std::vector{Kind::kGuestPanic, Kind::kShutdown});
  CHECK(listener.told[0].name == "no init");
  CHECK(listener.told[1].cause == "guest-panic");
}
