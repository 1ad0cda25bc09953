#include "machine/devices/debug_port.h"

namespace vireo {

DebugPort::DebugPort(std::string name, ByteChannel* channel)
    : name_(std::move(name)),
      channel_(channel),
      port_(*this, &DebugPort::read_port, &DebugPort::write_port) {}

uint8_t DebugPort::read_port(uint64_t) { return kReadback; }

void DebugPort::write_port(uint64_t, uint8_t value) {
  if (channel_ != nullptr) channel_->write(std::span(&value, 1));
}

}  // namespace vireo
