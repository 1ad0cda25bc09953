#include "tests/unit/cpu/apic/apic_test.h"

namespace vireo::test {
namespace {

struct X2apicFixture : ApicFixture {
  X2apicFixture() { enter_x2apic(); }

  std::optional<uint64_t> rdmsr(uint32_t index, unsigned id = 0) {
    uint64_t value = 0;
    if (!apics[id]->read_msr(index, value)) return std::nullopt;
    return value;
  }
  bool wrmsr(uint32_t index, uint64_t value) { return apic.write_msr(index, value); }
};

TEST_CASE_FIXTURE(X2apicFixture, "x2apic MSRs fault outside x2APIC mode") {
  CHECK_FALSE(rdmsr(0x802, 1).has_value());
  CHECK_FALSE(apics[1]->write_msr(0x80b, 0));
  CHECK(rdmsr(0x802) == 0);
}

TEST_CASE_FIXTURE(X2apicFixture, "x2apic id and logical id are 32 bits wide") {
  enter_x2apic(2);
  CHECK(rdmsr(0x802, 2) == 2);
  CHECK(rdmsr(0x80d, 2) == 4);
}

TEST_CASE_FIXTURE(X2apicFixture, "x2apic readable registers") {
  for (uint32_t index = 0x800; index < 0x900; ++index) {
    const bool exists = index == 0x802 || index == 0x803 || index == 0x808 || index == 0x80a ||
                        index == 0x80d || index == 0x80f || (index >= 0x810 && index <= 0x828) ||
                        index == 0x830 || (index >= 0x832 && index <= 0x839) || index == 0x83e;
    CHECK_MESSAGE(rdmsr(index).has_value() == exists, index);
  }
}

TEST_CASE_FIXTURE(X2apicFixture, "x2apic writable registers and their reserved bits") {
  for (uint32_t index = 0x800; index < 0x900; ++index) {
    const bool exists = index == 0x808 || index == 0x80b || index == 0x80f || index == 0x828 ||
                        index == 0x830 || (index >= 0x832 && index <= 0x838) || index == 0x83e ||
                        index == 0x83f;
    // Zero is legal everywhere; as a command it asks for the illegal vector 0.
    CHECK_MESSAGE(wrmsr(index, 0) == exists, index);
    CHECK_MESSAGE(!wrmsr(index, 0xffffffff00000000) == (index != 0x830), index);
  }
  CHECK_FALSE(wrmsr(0x80b, 1));
  CHECK_FALSE(wrmsr(0x828, 1));
  CHECK_FALSE(wrmsr(0x808, 0x100));
  CHECK_FALSE(wrmsr(0x80f, 0x200));
  CHECK_FALSE(wrmsr(0x832, 0x80000));
  CHECK_FALSE(wrmsr(0x830, 0x2000));
  CHECK_FALSE(wrmsr(0x83e, 4));
}

TEST_CASE_FIXTURE(X2apicFixture, "x2apic self IPI and end of interrupt") {
  CHECK(wrmsr(0x83f, 0x55));
  CHECK(apic.acknowledge() == 0x55);
  CHECK(rdmsr(0x812) == 1u << 21);
  CHECK(wrmsr(0x80b, 0));
  CHECK(rdmsr(0x812) == 0);
}

TEST_CASE_FIXTURE(X2apicFixture, "x2apic command register is 64 bits wide") {
  CHECK(wrmsr(0x830, uint64_t{2} << 32 | 0x4400));
  CHECK(cpus[2].log == "nmi ");
  CHECK(cpus[1].log.empty());
  CHECK(rdmsr(0x830) == (uint64_t{2} << 32 | 0x4400));
  CHECK(wrmsr(0x830, uint64_t{0xffffffff} << 32 | 0x4400));
  CHECK(cpus[1].log == "nmi ");
}

TEST_CASE_FIXTURE(X2apicFixture, "x2apic logical destinations name cluster and members") {
  enter_x2apic(1);
  enter_x2apic(2);
  CHECK(wrmsr(0x830, uint64_t{0x6} << 32 | 0x4c00));
  CHECK(cpus[0].log.empty());
  CHECK(cpus[1].log == "nmi ");
  CHECK(cpus[2].log == "nmi ");
  CHECK(wrmsr(0x830, uint64_t{0x1'0006} << 32 | 0x4c00));
  CHECK(cpus[1].log == "nmi ");
}

TEST_CASE_FIXTURE(X2apicFixture, "x2apic task priority is CR8") {
  CHECK(wrmsr(0x808, 0x50));
  CHECK(apic.cr8() == 5);
}

}  // namespace
}  // namespace vireo::test
