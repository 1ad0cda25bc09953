#include "machine/devices/i8259_pair.h"
#include "tests/unit/devices/chip_test.h"

namespace vireo::test {
namespace {

struct PicFixture {
  TestSink sink;
  I8259Pair pic{sink.line(0)};

  PicFixture() { initialise(0x01); }

  void initialise(uint8_t icw4) {
    program(pic.master_ports(), 0x20, 0x04, icw4);
    program(pic.slave_ports(), 0x28, 0x02, icw4);
  }
  static void program(IoHandler& ports, uint8_t base, uint8_t icw3, uint8_t icw4) {
    out(ports, 0, 0x11);
    out(ports, 1, base);
    out(ports, 1, icw3);
    out(ports, 1, icw4);
  }
  bool intr() const { return sink.level[0]; }
  void pulse(unsigned pin) {
    pic.set_input(pin, true);
    pic.set_input(pin, false);
  }
  void eoi_master() { out(pic.master_ports(), 0, 0x20); }
  void eoi_slave() {
    out(pic.slave_ports(), 0, 0x20);
    eoi_master();
  }
  uint8_t in_service(IoHandler& ports) {
    out(ports, 0, 0x0b);
    return in(ports, 0);
  }
};

TEST_CASE_FIXTURE(PicFixture, "pic gives the vector of an edge once") {
  pulse(1);
  CHECK(intr());
  CHECK(pic.acknowledge() == 0x21);
  CHECK_FALSE(intr());
  CHECK(in_service(pic.master_ports()) == 0x02);
  eoi_master();
  CHECK(in_service(pic.master_ports()) == 0x00);
  CHECK_FALSE(intr());
}

TEST_CASE_FIXTURE(PicFixture, "pic lower priorities wait for the end of interrupt") {
  pulse(1);
  CHECK(pic.acknowledge() == 0x21);
  pulse(3);
  CHECK_FALSE(intr());
  pulse(0);
  CHECK(intr());
  CHECK(pic.acknowledge() == 0x20);
  eoi_master();
  CHECK_FALSE(intr());
  eoi_master();
  CHECK(pic.acknowledge() == 0x23);
}

TEST_CASE_FIXTURE(PicFixture, "pic slave interrupts come by way of input 2") {
  pulse(12);
  pulse(8);
  CHECK(pic.acknowledge() == 0x28);
  CHECK(in_service(pic.master_ports()) == 0x04);
  CHECK(in_service(pic.slave_ports()) == 0x01);
  CHECK_FALSE(intr());
  eoi_slave();
  CHECK(pic.acknowledge() == 0x2c);
}

TEST_CASE_FIXTURE(PicFixture, "pic mask holds a request back and keeps it") {
  out(pic.master_ports(), 1, 0x02);
  CHECK(in(pic.master_ports(), 1) == 0x02);
  pulse(1);
  CHECK_FALSE(intr());
  CHECK(in(pic.master_ports(), 0) == 0x02);  // IRR
  out(pic.master_ports(), 1, 0x00);
  CHECK(pic.acknowledge() == 0x21);
}

TEST_CASE_FIXTURE(PicFixture, "pic level-triggered input repeats while its wire is high") {
  out(pic.elcr_ports(), 1, 0x0c);
  CHECK(in(pic.elcr_ports(), 1) == 0x0c);
  pic.set_input(10, true);
  CHECK(pic.acknowledge() == 0x2a);
  eoi_slave();
  CHECK(intr());
  CHECK(pic.acknowledge() == 0x2a);
  pic.set_input(10, false);
  eoi_slave();
  CHECK_FALSE(intr());
}

TEST_CASE_FIXTURE(PicFixture, "pic ELCR has no bits for the system's edge inputs") {
  pic.elcr_ports().write(0, 2, 0xffff);
  CHECK(pic.elcr_ports().read(0, 2) == 0xdef8);
}

TEST_CASE_FIXTURE(PicFixture, "pic request that vanishes is a spurious IRQ 7 or 15") {
  CHECK(pic.acknowledge() == 0x27);
  CHECK(in_service(pic.master_ports()) == 0x00);

  out(pic.elcr_ports(), 1, 0x04);
  pic.set_input(10, true);
  pic.set_input(10, false);
  CHECK(pic.acknowledge() == 0x2f);
  CHECK(in_service(pic.slave_ports()) == 0x00);
  CHECK(in_service(pic.master_ports()) == 0x04);
}

TEST_CASE_FIXTURE(PicFixture, "pic rotation makes the served input the lowest") {
  pulse(3);
  CHECK(pic.acknowledge() == 0x23);
  out(pic.master_ports(), 0, 0xa0);  // rotate on non-specific EOI
  pulse(3);
  pulse(4);
  CHECK(pic.acknowledge() == 0x24);
  out(pic.master_ports(), 0, 0x64);  // specific EOI
  CHECK(pic.acknowledge() == 0x23);
}

TEST_CASE_FIXTURE(PicFixture, "pic set-priority command chooses the lowest input") {
  out(pic.master_ports(), 0, 0xc4);
  pulse(0);
  pulse(5);
  CHECK(pic.acknowledge() == 0x25);
}

TEST_CASE_FIXTURE(PicFixture, "pic special mask lets lower interrupts through a masked one") {
  pulse(1);
  CHECK(pic.acknowledge() == 0x21);
  pulse(5);
  out(pic.master_ports(), 1, 0x02);
  CHECK_FALSE(intr());
  out(pic.master_ports(), 0, 0x68);
  CHECK(pic.acknowledge() == 0x25);
}

TEST_CASE_FIXTURE(PicFixture, "pic poll command acknowledges by reading") {
  pulse(6);
  out(pic.master_ports(), 0, 0x0c);
  CHECK(in(pic.master_ports(), 0) == 0x86);
  CHECK_FALSE(intr());
  CHECK(in_service(pic.master_ports()) == 0x40);
  out(pic.master_ports(), 0, 0x0c);
  CHECK(in(pic.master_ports(), 0) == 0x00);
}

TEST_CASE_FIXTURE(PicFixture, "pic automatic end of interrupt leaves nothing in service") {
  initialise(0x03);
  pulse(9);
  pulse(11);
  CHECK(pic.acknowledge() == 0x29);
  CHECK(in_service(pic.slave_ports()) == 0x00);
  CHECK(pic.acknowledge() == 0x2b);
  CHECK_FALSE(intr());
}

TEST_CASE_FIXTURE(PicFixture, "pic special fully nested mode lets the slave interrupt itself") {
  PicFixture::program(pic.master_ports(), 0x20, 0x04, 0x11);
  pulse(12);
  CHECK(pic.acknowledge() == 0x2c);
  pulse(8);
  CHECK(intr());
  CHECK(pic.acknowledge() == 0x28);
}

TEST_CASE_FIXTURE(PicFixture, "pic initialisation forgets edges") {
  pulse(1);
  initialise(0x01);
  CHECK_FALSE(intr());
  CHECK(in(pic.master_ports(), 1) == 0x00);
}

TEST_CASE_FIXTURE(PicFixture, "pic snapshot") {
  pulse(1);
  pulse(12);
  pic.acknowledge();
  out(pic.master_ports(), 1, 0x80);
  check_snapshot(pic);
  eoi_master();
  CHECK(pic.acknowledge() == 0x2c);
}

}  // namespace
}  // namespace vireo::test
