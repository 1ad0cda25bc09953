// Fuzzes a virtio-blk PCI function: the input is a program of configuration cycles, BAR and
// port accesses, guest memory writes, resets and snapshots.
#include <cstdlib>
#include <memory>
#include <optional>

#include "machine/base/event_queue.h"
#include "machine/base/virtual_clock.h"
#include "tests/fuzz/fuzz_input.h"
#include "tests/unit/pci/pci_testbed.h"
#include "tests/unit/virtio/vector_backend.h"
#include "virtio/blk/blk_device.h"
#include "virtio/lint/driver_lint.h"
#include "virtio/transport/pci_function.h"
#include "virtio/transport/pci_lint_subject.h"

namespace vireo::fuzz {
namespace {

using testing::BusTestbed;
using testing::VectorBackend;

constexpr PciAddress kSlot{0, 3, 0};
constexpr uint64_t kLegacy = 0xc000, kNotifyPort = 0xc100;
constexpr uint64_t kMsix = 0xfebf0000, kModern = 0x800000000;
constexpr int kMaxSteps = 512;
constexpr int kMaxEvents = 32;

class Machine : BusTestbed {
 public:
  explicit Machine(FuzzInput& input) : input_(input) {
    const uint8_t mode = input.take<uint8_t>();
    VirtioPciOptions options;
    options.disable_legacy = (mode & 3) == 0 ? OnOffAuto::kOn : OnOffAuto::kAuto;
    options.disable_modern = (mode & 3) == 1;
    options.page_per_vq = (mode & 4) != 0;
    if (mode & 8) options.vectors = mode >> 4;
    const uint8_t rings = input.take<uint8_t>();
    options.packed = !options.disable_modern && (rings & 1) != 0;
    options.in_order = (rings & 2) != 0;
    options.notification_data = (rings & 4) != 0;
    options.notif_config_data = (rings & 8) != 0;
    VirtioBlkOptions blk_options;
    blk_options.num_queues = 1 + (mode >> 6);
    auto blk = VirtioBlk::create(disk_, blk_options);
    if (!blk) std::abort();
    device_ = blk->get();
    auto made =
        VirtioPciFunction::create("fuzzed", std::move(blk).value(), options, {ram_, events_});
    if (!made || !bus.attach(**made, kSlot.device)) std::abort();
    function_ = std::move(made).value();
    subject_.emplace(*function_);
    lint_.emplace(*subject_, report_);
    function_->set_watch(&*lint_);
    place_bars();
  }

  void run() {
    for (int i = 0; i < kMaxSteps && !input_.empty(); ++i) step();
    pass_time();
    check_snapshot();
  }

 private:
  void place_bars() {
    write(kSlot, 0x10, 4, kLegacy);
    write(kSlot, 0x14, 4, kMsix);
    write(kSlot, 0x18, 4, kNotifyPort);
    write(kSlot, 0x20, 4, static_cast<uint32_t>(kModern));
    write(kSlot, 0x24, 4, static_cast<uint32_t>(kModern >> 32));
    write(kSlot, 0x04, 2, 7);
  }

  void step() {
    switch (input_.take<uint8_t>() % 16) {
      case 0:
        return config_access();
      case 1:
      case 2:
      case 3:
        return access(memory, kModern + input_.below(0x40));
      case 4:
        return access(memory, kModern + input_.below(0x5000));
      case 5:
        return access(memory, kMsix + input_.below(0x1000));
      case 6:
      case 7:
        return access(io, kLegacy + input_.below(0x60));
      case 8:
        return access(io, kNotifyPort + input_.below(4));
      case 9:
        return pass_time();
      case 10:
        return set_up_queue();
      case 11:
        return kick();
      case 12:
        return housekeeping();
      case 13:
        return window_access();
      case 14:
        return request();
      default:
        ram_.write(GuestAddr{input_.take<uint16_t>()}, input_.take<uint32_t>());
    }
  }

  void access(IoSpace& space, uint64_t addr) {
    const uint8_t shape = input_.take<uint8_t>();
    const unsigned size = 1u << (shape & 3);
    if (shape & 4) {
      space.read(addr, size);
    } else {
      const uint64_t value = (shape & 8) ? input_.take<uint64_t>() : shape >> 4;
      space.write(addr, size, size == 8 ? value : value & ((uint64_t{1} << (8 * size)) - 1));
    }
  }

  void config_access() {
    const unsigned offset = input_.below(260);
    const unsigned size = 1u << input_.below(3);
    if (input_.take<uint8_t>() & 1) {
      write(kSlot, offset, size, input_.take<uint32_t>());
    } else {
      read(kSlot, offset, size);
    }
  }

  // The steps of a good driver, so that inputs need not find them by chance.
  void set_up_queue() {
    const auto set = [this](unsigned offset, unsigned size, uint64_t value) {
      memory.write(kModern + offset, size, value);
    };
    place_bars();
    for (const uint8_t status : {0, 1, 3}) set(0x14, 1, status);
    for (const uint32_t word : {0u, 1u}) {
      set(0x08, 4, word);
      set(0x0c, 4, word == 1 ? 1 : input_.take<uint32_t>() & 0x30007e54);
    }
    set(0x14, 1, 11);
    for (const uint64_t idx : {0x2002, 0x3002}) ram_.write(GuestAddr{idx}, uint16_t{0});
    set(0x16, 2, 0);
    set(0x18, 2, 8);
    set(0x20, 8, 0x1000);
    set(0x28, 8, 0x2000);
    set(0x30, 8, 0x3000);
    set(0x1c, 2, 1);
    set(0x14, 1, 15);
  }

  // Through the configuration access capability, aimed at a structure or near it.
  void window_access() {
    unsigned at = read(kSlot, 0x34, 1);
    while (at != 0 && !(read(kSlot, at, 1) == 9 && read(kSlot, at + 3, 1) == 5)) {
      at = read(kSlot, at + 1, 1);
    }
    if (at == 0) return;
    const uint8_t shape = input_.take<uint8_t>();
    write(kSlot, at + 4, 1, (shape & 1) ? 4 : input_.below(7));
    write(kSlot, at + 8, 4, (shape >> 1 & 3) * 0x1000 + (input_.below(0x48) & ~3u));
    write(kSlot, at + 12, 4, 1u << (shape >> 4 & 3));
    if (shape & 8) {
      write(kSlot, at + 16, 1u << input_.below(3), input_.take<uint32_t>());
    } else {
      read(kSlot, at + 16, 1u << input_.below(3));
    }
  }

  // A request that is right, if the rings still are where set_up_queue put them.
  void request() {
    const uint8_t shape = input_.take<uint8_t>();
    ram_.write(GuestAddr{0x8000}, uint32_t{shape} % 16);
    ram_.write(GuestAddr{0x8008}, uint64_t{input_.take<uint8_t>()} % 40);
    const struct {
      uint64_t addr;
      uint32_t length;
      uint16_t flags, next;
    } descriptors[] = {{0x8000, 16u + 512 * (shape >> 6), 1, 1},
                       {0xa000, 512u * (shape >> 4 & 3), 3, 2},
                       {0xb000, 1, 2, 0}};
    for (unsigned i = 0; i < 3; ++i) ram_.write(GuestAddr{0x1000 + 16 * i}, descriptors[i]);
    const uint16_t idx = ram_.read<uint16_t>(GuestAddr{0x2002}).value_or(0);
    ram_.write(GuestAddr{0x2004 + 2 * (idx % 8u)}, uint16_t{0});
    kick();
    if (shape & 8) pass_time();
  }

  void kick() {
    const uint16_t idx = ram_.read<uint16_t>(GuestAddr{0x2002}).value_or(0);
    ram_.write(GuestAddr{0x2002}, static_cast<uint16_t>(idx + 1));
    memory.write(kModern + 0x3000, 2, 0);
    io.write(kLegacy + 0x10, 2, input_.below(5));
  }

  void housekeeping() {
    switch (input_.take<uint8_t>() & 3) {
      case 0:
        function_->reset();
        return function_->reset_outputs();
      case 1:
        disk_.bytes.resize(512 * (1 + input_.below(64)));
        return device_->backend_resized();
      case 2:
        return check_snapshot();
      default:
        disk_.fail = !disk_.fail;
    }
  }

  // A ring may feed itself for ever, but only so much in one event.
  void pass_time() {
    for (int i = 0; i < kMaxEvents && events_.next_deadline_ns(); ++i) {
      const uint64_t deadline = *events_.next_deadline_ns();
      if (deadline > clock_.now_ns()) clock_.skip_idle(deadline - clock_.now_ns());
      events_.run_due();
    }
  }

  void check_snapshot() {
    const auto saved = testing::save(*function_);
    function_->reset();
    if (!testing::load(*function_, saved) || testing::save(*function_) != saved) std::abort();
  }

  FuzzInput& input_;
  GuestMemory ram_ = GuestMemory::on_heap(0x10000);
  VirtualClock clock_;
  EventQueue events_{clock_};
  VectorBackend disk_{16 << 10};
  VirtioBlk* device_ = nullptr;
  LintReport report_{[] { return GuestPlace{}; }, [](const std::string&) {}};
  std::optional<PciLintSubject> subject_;
  std::optional<DriverLint> lint_;
  std::unique_ptr<VirtioPciFunction> function_;
};

}  // namespace
}  // namespace vireo::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  vireo::fuzz::FuzzInput input(data, size);
  vireo::fuzz::Machine(input).run();
  return 0;
}
