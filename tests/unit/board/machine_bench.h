// A machine that runs one tiny guest on a fake host.
#pragma once

#include <doctest/doctest.h>

#include <memory>
#include <utility>

#include "machine/board/machine.h"
#include "tests/unit/board/fake_host.h"
#include "tests/unit/board/guest_code.h"

namespace vireo::testing {

struct MachineBench {
  FakeHost host;
  MachineConfig config;
  std::unique_ptr<Machine> machine;

  explicit MachineBench(const GuestCode& guest) {
    host.files["guest"] = guest.elf();
    config.memory_bytes = 16 * kMiB;
    config.kernel.kernel_path = "guest";
    config.no_reboot = true;
    config.debug_exit = DebugExitConfig{0xf4, 4};
    config.serials = {{ChannelSpec::Kind::kNull, "", false}};
  }

  Result<void> build() {
    auto built = Machine::create(config, host);
    if (!built) return built.error();
    machine = std::move(*built);
    return {};
  }

  // Builds the machine unless that is done, and runs it to its end.
  RunResult run() {
    if (machine == nullptr) {
      const auto built = build();
      REQUIRE_MESSAGE(built.ok(), built.error().message);
    }
    return machine->run();
  }
};

// What isa-debug-exit makes of a value.
constexpr int debug_exit_code(unsigned value) { return static_cast<int>(value << 1 | 1); }
inline constexpr uint16_t kDebugExit = 0xf4;
inline constexpr uint16_t kCom1 = 0x3f8;

// Ends the run with al as the value.
inline GuestCode exit_with_al() { return std::move(GuestCode().out_al(kDebugExit)); }

}  // namespace vireo::testing
