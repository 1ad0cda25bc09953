// Wires: several drivers on one input, and the two ways of an ISA interrupt.
#include "machine/board/interrupt_wiring.h"

#include <doctest/doctest.h>

#include <vector>

#include "machine/board/message_router.h"

using namespace vireo;

namespace {

struct Inputs : InterruptSink {
  uint32_t levels = 0;
  unsigned changes = 0;
  void set_input(unsigned pin, bool level) override {
    levels = level ? levels | 1u << pin : levels & ~(1u << pin);
    ++changes;
  }
};

struct Messages : MsiSink {
  std::vector<MsiMessage> sent;
  void send(MsiMessage message) override { sent.push_back(message); }
};

}  // namespace

TEST_CASE("an input is high while any driver holds it") {
  Inputs chip;
  WiredOr wires(chip);
  InterruptSink& a = wires.add_driver();
  InterruptSink& b = wires.add_driver();
  a.set_input(10, true);
  b.set_input(10, true);
  a.set_input(10, false);
  CHECK(chip.levels == 1u << 10);
  b.set_input(10, false);
  CHECK(chip.levels == 0);
  CHECK(chip.changes == 2);
}

TEST_CASE("an input that does not exist is no input") {
  Inputs chip;
  WiredOr wires(chip);
  wires.add_driver().set_input(32, true);
  CHECK(chip.changes == 0);
}

TEST_CASE("ISA interrupts go to both controllers; the PIT's to input 2 of the I/O APIC") {
  Inputs pic, ioapic;
  InterruptWiring wiring(pic, ioapic);
  wiring.isa().set_input(0, true);
  wiring.isa().set_input(4, true);
  wiring.isa().set_input(2, true);
  CHECK(pic.levels == (1u << 0 | 1u << 4));
  CHECK(ioapic.levels == (1u << 2 | 1u << 4));
}

TEST_CASE("the router's and the HPET's wires share the inputs") {
  Inputs pic, ioapic;
  InterruptWiring wiring(pic, ioapic);
  wiring.lpc_pic().set_input(10, true);
  wiring.lpc_ioapic().set_input(20, true);
  wiring.hpet_ioapic().set_input(20, true);
  wiring.lpc_ioapic().set_input(20, false);
  CHECK(pic.levels == 1u << 10);
  CHECK(ioapic.levels == 1u << 20);
}

TEST_CASE("wires are saved and restored without edges") {
  Inputs pic, ioapic;
  InterruptWiring wiring(pic, ioapic);
  wiring.isa().set_input(4, true);
  Archive saved = Archive::saver();
  wiring.visit(saved);
  wiring.isa().set_input(4, false);
  const unsigned changes = pic.changes;

  Archive loaded = Archive::loader(saved.bytes());
  wiring.visit(loaded);
  Archive again = Archive::saver();
  wiring.visit(again);

  CHECK(loaded.ok());
  CHECK(loaded.at_end());
  CHECK(again.bytes() == saved.bytes());
  CHECK(pic.changes == changes);
}

TEST_CASE("a message is an interrupt at 0xFEExxxxx and a write to memory elsewhere") {
  GuestMemory memory = GuestMemory::on_heap(0x10000);
  Messages apics;
  MessageRouter router(apics, memory);
  router.send({0xfee01000, 0x41});
  router.send({0x2000, 0x12345678});
  router.send({0xfef00000, 1});
  router.send({0x1'fee00000, 1});
  CHECK(apics.sent.size() == 1);
  CHECK(memory.read<uint32_t>(GuestAddr{0x2000}) == 0x12345678u);
}
