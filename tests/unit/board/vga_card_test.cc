// The VGA as a card: where its memory stands, and what a snapshot of it holds.
#include "machine/board/screen/vga_card.h"

#include "tests/unit/board/machine_bench.h"

using namespace vireo;
using namespace vireo::testing;

namespace {

struct CardBench : MachineBench {
  CardBench() : MachineBench(GuestCode().jump_here()) {
    config.vga = VgaKind::kStandard;
    REQUIRE(build().ok());
    panel.emplace(machine->panel());
    panel->bus.for_each([this](PciFunction& function) {
      if (function.name() == "vga") card = &function;
    });
    REQUIRE(card != nullptr);
    REQUIRE(panel->screens.any());
  }
  uint64_t frame_buffer() { return card->bar(0)->address(card->config()); }
  void move(uint64_t base) { card->config_write(0x10, 4, static_cast<uint32_t>(base)); }
  bool is_memory(uint64_t base) {
    return panel->core.memory.contains(GuestAddr{base}, VgaCard::kMemoryBytes);
  }
  IoSpace& mmio() { return panel->core.mmio; }
  IoSpace& ports() { return panel->core.ports; }

  std::optional<ControlPanel> panel;
  PciFunction* card = nullptr;
};

// Text as firmware sets it, as far as reading needs it.
void show_letters(CardBench& bench) {
  const auto set = [&](uint16_t port, unsigned index, unsigned value) {
    bench.ports().write(port, 2, index | value << 8);
  };
  bench.ports().write(0x3c2, 1, 1);
  set(0x3d4, 0x01, 7);   // 8 columns
  set(0x3d4, 0x09, 15);  // of 16 lines
  set(0x3d4, 0x12, 31);  // two rows
  set(0x3d4, 0x13, 4);
  set(0x3c4, 0x02, 0x03);
  set(0x3ce, 0x05, 0x10);
  set(0x3ce, 0x06, 0x0e);
  set(0x3ce, 0x08, 0xff);
  bench.ports().read(0x3da, 1);
  bench.ports().write(0x3c0, 1, 0x20);
  for (unsigned i = 0; i < 16; ++i) bench.mmio().write(0xb8000 + i * 2, 1, ' ');
}

}  // namespace

TEST_CASE_FIXTURE(CardBench, "the frame buffer is memory of the machine, and the chip's own") {
  REQUIRE(is_memory(frame_buffer()));
  const GuestAddr at{frame_buffer()};
  CHECK(panel->core.memory.write<uint32_t>(at, 0x11223344));
  show_letters(*this);
  CHECK(mmio().read(0xb8000, 2) == 0x3320);  // a blank came, its attribute was there
  mmio().write(0xb8001, 1, 0x07);
  CHECK(panel->core.memory.read<uint8_t>(at + 1) == 0x07);
}

TEST_CASE_FIXTURE(CardBench, "the frame buffer goes with its register, and never over others") {
  const uint64_t first = frame_buffer();
  move(0xd0000000);
  CHECK_FALSE(is_memory(first));
  CHECK(is_memory(0xd0000000));
  CHECK(panel->core.memory.write<uint8_t>(GuestAddr{0xd0000000}, 0x5a));
  move(0);  // RAM stays what it is
  CHECK_FALSE(is_memory(0xd0000000));
  CHECK(panel->core.memory.read<uint8_t>(GuestAddr{0}) != 0x5a);
  move(0xfe000000);  // in the way of the I/O APIC and others
  CHECK_FALSE(is_memory(0xfe000000));
  CHECK(mmio().read(0xfe000000, 1) == 0x5a);
  mmio().write(0xfe000001, 1, 0x77);
  move(first);
  CHECK(panel->core.memory.read<uint16_t>(GuestAddr{first}) == 0x775a);
  card->config_write(pci_reg::kCommand, 2, 0);
  CHECK_FALSE(panel->core.memory.contains(GuestAddr{first}, 1));
}

TEST_CASE_FIXTURE(CardBench, "the old addresses answer while the command register lets them") {
  mmio().write(0xa0000, 1, 0);
  ports().write(0x3c2, 1, 0x01);
  CHECK(ports().read(0x3cc, 1) == 0x01);
  CHECK(ports().read(0x1cf, 2) == 0xb0c5);
  card->config_write(pci_reg::kCommand, 2, pci_reg::kCommandMemory);
  CHECK(ports().read(0x3cc, 1) == 0xff);
  CHECK(ports().read(0x1cf, 2) == 0xffff);
  CHECK(mmio().claimed(0xb8000));
  card->config_write(pci_reg::kCommand, 2, pci_reg::kCommandIo);
  CHECK(ports().read(0x3cc, 1) == 0x01);
  CHECK_FALSE(mmio().claimed(0xb8000));
}

TEST_CASE_FIXTURE(CardBench, "letters in the window are on the screen, which tells of change") {
  show_letters(*this);
  mmio().write(0xb8000, 1, 'o');
  mmio().write(0xb8002, 1, 'k');
  CHECK(panel->screens.text() == "ok\n\n");
  CHECK(panel->screens.changed());
  CHECK_FALSE(panel->screens.changed());
  mmio().write(0xb8004, 1, '!');
  CHECK(panel->screens.changed());
  CHECK_FALSE(panel->screens.changed());
}

TEST_CASE_FIXTURE(CardBench, "a snapshot brings the screen back, and its place") {
  show_letters(*this);
  mmio().write(0xb8000, 1, 'A');
  move(0xd0000000);
  CHECK(panel->core.memory.write<uint8_t>(GuestAddr{0xd0abcdef}, 0x5a));
  const uint64_t hash = machine->state_hash();
  const MachineState state = machine->snapshots().capture(nullptr);
  mmio().write(0xb8000, 1, 'B');
  CHECK(panel->core.memory.write<uint8_t>(GuestAddr{0xd0abcdee}, 0x77));
  move(0xd1000000);
  CHECK(machine->state_hash() != hash);
  REQUIRE(machine->snapshots().restore(state).ok());
  CHECK(panel->screens.text() == "A\n\n");
  CHECK(is_memory(0xd0000000));
  CHECK_FALSE(is_memory(0xd1000000));
  CHECK(panel->core.memory.read<uint16_t>(GuestAddr{0xd0abcdee}) == 0x5a00);
  CHECK(machine->state_hash() == hash);
}

TEST_CASE_FIXTURE(CardBench, "a damaged snapshot of the screen is refused") {
  Archive saved = Archive::saver();
  card->visit(saved);
  const auto bytes = saved.bytes();
  Archive cut = Archive::loader({bytes.begin(), bytes.begin() + 900});
  card->visit(cut);
  CHECK_FALSE(cut.ok());
  Archive ones = Archive::loader(std::vector<std::byte>(bytes.size(), std::byte{0xff}));
  card->visit(ones);
  CHECK_FALSE(ones.ok());
}

TEST_CASE("a processor runs what it has written to the frame buffer") {
  // The frame buffer gets a ret; mov eax, its address; call rax.
  GuestCode guest;
  guest.store32(0xc0000000, 0x90c3c3c3);
  MachineBench bench(guest.bytes({0xb8, 0x00, 0x00, 0x00, 0xc0, 0xff, 0xd0})
                         .out8(0xf4, 5));
  bench.config.vga = VgaKind::kStandard;
  const auto built = bench.build();
  REQUIRE(built.ok());
  ControlPanel panel = bench.machine->panel();
  panel.bus.for_each([](PciFunction& function) {
    if (function.name() == "vga") function.config_write(0x10, 4, 0xc0000000);
  });
  CHECK(bench.run().exit_code == debug_exit_code(5));
}
