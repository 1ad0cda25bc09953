#include "machine/devices/system_port_a.h"

namespace vireo {
namespace {

constexpr uint8_t kFastReset = 0x01;
constexpr uint8_t kA20 = 0x02;

}  // namespace

SystemPortA::SystemPortA(std::function<void(bool)> set_a20, std::function<void()> reset)
    : set_a20_(std::move(set_a20)),
      reset_(std::move(reset)),
      port_(*this, &SystemPortA::read_port, &SystemPortA::write_port) {}

void SystemPortA::reset_outputs() { set_a20_(a20()); }

uint8_t SystemPortA::read_port(uint64_t) { return value_; }

void SystemPortA::write_port(uint64_t, uint8_t value) {
  const uint8_t changed = value_ ^ value;
  value_ = value;
  if ((changed & kA20) != 0) set_a20_(a20());
  if ((changed & value & kFastReset) != 0) reset_();
}

}  // namespace vireo
