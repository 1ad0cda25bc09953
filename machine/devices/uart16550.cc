#include "machine/devices/uart16550.h"

#include <algorithm>

namespace vireo {
namespace {

enum Offset : unsigned {
  kData = 0,             // RBR, THR; divisor low with DLAB
  kInterruptEnable = 1,  // IER; divisor high with DLAB
  kInterruptId = 2,      // IIR; FCR on writes
  kLineControl = 3,
  kModemControl = 4,
  kLineStatus = 5,
  kModemStatus = 6,
  kScratch = 7,
};

// IER.
constexpr uint8_t kReceiveEnable = 0x01;
constexpr uint8_t kTransmitEnable = 0x02;
constexpr uint8_t kLineEnable = 0x04;
constexpr uint8_t kModemEnable = 0x08;

// IIR, in falling priority.
constexpr uint8_t kIdLine = 0x06;
constexpr uint8_t kIdReceive = 0x04;
constexpr uint8_t kIdTimeout = 0x0c;
constexpr uint8_t kIdTransmit = 0x02;
constexpr uint8_t kIdModem = 0x00;
constexpr uint8_t kIdNone = 0x01;
constexpr uint8_t kIdFifos = 0xc0;

// LSR.
constexpr uint8_t kDataReady = 0x01;
constexpr uint8_t kOverrun = 0x02;
constexpr uint8_t kBreak = 0x10;
constexpr uint8_t kErrors = 0x1e;
constexpr uint8_t kTransmitEmpty = 0x60;  // THRE and TEMT
constexpr uint8_t kFifoError = 0x80;

// MSR with a terminal at the other end: CTS, DSR and DCD.
constexpr uint8_t kConnected = 0xb0;
constexpr uint8_t kRing = 0x40;

constexpr uint8_t kRts = 0x02;  // MCR
constexpr uint8_t kOut2 = 0x08;
constexpr uint8_t kStickyFifoControl = 0xc9;  // FCR bits that are not commands
// More reads of LSR in a row than any transmitter waits for on this chip.
constexpr uint8_t kListenPolls = 16;
constexpr uint16_t kResetDivisor = 12;  // 9600 baud
constexpr uint64_t kCrystalHz = 1843200;

}  // namespace

Uart16550::Uart16550(std::string name, EventQueue& events, IrqLine irq, ByteChannel* channel)
    : name_(std::move(name)),
      irq_(irq),
      channel_(channel),
      ports_(*this, &Uart16550::read_port, &Uart16550::write_port),
      timeout_(events, name_ + " receive time-out", [this] {
        timed_out_ = true;
        update_interrupt();
      }) {
  reset();
}

void Uart16550::reset() {
  divisor_ = kResetDivisor;
  interrupt_enable_ = fifo_control_ = line_control_ = modem_control_ = 0;
  modem_deltas_ = scratch_ = overrun_ = polls_ = 0;
  transmit_interrupt_ = false;
  clear_receiver();
}

void Uart16550::visit(Archive& archive) {
  archive.io(divisor_);
  archive.io(interrupt_enable_);
  archive.io(fifo_control_);
  archive.io(line_control_);
  archive.io(modem_control_);
  archive.io(modem_deltas_);
  archive.io(scratch_);
  archive.io(overrun_);
  archive.io(polls_);
  archive.io(transmit_interrupt_);
  archive.io(timed_out_);
  archive.io(receive_head_);
  archive.io(receive_count_);
  archive.io(receive_fifo_);
  timeout_.visit(archive);
  irq_.visit(archive);
  if (receive_head_ >= kFifoSize || receive_count_ > kFifoSize) {
    archive.fail();
    clear_receiver();
  }
}

uint8_t Uart16550::read_port(uint64_t offset) {
  switch (offset & 7) {
    case kData:
      return divisor_latch() ? static_cast<uint8_t>(divisor_) : read_receive_buffer();
    case kInterruptEnable:
      return divisor_latch() ? static_cast<uint8_t>(divisor_ >> 8) : interrupt_enable_;
    case kInterruptId:
      return read_interrupt_id();
    case kLineControl:
      return line_control_;
    case kModemControl:
      return modem_control_;
    case kLineStatus:
      return read_line_status();
    case kModemStatus:
      return read_modem_status();
    default:
      return scratch_;
  }
}

void Uart16550::write_port(uint64_t offset, uint8_t value) {
  polls_ = 0;
  switch (offset & 7) {
    case kData:
      if (divisor_latch()) {
        divisor_ = static_cast<uint16_t>((divisor_ & 0xff00) | value);
      } else {
        transmit(value);
      }
      break;
    case kInterruptEnable:
      if (divisor_latch()) {
        divisor_ = static_cast<uint16_t>((divisor_ & 0xff) | value << 8);
      } else {
        write_interrupt_enable(value);
      }
      break;
    case kInterruptId:
      write_fifo_control(value);
      break;
    case kLineControl:
      line_control_ = value;
      break;
    case kModemControl:
      write_modem_control(value);
      break;
    case kScratch:
      scratch_ = value;
      break;
    default:  // LSR and MSR are not for writing
      break;
  }
}

// --- Receiver ---------------------------------------------------------------

bool Uart16550::listening() const {
  if (loopback()) return false;
  return (modem_control_ & kRts) != 0 || (interrupt_enable_ & kReceiveEnable) != 0 ||
         polls_ >= kListenPolls;
}

void Uart16550::receive(uint8_t byte) {
  // In loopback the receiver is cut off from the line.
  if (!loopback()) push(Received{byte, 0});
}

void Uart16550::receive_break() {
  if (!loopback()) push(Received{0, kBreak});
}

void Uart16550::push(Received entry) {
  if (receive_count_ < receive_capacity()) {
    receive_fifo_[(receive_head_ + receive_count_) % kFifoSize] = entry;
    ++receive_count_;
  } else {
    // A full FIFO keeps what it has; the single buffer is overwritten.
    overrun_ = kOverrun;
    if (!fifos_enabled()) receive_fifo_[receive_head_] = entry;
  }
  restart_timeout();
  update_interrupt();
}

uint8_t Uart16550::read_receive_buffer() {
  const uint8_t byte = receive_fifo_[receive_head_].byte;
  if (receive_count_ > 0) {
    receive_head_ = static_cast<uint8_t>((receive_head_ + 1) % kFifoSize);
    --receive_count_;
  }
  timed_out_ = false;
  restart_timeout();
  update_interrupt();
  return byte;
}

void Uart16550::clear_receiver() {
  receive_head_ = receive_count_ = 0;
  receive_fifo_ = {};
  timed_out_ = false;
  timeout_.cancel();
}

// The time-out counts from the last byte in or out.
void Uart16550::restart_timeout() {
  if (fifos_enabled() && receive_count_ > 0) {
    timeout_.schedule_in(4 * character_ns());
  } else {
    timeout_.cancel();
  }
}

uint64_t Uart16550::character_ns() const {
  const uint64_t data_bits = 5 + (line_control_ & 3);
  const uint64_t parity_bits = (line_control_ >> 3) & 1;
  const uint64_t stop_bits = 1 + ((line_control_ >> 2) & 1);
  const uint64_t clocks =
      (1 + data_bits + parity_bits + stop_bits) * 16 * std::max<uint16_t>(divisor_, 1);
  return clocks * 1'000'000'000 / kCrystalHz;
}

unsigned Uart16550::trigger_level() const {
  static constexpr unsigned kLevels[] = {1, 4, 8, 14};
  return fifos_enabled() ? kLevels[fifo_control_ >> 6] : 1;
}

// --- Transmitter --------------------------------------------------------------

// Frames shorter than 8 bits affect timing only: programs that never set up the
// line get their output all the same.
void Uart16550::transmit(uint8_t byte) {
  if (loopback()) {
    push(Received{byte, 0});
  } else if (channel_ != nullptr) {
    channel_->write(std::span(&byte, 1));
  }
  transmit_interrupt_ = true;
  update_interrupt();
}

// --- Control and status -------------------------------------------------------

void Uart16550::write_interrupt_enable(uint8_t value) {
  const uint8_t raised = static_cast<uint8_t>(value & ~interrupt_enable_);
  interrupt_enable_ = value & 0x0f;
  if ((raised & kTransmitEnable) != 0) transmit_interrupt_ = true;
  update_interrupt();
}

void Uart16550::write_fifo_control(uint8_t value) {
  const bool toggled = ((value ^ fifo_control_) & 1) != 0;
  const bool reset_receiver = (value & 3) == 3;
  // The other bits are only programmed together with the enable bit.
  fifo_control_ = (value & 1) != 0 ? value & kStickyFifoControl : 0;
  if (toggled || reset_receiver) clear_receiver();
  update_interrupt();
}

void Uart16550::write_modem_control(uint8_t value) {
  const uint8_t before = modem_inputs();
  modem_control_ = value & 0x1f;
  update_modem_status(before);
  update_interrupt();
}

uint8_t Uart16550::modem_inputs() const {
  if (!loopback()) return kConnected;
  // RTS to CTS, DTR to DSR, OUT1 to RI, OUT2 to DCD.
  const unsigned mcr = modem_control_;
  return static_cast<uint8_t>((mcr & 2) << 3 | (mcr & 1) << 5 | (mcr & 4) << 4 | (mcr & 8) << 4);
}

void Uart16550::update_modem_status(uint8_t before) {
  const uint8_t now = modem_inputs();
  unsigned changed = before ^ now;
  // RI counts only when it ends.
  if ((now & kRing) != 0) changed &= ~unsigned{kRing};
  modem_deltas_ |= static_cast<uint8_t>(changed >> 4);
}

uint8_t Uart16550::read_modem_status() {
  const uint8_t value = modem_inputs() | modem_deltas_;
  modem_deltas_ = 0;
  update_interrupt();
  return value;
}

uint8_t Uart16550::line_status() const {
  uint8_t status = kTransmitEmpty | overrun_;
  if (receive_count_ > 0) status |= kDataReady | receive_fifo_[receive_head_].errors;
  for (unsigned i = 0; fifos_enabled() && i < receive_count_; ++i) {
    if (receive_fifo_[(receive_head_ + i) % kFifoSize].errors != 0) status |= kFifoError;
  }
  return status;
}

uint8_t Uart16550::read_line_status() {
  const uint8_t status = line_status();
  if (polls_ < kListenPolls) ++polls_;
  overrun_ = 0;
  if (receive_count_ > 0) receive_fifo_[receive_head_].errors = 0;
  update_interrupt();
  return status;
}

uint8_t Uart16550::pending_interrupt() const {
  const uint8_t enable = interrupt_enable_;
  if ((enable & kLineEnable) != 0 && (line_status() & kErrors) != 0) return kIdLine;
  if ((enable & kReceiveEnable) != 0 && receive_count_ >= trigger_level()) return kIdReceive;
  if ((enable & kReceiveEnable) != 0 && timed_out_) return kIdTimeout;
  if ((enable & kTransmitEnable) != 0 && transmit_interrupt_) return kIdTransmit;
  if ((enable & kModemEnable) != 0 && modem_deltas_ != 0) return kIdModem;
  return kIdNone;
}

uint8_t Uart16550::read_interrupt_id() {
  const uint8_t id = pending_interrupt();
  if (id == kIdTransmit) {
    transmit_interrupt_ = false;
    update_interrupt();
  }
  return id | (fifos_enabled() ? kIdFifos : 0);
}

// OUT2 drives the buffer between the chip and the PC's interrupt line; loopback
// forces the pin inactive.
void Uart16550::update_interrupt() {
  const bool gate = (modem_control_ & kOut2) != 0 && !loopback();
  irq_.set(gate && pending_interrupt() != kIdNone);
}

}  // namespace vireo
