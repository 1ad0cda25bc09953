#include "machine/devices/ps2_keyboard.h"

#include <array>

#include "machine/devices/scan_sets.h"

namespace vireo {
namespace {

enum Command : uint8_t {
  kSetLeds = 0xed,
  kEcho = 0xee,
  kScanSet = 0xf0,
  kIdentify = 0xf2,
  kTypematic = 0xf3,
  kEnable = 0xf4,
  kDisable = 0xf5,
  kDefaults = 0xf6,
  // What all keys tell in set 3 besides being pressed.
  kAllRepeat = 0xf7,
  kAllRelease = 0xf8,
  kAllNothing = 0xf9,
  kAllRepeatAndRelease = 0xfa,
  kResendLast = 0xfe,
  kReset = 0xff,
};

constexpr uint8_t kLowestCommand = kSetLeds;
constexpr uint8_t kDefaultTypematic = 0x2b;  // 10.9 characters a second after 500 ms
constexpr std::array<uint8_t, 2> kMf2Id{0xab, 0x83};

}  // namespace

void Ps2Keyboard::reset() {
  clear_queue();
  set_defaults();
  waiting_for_ = 0;
  leds_ = 0;
}

void Ps2Keyboard::set_defaults() {
  typematic_ = kDefaultTypematic;
  scan_set_ = 2;
  scanning_ = true;
  breaks_ = false;
}

void Ps2Keyboard::visit(Archive& archive) {
  Ps2Device::visit(archive);
  archive.io(waiting_for_);
  archive.io(leds_);
  archive.io(typematic_);
  archive.io(scan_set_);
  archive.io(scanning_);
  archive.io(breaks_);
}

bool Ps2Keyboard::type(std::span<const uint8_t> scan_codes) {
  return scanning_ && queue(in_scan_set(scan_codes, scan_set_, breaks_));
}

void Ps2Keyboard::write(uint8_t byte) {
  const uint8_t before = waiting_for_;
  waiting_for_ = 0;
  // A command instead of the argument takes the place of the earlier command.
  if (before != 0 && byte < kLowestCommand) {
    argument(before, byte);
  } else {
    command(byte);
  }
}

void Ps2Keyboard::command(uint8_t byte) {
  switch (byte) {
    case kSetLeds:
    case kScanSet:
    case kTypematic:
      waiting_for_ = byte;
      return reply(kAck);
    case kEcho:
      return reply(kEcho);
    case kIdentify:
      reply(kAck);
      queue(kMf2Id);
      return;
    case kEnable:
      clear_queue();
      scanning_ = true;
      return reply(kAck);
    case kDisable:
    case kDefaults:
      clear_queue();
      set_defaults();
      scanning_ = byte == kDefaults;
      return reply(kAck);
    case kResendLast:
      return reply(last_taken());
    case kReset:
      reset();
      reply(kAck);
      return reply(kSelfTestPassed);
    case kAllRepeat:
    case kAllRelease:
    case kAllNothing:
    case kAllRepeatAndRelease:
      breaks_ = byte == kAllRelease || byte == kAllRepeatAndRelease;
      return reply(kAck);
    default:
      return reply(kResend);
  }
}

void Ps2Keyboard::argument(uint8_t command, uint8_t byte) {
  reply(kAck);
  if (command == kSetLeds) {
    leds_ = byte & 7;
  } else if (command == kTypematic) {
    typematic_ = byte & 0x7f;
  } else if (byte == 0) {
    reply(scan_set_);  // kScanSet 0 asks
  } else if (byte <= 3) {
    scan_set_ = byte;
  }
}

}  // namespace vireo
