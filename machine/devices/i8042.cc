#include "machine/devices/i8042.h"

#include "machine/devices/scan_sets.h"

namespace vireo {
namespace {

enum Command : uint8_t {
  kReadRam = 0x20,   // 0x20-0x3f; byte 0 is the command byte
  kWriteRam = 0x60,  // 0x60-0x7f
  kPasswordTest = 0xa4,
  kDisableMouse = 0xa7,
  kEnableMouse = 0xa8,
  kTestMouse = 0xa9,
  kSelfTest = 0xaa,
  kTestKeyboard = 0xab,
  kDisableKeyboard = 0xad,
  kEnableKeyboard = 0xae,
  kReadInputPort = 0xc0,
  kReadOutputPort = 0xd0,
  kWriteOutputPort = 0xd1,
  kWriteKeyboardBuffer = 0xd2,
  kWriteMouseBuffer = 0xd3,
  kWriteMouse = 0xd4,
  kDisableA20 = 0xdd,
  kEnableA20 = 0xdf,
  kReadTestInputs = 0xe0,
  kPulse = 0xf0,  // 0xf0-0xff: outputs whose bit is clear go low for 6 us
};

// Command byte.
constexpr uint8_t kKeyboardIrq = 0x01;
constexpr uint8_t kMouseIrq = 0x02;
constexpr uint8_t kSystemFlag = 0x04;
constexpr uint8_t kKeyboardOff = 0x10;
constexpr uint8_t kMouseOff = 0x20;
constexpr uint8_t kTranslate = 0x40;
constexpr uint8_t kFirmwareMode = kKeyboardIrq | kSystemFlag | kMouseOff | kTranslate;

// Status.
constexpr uint8_t kOutputFull = 0x01;
constexpr uint8_t kLastWasCommand = 0x08;
constexpr uint8_t kNotLocked = 0x10;
constexpr uint8_t kMouseData = 0x20;

// Output port.
constexpr uint8_t kResetHigh = 0x01;
constexpr uint8_t kA20 = 0x02;
constexpr uint8_t kFirmwareOutputPort = kResetHigh | kA20;

constexpr uint8_t kSelfTestPassed = 0x55;
constexpr uint8_t kInterfaceGood = 0x00;
constexpr uint8_t kNoPassword = 0xf1;
constexpr uint8_t kInputPort = 0x80;  // keyboard not locked

constexpr uint8_t kBreakPrefix = 0xf0;

}  // namespace

I8042::I8042(IrqLine irq1, IrqLine irq12, std::function<void(bool)> set_a20,
             std::function<void()> reset)
    : irq1_(irq1),
      irq12_(irq12),
      set_a20_(std::move(set_a20)),
      reset_(std::move(reset)),
      data_port_(*this, &I8042::read_data, &I8042::write_data),
      command_port_(*this, &I8042::read_status, &I8042::write_command) {
  I8042::reset();
}

void I8042::reset() {
  keyboard_.reset();
  mouse_.reset();
  mode_ = kFirmwareMode;
  output_port_ = kFirmwareOutputPort;
  waiting_for_ = data_ = answer_ = 0;
  last_was_command_ = full_ = answer_waits_ = break_code_ = false;
  source_ = answer_source_ = Source::kController;
}

void I8042::reset_outputs() {
  set_a20_(a20());
  update();
}

void I8042::visit(Archive& archive) {
  keyboard_.visit(archive);
  mouse_.visit(archive);
  archive.io(mode_);
  archive.io(output_port_);
  archive.io(waiting_for_);
  archive.io(last_was_command_);
  archive.io(full_);
  archive.io(data_);
  archive.io(source_);
  archive.io(answer_waits_);
  archive.io(answer_);
  archive.io(answer_source_);
  archive.io(break_code_);
  irq1_.visit(archive);
  irq12_.visit(archive);
}

bool I8042::type(std::span<const uint8_t> scan_codes) {
  const bool taken = keyboard_.type(scan_codes);
  fetch();
  return taken;
}

void I8042::move_mouse(int dx, int dy, uint8_t buttons, int wheel) {
  mouse_.move(dx, dy, buttons, wheel);
  fetch();
}

// --- Output buffer ------------------------------------------------------------

uint8_t I8042::read_data(uint64_t) {
  const uint8_t value = data_;
  full_ = false;
  // The line falls before the next byte raises it: each byte is an edge.
  update();
  fetch();
  return value;
}

uint8_t I8042::read_status(uint64_t) {
  return static_cast<uint8_t>((full_ ? kOutputFull : 0) | (mode_ & kSystemFlag) |
                              (last_was_command_ ? kLastWasCommand : 0) | kNotLocked |
                              (full_ && source_ == Source::kMouse ? kMouseData : 0));
}

// An answer of the controller itself; it waits while the buffer is full, and a
// later answer replaces it.
void I8042::answer(uint8_t byte, Source source) {
  answer_waits_ = true;
  answer_ = byte;
  answer_source_ = source;
}

void I8042::put(uint8_t byte, Source source) {
  full_ = true;
  data_ = byte;
  source_ = source;
}

// Fills the output buffer if it is empty: answers first, then keyboard, mouse.
void I8042::fetch() {
  if (!full_ && answer_waits_) {
    answer_waits_ = false;
    put(answer_, answer_source_);
  }
  const bool keyboard_on = (mode_ & kKeyboardOff) == 0;
  while (!full_ && keyboard_on && keyboard_.has_data()) fetch_keyboard();
  if (!full_ && (mode_ & kMouseOff) == 0 && mouse_.has_data()) put(mouse_.take(), Source::kMouse);
  update();
}

// In translation a break prefix is swallowed and marks the code that follows.
void I8042::fetch_keyboard() {
  uint8_t code = keyboard_.take();
  if ((mode_ & kTranslate) != 0) {
    if (code == kBreakPrefix) {
      break_code_ = true;
      return;
    }
    code = static_cast<uint8_t>(set1_code(code) | (break_code_ ? 0x80 : 0));
    break_code_ = false;
  }
  put(code, Source::kKeyboard);
}

void I8042::update() {
  const bool mouse = full_ && source_ == Source::kMouse;
  const bool keyboard = full_ && source_ != Source::kMouse && (mode_ & kKeyboardOff) == 0;
  irq1_.set(keyboard && (mode_ & kKeyboardIrq) != 0);
  irq12_.set(mouse && (mode_ & kMouseIrq) != 0);
}

// --- Commands --------------------------------------------------------------------

void I8042::write_data(uint64_t, uint8_t value) {
  last_was_command_ = false;
  const uint8_t command = waiting_for_;
  waiting_for_ = 0;
  if (command != 0) {
    run_argument(command, value);
  } else {
    // Talking to the keyboard switches its port on.
    mode_ &= static_cast<uint8_t>(~kKeyboardOff);
    keyboard_.write(value);
  }
  fetch();
}

void I8042::write_command(uint64_t, uint8_t value) {
  last_was_command_ = true;
  waiting_for_ = 0;
  run_command(value);
  fetch();
}

void I8042::run_command(uint8_t command) {
  if (command >= kPulse) {
    if ((command & 1) == 0) reset_();
    return;
  }
  if ((command & 0xe0) == kReadRam) return answer(command == kReadRam ? mode_ : 0);
  if ((command & 0xe0) == kWriteRam) {
    waiting_for_ = command;
    return;
  }
  switch (command) {
    case kPasswordTest:
      return answer(kNoPassword);
    case kDisableMouse:
      mode_ |= kMouseOff;
      break;
    case kEnableMouse:
      mode_ &= static_cast<uint8_t>(~kMouseOff);
      break;
    case kTestMouse:
    case kTestKeyboard:
      return answer(kInterfaceGood);
    case kSelfTest:
      mode_ |= kSystemFlag;
      return answer(kSelfTestPassed);
    case kDisableKeyboard:
      mode_ |= kKeyboardOff;
      break;
    case kEnableKeyboard:
      mode_ &= static_cast<uint8_t>(~kKeyboardOff);
      break;
    case kReadInputPort:
      return answer(kInputPort);
    case kReadOutputPort:
      return answer(output_port_);
    case kWriteOutputPort:
    case kWriteKeyboardBuffer:
    case kWriteMouseBuffer:
    case kWriteMouse:
      waiting_for_ = command;
      break;
    case kDisableA20:
      return write_output_port(output_port_ & static_cast<uint8_t>(~kA20));
    case kEnableA20:
      return write_output_port(output_port_ | kA20);
    case kReadTestInputs:
      return answer(0);
    default:  // unknown commands are ignored
      break;
  }
}

void I8042::run_argument(uint8_t command, uint8_t value) {
  switch (command) {
    case kWriteRam:
      mode_ = value;
      break;
    case kWriteOutputPort:
      write_output_port(value);
      break;
    case kWriteKeyboardBuffer:
      answer(value, Source::kKeyboard);
      break;
    case kWriteMouseBuffer:
      answer(value, Source::kMouse);
      break;
    case kWriteMouse:
      mode_ &= static_cast<uint8_t>(~kMouseOff);
      mouse_.write(value);
      break;
    default:  // the other bytes of the controller's RAM are not kept
      break;
  }
}

void I8042::write_output_port(uint8_t value) {
  const uint8_t changed = output_port_ ^ value;
  output_port_ = value;
  if ((changed & kA20) != 0) set_a20_(a20());
  if ((value & kResetHigh) == 0) reset_();
}

}  // namespace vireo
