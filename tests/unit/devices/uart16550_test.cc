#include "machine/devices/uart16550.h"

#include "tests/unit/devices/chip_test.h"

namespace vireo::test {
namespace {

enum : uint64_t { kData, kIer, kIir, kLcr, kMcr, kLsr, kMsr, kScr };

struct UartFixture {
  TestTime time;
  TestSink sink;
  TestChannel channel;
  Uart16550 uart{"com1", time.events, sink.line(4), &channel};
  IoHandler& ports = uart.ports();

  uint8_t read(uint64_t port) { return in(ports, port); }
  void write(uint64_t port, uint8_t value) { out(ports, port, value); }
  bool irq() const { return sink.level[4]; }
  void enable_interrupts(uint8_t ier) {
    write(kMcr, 0x0b);
    write(kIer, ier);
  }
};

TEST_CASE_FIXTURE(UartFixture, "uart transmits at once and is empty again") {
  write(kData, 'h');
  write(kData, 'i');
  CHECK(channel.output == "hi");
  CHECK(read(kLsr) == 0x60);
}

TEST_CASE_FIXTURE(UartFixture, "uart is detected as a 16550A") {
  write(kIir, 0x01);
  CHECK(read(kIir) == 0xc1);
  write(kIir, 0x00);
  CHECK(read(kIir) == 0x01);
  write(kIer, 0xff);
  CHECK(read(kIer) == 0x0f);
  write(kScr, 0xa5);
  CHECK(read(kScr) == 0xa5);
}

TEST_CASE_FIXTURE(UartFixture, "uart divisor latch hides data and interrupt enable") {
  write(kIer, 0x05);
  write(kLcr, 0x83);
  write(kData, 0x34);
  write(kIer, 0x12);
  CHECK(read(kData) == 0x34);
  CHECK(read(kIer) == 0x12);
  write(kLcr, 0x03);
  CHECK(read(kIer) == 0x05);
  CHECK(channel.output.empty());
}

TEST_CASE_FIXTURE(UartFixture,
                  "uart transmit interrupt comes with each enabling and goes with IIR") {
  enable_interrupts(0x02);
  CHECK(irq());
  CHECK(read(kIir) == 0x02);
  CHECK_FALSE(irq());
  CHECK(read(kIir) == 0x01);

  write(kIer, 0x00);
  write(kIer, 0x02);
  CHECK(read(kIir) == 0x02);

  write(kData, 'x');
  CHECK(irq());
  CHECK(read(kIir) == 0x02);
}

TEST_CASE_FIXTURE(UartFixture, "uart without OUT2 never drives its interrupt") {
  write(kIer, 0x02);
  CHECK(read(kIir) == 0x02);
  write(kData, 'x');
  CHECK_FALSE(irq());
  write(kMcr, 0x08);
  CHECK(irq());
}

TEST_CASE_FIXTURE(UartFixture, "uart without FIFOs holds one byte and reports an overrun") {
  enable_interrupts(0x05);
  CHECK(uart.can_receive());
  uart.receive('a');
  CHECK_FALSE(uart.can_receive());
  CHECK(read(kIir) == 0x04);
  uart.receive('b');
  CHECK(read(kIir) == 0x06);
  CHECK(read(kLsr) == 0x63);
  CHECK(read(kLsr) == 0x61);
  CHECK(read(kData) == 'b');
  CHECK_FALSE(irq());
}

TEST_CASE_FIXTURE(UartFixture, "uart takes input only from a guest that listens") {
  CHECK_FALSE(uart.can_receive());
  write(kMcr, 0x02);
  CHECK(uart.can_receive());
  write(kMcr, 0x12);  // loopback
  CHECK_FALSE(uart.can_receive());
  write(kMcr, 0x00);
  write(kIer, 0x01);
  CHECK(uart.can_receive());
  write(kIer, 0x00);
  for (int i = 0; i < 15; ++i) read(kLsr);
  CHECK_FALSE(uart.can_receive());
  read(kLsr);
  CHECK(uart.can_receive());
  write(kData, 'x');
  CHECK_FALSE(uart.can_receive());
}

TEST_CASE_FIXTURE(UartFixture, "uart FIFO interrupts at its trigger level") {
  write(kIir, 0x81);  // 8 bytes
  enable_interrupts(0x01);
  for (int i = 0; i < 7; ++i) uart.receive('0');
  CHECK_FALSE(irq());
  uart.receive('0');
  CHECK(read(kIir) == 0xc4);
  read(kData);
  CHECK_FALSE(irq());
}

TEST_CASE_FIXTURE(UartFixture, "uart FIFO holds sixteen bytes in order") {
  write(kIir, 0x01);
  write(kMcr, 0x03);
  for (char c = 'a'; uart.can_receive(); ++c) uart.receive(static_cast<uint8_t>(c));
  uart.receive('!');
  CHECK(read(kLsr) == 0x63);
  std::string bytes;
  while ((read(kLsr) & 1) != 0) bytes += static_cast<char>(read(kData));
  CHECK(bytes == "abcdefghijklmnop");
}

TEST_CASE_FIXTURE(UartFixture, "uart time-out comes four characters after the last byte") {
  write(kLcr, 0x83);
  write(kData, 1);  // 115200 baud
  write(kIer, 0);
  write(kLcr, 0x03);  // 8N1: ten bits, 86805 ns
  write(kIir, 0x81);
  enable_interrupts(0x01);
  uart.receive('a');
  time.advance(347'000);
  CHECK_FALSE(irq());
  time.advance(1'000);
  CHECK(irq());
  CHECK(read(kIir) == 0xcc);
  CHECK(read(kData) == 'a');
  CHECK_FALSE(irq());
}

TEST_CASE_FIXTURE(UartFixture, "uart line status outranks data, data outranks transmit") {
  enable_interrupts(0x0f);
  uart.receive_break();
  CHECK(read(kIir) == 0x06);
  CHECK(read(kLsr) == 0x71);
  CHECK(read(kIir) == 0x04);
  CHECK(read(kData) == 0);
  CHECK(read(kIir) == 0x02);
  CHECK(read(kIir) == 0x01);
}

TEST_CASE_FIXTURE(UartFixture, "uart loopback connects data and modem lines, and nothing leaves") {
  write(kMcr, 0x1a);  // as Linux probes: RTS and OUT2
  CHECK((read(kMsr) & 0xf0) == 0x90);
  write(kData, 'L');
  CHECK(channel.output.empty());
  CHECK(read(kData) == 'L');
  uart.receive('x');
  CHECK((read(kLsr) & 1) == 0);
}

TEST_CASE_FIXTURE(UartFixture, "uart reports modem changes once") {
  CHECK(read(kMsr) == 0xb0);
  enable_interrupts(0x08);
  write(kMcr, 0x10);  // all lines drop
  CHECK(read(kIir) == 0x00);
  CHECK(read(kMsr) == 0x0b);
  CHECK(read(kMsr) == 0x00);
  CHECK(read(kIir) == 0x01);
}

TEST_CASE_FIXTURE(UartFixture, "uart toggling the FIFOs empties them") {
  write(kIir, 0x01);
  uart.receive('a');
  write(kIir, 0x00);
  CHECK(read(kLsr) == 0x60);
}

TEST_CASE_FIXTURE(UartFixture, "uart takes wide accesses byte by byte") {
  ports.write(kIer, 4, 0x00030105);
  CHECK(read(kIer) == 0x05);
  CHECK(read(kLcr) == 0x03);
  CHECK((ports.read(kIer, 8) & 0xff) == 0x05);
}

TEST_CASE_FIXTURE(UartFixture, "uart snapshot") {
  write(kIir, 0x81);
  enable_interrupts(0x07);
  uart.receive('a');
  uart.receive_break();
  check_snapshot(uart);
  CHECK(read(kData) == 'a');
}

}  // namespace
}  // namespace vireo::test
