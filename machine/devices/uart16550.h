// A National Semiconductor PC16550D UART as on a PC: 8 ports, 16-byte receive
// FIFO, interrupt gated by OUT2.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "machine/base/byte_channel.h"
#include "machine/base/device.h"
#include "machine/base/event_queue.h"
#include "machine/base/irq_line.h"
#include "machine/devices/byte_ports.h"

namespace vireo {

// Time: the transmitter is infinitely fast. A byte written to THR is on the
// channel when the write returns, and LSR says so (THRE and TEMT set) at once. A
// kernel that polls LSR for each character of its log would otherwise spend most
// of a boot waiting: at 115200 baud one character lasts as long as 86,000
// instructions. The THRE interrupt keeps its rules (it comes with each write and
// with each setting of IER's ETBEI, and goes when IIR is read), so that
// interrupt-driven drivers see a fast but well-behaved chip. The receive time-out
// interrupt does follow the programmed baud rate on virtual time.
class Uart16550 : public Device {
 public:
  // `channel` may be null: output is lost then. Nothing is owned.
  Uart16550(std::string name, EventQueue& events, IrqLine irq, ByteChannel* channel);

  // The eight ports (COM1: 0x3f8-0x3ff).
  IoHandler& ports() { return ports_; }

  // The receiver: the board asks can_receive() before it takes a byte from the
  // channel. The far end is a terminal with hardware handshake, so that input which
  // is there from the start is not lost while a booting guest probes the chip and
  // clears its FIFOs: bytes come once the guest raises RTS, or enables the receive
  // interrupt, or polls LSR over and over (programs that never touch MCR). A byte
  // that does not fit all the same is an overrun.
  bool can_receive() const { return listening() && receive_count_ < receive_capacity(); }
  void receive(uint8_t byte);
  // A break condition on the line (Linux: magic SysRq).
  void receive_break();

  std::string_view name() const override { return name_; }
  void reset() override;
  void reset_outputs() override { update_interrupt(); }
  void visit(Archive& archive) override;

 private:
  struct Received {
    uint8_t byte;
    uint8_t errors;  // LSR bits that belong to this byte
  };
  static constexpr unsigned kFifoSize = 16;

  uint8_t read_port(uint64_t offset);
  void write_port(uint64_t offset, uint8_t value);
  bool divisor_latch() const { return (line_control_ & 0x80) != 0; }
  bool fifos_enabled() const { return (fifo_control_ & 1) != 0; }
  bool loopback() const { return (modem_control_ & 0x10) != 0; }
  bool listening() const;
  unsigned receive_capacity() const { return fifos_enabled() ? kFifoSize : 1; }
  unsigned trigger_level() const;
  uint64_t character_ns() const;

  void push(Received entry);
  uint8_t read_receive_buffer();
  void clear_receiver();
  void transmit(uint8_t byte);
  void write_fifo_control(uint8_t value);
  void write_interrupt_enable(uint8_t value);
  void write_modem_control(uint8_t value);
  uint8_t read_interrupt_id();
  uint8_t read_line_status();
  uint8_t read_modem_status();
  uint8_t line_status() const;
  uint8_t modem_inputs() const;
  void update_modem_status(uint8_t before);
  void restart_timeout();
  uint8_t pending_interrupt() const;
  void update_interrupt();

  std::string name_;
  IrqLine irq_;
  ByteChannel* channel_;
  BytePorts<Uart16550> ports_;
  Event timeout_;

  uint16_t divisor_ = 0;
  uint8_t interrupt_enable_ = 0;
  uint8_t fifo_control_ = 0;
  uint8_t line_control_ = 0;
  uint8_t modem_control_ = 0;
  uint8_t modem_deltas_ = 0;  // MSR bits 3:0
  uint8_t scratch_ = 0;
  uint8_t overrun_ = 0;  // LSR bit 1, until LSR is read
  uint8_t polls_ = 0;    // reads of LSR since the last write, up to a limit
  bool transmit_interrupt_ = false;
  bool timed_out_ = false;
  uint8_t receive_head_ = 0;
  uint8_t receive_count_ = 0;
  std::array<Received, kFifoSize> receive_fifo_{};
};

}  // namespace vireo
