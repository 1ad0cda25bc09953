#include "machine/devices/acpi_pm.h"

#include "tests/unit/devices/chip_test.h"

namespace vireo::test {
namespace {

enum : uint64_t {
  kStatus = 0,
  kEnable = 2,
  kControl = 4,
  kTimer = 8,
  kGpeStatus = 0x20,
  kGpeEnable = 0x28,
  kSmiEnable = 0x30,
  kSmiStatus = 0x34
};

constexpr TickRate kRate{AcpiPm::kTimerHz};

struct PmFixture {
  TestTime time;
  TestSink sink;
  int power_offs = 0;
  AcpiPm pm{time.events, sink.line(9), [this] { ++power_offs; }};

  bool sci() const { return sink.level[9]; }
  void enable_acpi() { out(pm.smi_command_ports(), 0, AcpiPm::kAcpiEnable); }
};

TEST_CASE_FIXTURE(PmFixture, "a read of the pm timer, and no other, takes time") {
  pm.set_timer_read([this] { time.advance(kSecond); });
  CHECK(pm.read(AcpiPm::kPmTimer, 4) == AcpiPm::kTimerHz);
  (void)pm.read(AcpiPm::kPm1Event, 4);
  CHECK(time.clock.now_ns() == kSecond);
}

TEST_CASE_FIXTURE(PmFixture, "pm timer counts 24 bits of 3.579545 MHz") {
  time.advance(kSecond);
  CHECK(pm.read(kTimer, 4) == 3579545);
  time.advance_to(kRate.ns_at(0x1000005));
  CHECK(pm.read(kTimer, 4) == 5);
  CHECK(pm.read(kTimer + 1, 1) == 0);
}

TEST_CASE_FIXTURE(PmFixture, "pm SMI command port switches ACPI mode") {
  CHECK(pm.read(kControl, 2) == 0);
  enable_acpi();
  CHECK(pm.read(kControl, 2) == 1);
  out(pm.smi_command_ports(), 0, AcpiPm::kAcpiDisable);
  CHECK(pm.read(kControl, 2) == 0);
  out(pm.smi_command_ports(), 1, 0x5a);
  CHECK(in(pm.smi_command_ports(), 1) == 0x5a);
}

TEST_CASE_FIXTURE(PmFixture, "pm SMI command port raises an SMI where both enables are set") {
  int smis = 0;
  pm.set_smi([&smis] { ++smis; });
  for (const uint32_t enable : {0x01u, 0x20u, 0x21u}) {
    pm.write(kSmiEnable, 4, enable);
    out(pm.smi_command_ports(), 0, 0x77);
  }
  CHECK(smis == 1);
  CHECK(pm.read(kSmiStatus, 4) == 0x20);
  pm.write(kSmiStatus, 4, 0x20);
  CHECK(pm.read(kSmiStatus, 4) == 0);
  enable_acpi();  // firmware's handler hears of it, and need not do anything
  CHECK(smis == 2);
  CHECK(pm.read(kControl, 2) == 1);
}

TEST_CASE_FIXTURE(PmFixture, "SMI_LOCK keeps the global SMI enable as it is") {
  pm.write(kSmiEnable, 4, 0x21);
  pm.set_smi_locked(true);
  pm.write(kSmiEnable, 4, 0);
  CHECK(pm.read(kSmiEnable, 4) == 1);
}

TEST_CASE_FIXTURE(PmFixture, "pm powers off for S5 only") {
  pm.write(kControl, 2, 1u << 13 | 5u << 10);
  CHECK(power_offs == 0);
  CHECK((pm.read(kControl, 2) & 1u << 13) == 0);
  pm.write(kControl, 2, 1u << 13);
  CHECK(power_offs == 1);
}

TEST_CASE_FIXTURE(PmFixture, "pm power button raises the SCI until its status is cleared") {
  enable_acpi();
  pm.press_power_button();
  CHECK_FALSE(sci());
  pm.write(kEnable, 2, 0x100);
  CHECK(sci());
  CHECK(pm.read(kStatus, 2) == 0x100);
  pm.write(kStatus, 2, 0x100);
  CHECK_FALSE(sci());
}

TEST_CASE_FIXTURE(PmFixture, "pm raises no SCI in legacy mode") {
  pm.write(kEnable, 2, 0x100);
  pm.press_power_button();
  CHECK_FALSE(sci());
  enable_acpi();
  CHECK(sci());
}

TEST_CASE_FIXTURE(PmFixture,
                  "pm timer overflow is a status each 2^23 ticks, and an SCI if enabled") {
  enable_acpi();
  time.advance_to(kRate.ns_at(0x800000) - 1);
  CHECK(pm.read(kStatus, 2) == 0);
  time.advance(1);
  CHECK(pm.read(kStatus, 2) == 1);
  pm.write(kStatus, 2, 1);
  CHECK(pm.read(kStatus, 2) == 0);
  CHECK_FALSE(time.events.next_deadline_ns().has_value());

  pm.write(kEnable, 2, 1);
  time.advance_to(kRate.ns_at(0x1000000));
  CHECK(sci());
}

TEST_CASE_FIXTURE(PmFixture, "pm general-purpose events gate the SCI") {
  enable_acpi();
  pm.raise_gpe(33);
  CHECK_FALSE(sci());
  pm.write(kGpeEnable + 4, 1, 0x02);
  CHECK(sci());
  CHECK(pm.read(kGpeStatus + 4, 1) == 2);
  pm.write(kGpeStatus, 8, uint64_t{2} << 32);
  CHECK_FALSE(sci());
  pm.raise_gpe(64);
  CHECK(pm.read(kGpeStatus, 8) == 0);
}

TEST_CASE_FIXTURE(PmFixture, "pm byte write to a status register clears only that byte") {
  enable_acpi();
  pm.press_power_button();
  time.advance(3 * kSecond);
  CHECK(pm.read(kStatus, 2) == 0x101);
  pm.write(kStatus, 1, 0xff);
  CHECK(pm.read(kStatus, 2) == 0x100);
}

TEST_CASE_FIXTURE(PmFixture, "pm wide write covers status and enable together") {
  pm.press_power_button();
  pm.write(kStatus, 4, 0x0100'0100);
  CHECK(pm.read(kStatus, 4) == 0x0100'0000);
  CHECK(pm.read(0x78, 8) == 0);
}

TEST_CASE_FIXTURE(PmFixture, "pm snapshot") {
  enable_acpi();
  pm.write(kEnable, 2, 0x101);
  pm.press_power_button();
  time.advance(kSecond);
  check_snapshot(pm);
  CHECK(sci());
}

}  // namespace
}  // namespace vireo::test
