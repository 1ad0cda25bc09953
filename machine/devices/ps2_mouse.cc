#include "machine/devices/ps2_mouse.h"

#include <algorithm>
#include <array>

namespace vireo {
namespace {

enum Command : uint8_t {
  kScaling1 = 0xe6,
  kScaling2 = 0xe7,
  kResolution = 0xe8,
  kStatus = 0xe9,
  kStream = 0xea,
  kReadData = 0xeb,
  kEndWrap = 0xec,
  kWrap = 0xee,
  kRemote = 0xf0,
  kIdentify = 0xf2,
  kSampleRate = 0xf3,
  kEnable = 0xf4,
  kDisable = 0xf5,
  kDefaults = 0xf6,
  kReset = 0xff,
};

constexpr uint8_t kStandardId = 0x00, kWheelId = 0x03;
constexpr std::array<uint8_t, 3> kKnocks{200, 100, 80};
// Movement that waits for its report is limited; a report holds 9 bits an axis.
constexpr int kFarthest = 1 << 14;
constexpr int kReportMax = 255;
constexpr int kReportMin = -256;
constexpr int kWheelMin = -8, kWheelMax = 7;

}  // namespace

void Ps2Mouse::reset() {
  clear_queue();
  set_defaults();
  waiting_for_ = buttons_ = 0;
  dx_ = dy_ = dz_ = 0;
  wheel_on_ = false;
  knocks_ = 0;
}

void Ps2Mouse::set_defaults() {
  sample_rate_ = 100;
  resolution_ = 2;
  scaling_ = reporting_ = remote_ = wrap_ = false;
}

void Ps2Mouse::visit(Archive& archive) {
  Ps2Device::visit(archive);
  archive.io(waiting_for_);
  archive.io(sample_rate_);
  archive.io(resolution_);
  archive.io(scaling_);
  archive.io(reporting_);
  archive.io(remote_);
  archive.io(wrap_);
  archive.io(buttons_);
  archive.io(dx_);
  archive.io(dy_);
  archive.io(wheel_on_);
  archive.io(knocks_);
  archive.io(dz_);
  if (knocks_ >= kKnocks.size()) archive.fail();
}

void Ps2Mouse::move(int dx, int dy, uint8_t buttons, int wheel) {
  const auto add = [](int32_t& sum, int more) {
    sum = std::clamp(std::clamp(more, -kFarthest, kFarthest) +
                         std::clamp(sum, -kFarthest, kFarthest),
                     -kFarthest, kFarthest);
  };
  add(dx_, dx);
  add(dy_, dy);
  if (wheel_on_) add(dz_, wheel);
  buttons_ = buttons & 7;
  if (reporting_ && !remote_ && !wrap_) report();
}

// Byte 0: overflow and sign bits, always-one bit 3, buttons. What does not fit
// into one report waits for the next.
void Ps2Mouse::report() {
  const int dx = std::clamp<int>(dx_, kReportMin, kReportMax);
  const int dy = std::clamp<int>(dy_, kReportMin, kReportMax);
  const int dz = std::clamp<int>(dz_, kWheelMin, kWheelMax);
  const uint8_t first =
      static_cast<uint8_t>(0x08 | buttons_ | (dx < 0 ? 0x10 : 0) | (dy < 0 ? 0x20 : 0));
  const std::array<uint8_t, 4> bytes{first, static_cast<uint8_t>(dx), static_cast<uint8_t>(dy),
                                     static_cast<uint8_t>(dz)};
  if (!queue(std::span(bytes).first(wheel_on_ ? 4 : 3))) return;
  dx_ -= dx;
  dy_ -= dy;
  dz_ -= dz;
}

void Ps2Mouse::set_sample_rate(uint8_t rate) {
  sample_rate_ = rate;
  knocks_ = rate == kKnocks[knocks_] ? knocks_ + 1 : rate == kKnocks[0] ? 1 : 0;
  if (knocks_ < kKnocks.size()) return;
  knocks_ = 0;
  wheel_on_ = true;
}

void Ps2Mouse::report_status() {
  const unsigned left = buttons_ & 1, right = buttons_ >> 1 & 1, middle = buttons_ >> 2 & 1;
  const std::array<uint8_t, 3> bytes{
      static_cast<uint8_t>(right | middle << 1 | left << 2 | (scaling_ ? 0x10 : 0) |
                           (reporting_ ? 0x20 : 0) | (remote_ ? 0x40 : 0)),
      resolution_, sample_rate_};
  queue(bytes);
}

void Ps2Mouse::write(uint8_t byte) {
  const uint8_t before = waiting_for_;
  waiting_for_ = 0;
  if (wrap_ && byte != kReset && byte != kEndWrap) {
    reply(byte);
  } else if (before != 0) {
    argument(before, byte);
  } else {
    command(byte);
  }
}

void Ps2Mouse::argument(uint8_t command, uint8_t byte) {
  if (command == kResolution) resolution_ = byte;
  else set_sample_rate(byte);
  reply(kAck);
}

void Ps2Mouse::command(uint8_t byte) {
  if (byte < kScaling1) return reply(kResend);
  reply(kAck);
  switch (byte) {
    case kScaling1:
    case kScaling2:
      scaling_ = byte == kScaling2;
      break;
    case kResolution:
    case kSampleRate:
      waiting_for_ = byte;
      break;
    case kStatus:
      report_status();
      break;
    case kStream:
    case kRemote:
      remote_ = byte == kRemote;
      break;
    case kReadData:
      report();
      break;
    case kEndWrap:
    case kWrap:
      wrap_ = byte == kWrap;
      break;
    case kIdentify:
      reply(wheel_on_ ? kWheelId : kStandardId);
      break;
    case kEnable:
    case kDisable:
      reporting_ = byte == kEnable;
      break;
    case kDefaults:
      set_defaults();
      break;
    case kReset:
      reset();
      reply(kAck);
      reply(kSelfTestPassed);
      reply(kStandardId);
      break;
    default:  // reserved codes are acknowledged without effect
      break;
  }
}

}  // namespace vireo
