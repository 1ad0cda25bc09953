// Fuzzes the state of a whole machine: one part of it has other bytes or fewer, and the machine
// that loads it refuses it by name, or runs on without harm to the host.
#include <cstdlib>
#include <string>
#include <vector>

#include "machine/board/machine.h"
#include "tests/fuzz/fuzz_digest.h"
#include "tests/fuzz/fuzz_input.h"
#include "tests/unit/board/fake_host.h"
#include "tests/unit/board/guest_code.h"

namespace vireo::fuzz {
namespace {

using testing::FakeHost;
using testing::GuestCode;

constexpr uint64_t kRunOn = 20'000;

void add_text(const std::string& text) { digest().add(std::as_bytes(std::span(text))); }

// A few bytes anywhere become others, or the end is cut off.
void spoil(std::vector<std::byte>& bytes, FuzzInput& input) {
  for (uint32_t changes = 1 + input.below(8); changes > 0 && !bytes.empty(); --changes) {
    const size_t at = input.take<uint32_t>() % bytes.size();
    bytes[at] = static_cast<std::byte>(input.take<uint8_t>());
  }
  if (!bytes.empty() && input.below(8) == 0) bytes.resize(input.take<uint32_t>() % bytes.size());
}

// A machine whose state is nearly that of a machine.
class Spoilt {
 public:
  Spoilt() {
    GuestCode guest;
    guest.sti().text(0x3f8, "machine\n").halt_for_ever();
    host_.files["guest"] = guest.elf();
    host_.images["disk"] = memory_state(std::string(8192, 'x'));
    host_.looks_before_stop = 200;
    config_.memory_bytes = 16 * kMiB;
    config_.kernel.kernel_path = "guest";
    config_.no_reboot = true;
    config_.serials = {{ChannelSpec::Kind::kNull, "", false}};
    DriveConfig& drive = config_.drives.emplace_back();
    drive.id = "d";
    drive.path = "disk";
    drive.format = DiskFormat::kRaw;
    drive.snapshot = true;
    VirtioDeviceConfig disk;
    disk.model = "virtio-blk-pci";
    BlkConfig blk;
    blk.drive = "d";
    disk.type = blk;
    VirtioDeviceConfig rng;
    rng.model = "virtio-rng-pci";
    rng.type = RngConfig{};
    config_.virtio_devices = {disk, rng};
  }

  void run(FuzzInput& input) {
    auto made = Machine::create(config_, host_);
    if (!made) std::abort();
    Machine& machine = **made;
    MachineState state = machine.snapshots().capture(nullptr);
    StateSection& section = state.sections[input.below(state.sections.size())];
    spoil(section.bytes, input);
    if (const auto restored = machine.snapshots().restore(state); !restored) {
      return add_text(restored.error().message);
    }
    ControlPanel panel = machine.panel();
    panel.alarms.set(panel.events.clock().instructions() + kRunOn, [&] { panel.run.quit(); });
    add_text(machine.run().message);
  }

 private:
  FakeHost host_;
  MachineConfig config_;
};

}  // namespace
}  // namespace vireo::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  vireo::fuzz::FuzzInput input(data, size);
  vireo::fuzz::Spoilt().run(input);
  return 0;
}
