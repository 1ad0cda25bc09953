#include "machine/devices/reset_control.h"

namespace vireo {
namespace {

constexpr uint8_t kResetCpu = 0x04;
constexpr uint8_t kStored = 0x0a;  // SYS_RST and FULL_RST

}  // namespace

ResetControl::ResetControl(std::function<void()> reset)
    : reset_(std::move(reset)), port_(*this, &ResetControl::read_port, &ResetControl::write_port) {}

uint8_t ResetControl::read_port(uint64_t) { return value_; }

void ResetControl::write_port(uint64_t, uint8_t value) {
  if ((value & kResetCpu) != 0) return reset_();
  value_ = value & kStored;
}

}  // namespace vireo
