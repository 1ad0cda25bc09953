#include "cpu/apic/apic_message.h"

namespace vireo {
namespace {

constexpr uint64_t kWindow = 0xfee;  // address bits 31:20
constexpr uint64_t kLogical = 1u << 2;
constexpr uint32_t kLevelTriggered = 1u << 15;
constexpr uint32_t kAssert = 1u << 14;

}  // namespace

std::optional<ApicMessage> ApicMessage::from_msi(MsiMessage message) {
  if (message.address >> 20 != kWindow) return std::nullopt;
  ApicMessage decoded;
  decoded.destination = static_cast<uint32_t>(message.address >> 12) & 0xff;
  decoded.logical = (message.address & kLogical) != 0;
  decoded.delivery = static_cast<ApicDelivery>(message.data >> 8 & 7);
  decoded.vector = static_cast<uint8_t>(message.data);
  decoded.level_triggered = (message.data & kLevelTriggered) != 0;
  // Edges have no level: bit 14 counts only with level trigger.
  decoded.asserted = !decoded.level_triggered || (message.data & kAssert) != 0;
  return decoded;
}

}  // namespace vireo
