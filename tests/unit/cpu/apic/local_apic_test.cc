#include "cpu/apic/local_apic.h"

#include "tests/unit/cpu/apic/apic_test.h"

namespace vireo::test {
namespace {

enum : unsigned {
  kTpr = 0x80,
  kPpr = 0xa0,
  kEoi = 0xb0,
  kLdr = 0xd0,
  kDfr = 0xe0,
  kSvr = 0xf0,
  kIsr = 0x100,
  kTmr = 0x180,
  kIrr = 0x200,
  kEsr = 0x280,
  kIcr = 0x300,
  kPerf = 0x340,
  kLint0 = 0x350,
  kLint1 = 0x360,
  kError = 0x370,
};

constexpr uint32_t kMasked = 0x10000;

TEST_CASE_FIXTURE(ApicFixture, "apic after reset is as firmware leaves the boot processor") {
  apics[0]->reset();
  apics[1]->reset();
  CHECK(apics[0]->apic_base() == 0xfee00900);
  CHECK(apics[1]->apic_base() == 0xfee00800);
  CHECK(read(0x20, 1) == 0x01000000);
  CHECK(read(0x30) == 0x00050014);
  CHECK(read(kLint0) == 0x700);
  CHECK(read(kLint1) == 0x400);
  CHECK(read(kLint0, 1) == kMasked);
  CHECK(read(kSvr) == 0x1ff);
  CHECK(read(kSvr, 1) == 0xff);
}

TEST_CASE_FIXTURE(ApicFixture, "apic delivers the highest request and ends it") {
  fixed(0x41);
  fixed(0x52);
  CHECK(apic.has_interrupt());
  CHECK(apic.acknowledge() == 0x52);
  CHECK(read(kIsr + 0x20) == 1u << 18);
  CHECK(read(kIrr + 0x20) == 1u << 1);
  CHECK(read(kPpr) == 0x50);
  CHECK_FALSE(apic.has_interrupt());
  write(kEoi, 0);
  CHECK(apic.acknowledge() == 0x41);
  write(kEoi, 0);
  CHECK(apic.acknowledge() == -1);
  CHECK(ended.empty());
}

TEST_CASE_FIXTURE(ApicFixture, "apic priorities compare by class") {
  fixed(0x41);
  CHECK(apic.acknowledge() == 0x41);
  fixed(0x4f);
  CHECK_FALSE(apic.has_interrupt());
  fixed(0x50);
  CHECK(apic.acknowledge() == 0x50);
}

TEST_CASE_FIXTURE(ApicFixture, "apic task priority and CR8 are one register") {
  apic.set_cr8(4);
  CHECK(read(kTpr) == 0x40);
  fixed(0x4f);
  CHECK_FALSE(apic.has_interrupt());
  const unsigned changes = cpus[0].changes;
  write(kTpr, 0x3f);
  CHECK(apic.cr8() == 3);
  CHECK(cpus[0].changes > changes);
  CHECK(apic.has_interrupt());
}

TEST_CASE_FIXTURE(ApicFixture, "apic broadcasts the end of level-triggered interrupts") {
  fixed(0x41, true);
  CHECK(read(kTmr + 0x20) == 2);
  apic.acknowledge();
  write(kEoi, 0);
  CHECK(ended == std::vector<uint8_t>{0x41});
  fixed(0x41);
  CHECK(read(kTmr + 0x20) == 0);
}

TEST_CASE_FIXTURE(ApicFixture, "apic while software-disabled takes NMIs but no vectors") {
  write(kSvr, 0xff);
  fixed(0x41);
  CHECK_FALSE(apic.has_interrupt());
  message(0xfee00000, 0x400);
  CHECK(cpus[0].log == "nmi ");
  write(kLint0, 0x700);
  CHECK(read(kLint0) == (kMasked | 0x700));
}

TEST_CASE_FIXTURE(ApicFixture, "apic LINT0 passes external interrupts") {
  apic.set_input(LocalApic::kLint0, true);
  CHECK(apic.has_interrupt());
  CHECK(apic.acknowledge() == 0x30);
  CHECK(read(kIsr + 0x10) == 0);  // the 8259 keeps the books
  apic.set_input(LocalApic::kLint0, false);
  CHECK_FALSE(apic.has_interrupt());
  apic.set_input(LocalApic::kLint0, true);
  write(kLint0, kMasked | 0x700);
  CHECK_FALSE(apic.has_interrupt());
}

TEST_CASE_FIXTURE(ApicFixture, "apic fixed interrupts come before external ones") {
  apic.set_input(LocalApic::kLint0, true);
  fixed(0x41);
  CHECK(apic.acknowledge() == 0x41);
  CHECK(apic.acknowledge() == 0x30);
}

TEST_CASE_FIXTURE(ApicFixture, "apic disabled in its base register is no more than its pins") {
  CHECK(apic.write_apic_base(0xfee00100));
  CHECK_FALSE(apic.window().has_value());
  fixed(0x41);
  CHECK_FALSE(apic.has_interrupt());
  apic.set_input(LocalApic::kLint0, true);
  CHECK(apic.acknowledge() == 0x30);
  apic.set_input(LocalApic::kLint1, true);
  CHECK(cpus[0].log == "nmi ");
}

TEST_CASE_FIXTURE(ApicFixture, "apic ExtINT message is acknowledged once") {
  message(0xfee00000, 0x700);
  CHECK(apic.acknowledge() == 0x30);
  CHECK_FALSE(apic.has_interrupt());
}

TEST_CASE_FIXTURE(ApicFixture, "apic LINT1 gives an NMI for each rise") {
  apic.set_input(LocalApic::kLint1, true);
  apic.set_input(LocalApic::kLint1, true);
  CHECK(cpus[0].log == "nmi ");
  apic.set_input(LocalApic::kLint1, false);
  apic.set_input(LocalApic::kLint1, true);
  CHECK(cpus[0].log == "nmi nmi ");
}

TEST_CASE_FIXTURE(ApicFixture, "apic level-triggered LINT repeats while its wire is high") {
  write(kLint0, 0x8041);
  apic.set_input(LocalApic::kLint0, true);
  CHECK(read(kLint0) == 0xc041);
  CHECK(apic.acknowledge() == 0x41);
  write(kEoi, 0);
  CHECK(apic.acknowledge() == 0x41);
  apic.set_input(LocalApic::kLint0, false);
  write(kEoi, 0);
  CHECK(read(kLint0) == 0x8041);
  CHECK_FALSE(apic.has_interrupt());
}

TEST_CASE_FIXTURE(ApicFixture, "apic performance interrupt masks itself") {
  write(kPerf, 0x45);
  apic.raise_performance();
  CHECK(apic.acknowledge() == 0x45);
  CHECK(read(kPerf) == (kMasked | 0x45));
  write(kPerf, 0x400);
  apic.raise_performance();
  CHECK(cpus[0].log == "nmi ");
}

TEST_CASE_FIXTURE(ApicFixture, "apic reports illegal vectors and registers") {
  write(kError, 0x77);
  fixed(0x05);
  CHECK(read(kEsr) == 0);
  write(kEsr, 0);
  CHECK(read(kEsr) == 0x40);
  CHECK(apic.acknowledge() == 0x77);
  write(kEsr, 0);
  CHECK(read(kEsr) == 0);
  read(0x3f0);
  send_ipi(1, 0x0003);
  write(kEsr, 0);
  CHECK(read(kEsr) == 0xa0);
  write(kError, 0x03);  // an illegal vector of its own
  fixed(0x05);
  write(kEsr, 0);
  CHECK(read(kEsr) == 0x40);
}

TEST_CASE_FIXTURE(ApicFixture, "apic INIT keeps base and id and clears the rest") {
  fixed(0x41);
  write(kLdr, 0x01000000);
  apic.init();
  CHECK_FALSE(apic.has_interrupt());
  CHECK(read(kLdr) == 0);
  CHECK(read(kSvr) == 0xff);
  CHECK(read(kLint0) == kMasked);
  CHECK(apic.apic_base() == 0xfee00900);
}

TEST_CASE_FIXTURE(ApicFixture, "apic window takes any width and offset") {
  for (unsigned offset = 0; offset < 0x1000; ++offset) {
    for (unsigned size : {1u, 2u, 4u, 8u}) {
      apic.read(offset, size);
      apic.write(offset, size, 0xa5a5a5a5a5a5a5a5 >> (64 - 8 * size));
    }
  }
  time.advance(kMillisecond);
  CHECK((apic.read(0x30, 1) & 0xff) == 0x14);
  CHECK((apic.read(0x32, 1) & 0xff) == 0x05);
  CHECK(apic.read(0x38, 8) == 0);
}

TEST_CASE_FIXTURE(ApicFixture, "apic base register refuses reserved bits and illegal changes") {
  CHECK_FALSE(apic.write_apic_base(0xfee00901));
  CHECK_FALSE(apic.write_apic_base(uint64_t{1} << 40 | 0x900));
  CHECK_FALSE(apic.write_apic_base(0xfee00500));  // extended, not enabled
  CHECK(apic.write_apic_base(0xfee00d00));
  CHECK_FALSE(apic.window().has_value());
  CHECK_FALSE(apic.write_apic_base(0xfee00900));  // back to xAPIC
  CHECK(apic.write_apic_base(0xfee00100));
  CHECK_FALSE(apic.write_apic_base(0xfee00d00));  // from disabled
  CHECK(apic.write_apic_base(0xfee10900));
  CHECK(apic.window() == GuestAddr{0xfee10000});
}

TEST_CASE_FIXTURE(ApicFixture, "apic without x2APIC refuses the mode") {
  LocalApicConfig config;
  config.x2apic = false;
  LocalApic old(config, time.events, bus, cpus[0], tsc);
  CHECK_FALSE(old.write_apic_base(0xfee00d00));
}

TEST_CASE_FIXTURE(ApicFixture, "apic snapshot") {
  fixed(0x41, true);
  fixed(0x52);
  apic.acknowledge();
  write(0x320, 0x20040);
  write(0x380, 1'000'000);
  apic.set_input(LocalApic::kLint0, true);
  check_snapshot(apic);
  CHECK(read(kIsr + 0x20) == 1u << 18);
  CHECK(time.events.next_deadline_ns() == 2'000'000);
}

}  // namespace
}  // namespace vireo::test
