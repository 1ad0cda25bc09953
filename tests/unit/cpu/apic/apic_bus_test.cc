#include "cpu/apic/apic_bus.h"

#include "tests/unit/cpu/apic/apic_test.h"

namespace vireo::test {
namespace {

enum : unsigned { kLdr = 0xd0, kDfr = 0xe0 };

struct BusFixture : ApicFixture {
  // Which CPUs have an interrupt waiting, one bit each; takes it from them.
  unsigned taken() {
    unsigned set = 0;
    for (unsigned id = 0; id < kCpus; ++id) {
      if (!apics[id]->has_interrupt()) continue;
      apics[id]->acknowledge();
      write(0xb0, 0, id);
      set |= 1u << id;
    }
    return set;
  }
  void set_logical_ids() {
    for (unsigned id = 0; id < kCpus; ++id) write(kLdr, 0x01000000u << id, id);
  }
};

TEST_CASE_FIXTURE(BusFixture, "a physical message reaches one APIC or everybody") {
  message(0xfee01000, 0x41);
  CHECK(taken() == 0b010);
  message(0xfeeff000, 0x41);
  CHECK(taken() == 0b111);
  message(0xfee07000, 0x41);
  CHECK(taken() == 0);
}

TEST_CASE_FIXTURE(BusFixture, "PCI-48: a message outside 0xFEExxxxx is no interrupt") {
  message(0xfed00000, 0x41);
  message(0x1'fee00000, 0x41);
  CHECK(taken() == 0);
}

TEST_CASE_FIXTURE(BusFixture, "flat logical destinations are a set") {
  set_logical_ids();
  message(0xfee05004, 0x41);
  CHECK(taken() == 0b101);
  message(0xfeeff004, 0x41);
  CHECK(taken() == 0b111);
}

TEST_CASE_FIXTURE(BusFixture, "cluster destinations name cluster and members") {
  for (unsigned id = 0; id < kCpus; ++id) write(kDfr, 0x0fffffff, id);
  write(kLdr, 0x11000000, 0);
  write(kLdr, 0x12000000, 1);
  write(kLdr, 0x21000000, 2);
  message(0xfee13004, 0x41);
  CHECK(taken() == 0b011);
  message(0xfee21004, 0x41);
  CHECK(taken() == 0b100);
  message(0xfeeff004, 0x41);
  CHECK(taken() == 0b111);
}

TEST_CASE_FIXTURE(BusFixture, "lowest priority goes to the lowest id that is enabled") {
  set_logical_ids();
  message(0xfee0700c, 0x141);
  CHECK(taken() == 0b001);
  write(0xf0, 0xff, 0);
  message(0xfee0700c, 0x141);
  CHECK(taken() == 0b010);
}

TEST_CASE_FIXTURE(BusFixture, "lowest priority goes to the processor that does the least") {
  set_logical_ids();
  write(0x80, 0x30, 0);
  write(0x80, 0x20, 1);
  write(0x80, 0x50, 2);
  message(0xfee0700c, 0x141);
  CHECK(taken() == 0b010);
}

TEST_CASE_FIXTURE(BusFixture, "interprocessor interrupts with shorthands") {
  send_ipi(0, 0x44041);
  CHECK(taken() == 0b001);
  send_ipi(0, 0x84041);
  CHECK(taken() == 0b111);
  send_ipi(0, 0xc4041);
  CHECK(taken() == 0b110);
  CHECK(read(0x300) == 0xc4041);
}

TEST_CASE_FIXTURE(BusFixture, "INIT and start-up reach the CPU, the de-assert does not") {
  send_ipi(1, 0xc500);
  send_ipi(1, 0x8500);
  send_ipi(1, 0x0609);
  CHECK(cpus[1].log == "init sipi9 ");
  send_ipi(2, 0x4200);
  CHECK(cpus[2].log == "smi ");
  CHECK(cpus[0].log.empty());
}

TEST_CASE_FIXTURE(BusFixture, "interprocessor interrupts are edges and leave no EOI broadcast") {
  send_ipi(1, 0xc041);
  CHECK(taken() == 0b010);
  CHECK(ended.empty());
}

TEST_CASE_FIXTURE(BusFixture, "an 8-bit physical destination reaches an x2APIC too") {
  enter_x2apic(1);
  message(0xfee01000, 0x441);
  CHECK(cpus[1].log == "nmi ");
}

}  // namespace
}  // namespace vireo::test
