// An interrupt on its way to local APICs: the fields that MSI messages and the
// interrupt command register share (SDM 3A 11.6.1, 11.11).
#pragma once

#include <cstdint>
#include <optional>

#include "machine/base/msi_message.h"

namespace vireo {

// The numbers are those of the delivery mode field.
enum class ApicDelivery : uint8_t {
  kFixed = 0,
  kLowestPriority = 1,
  kSmi = 2,
  kReserved = 3,
  kNmi = 4,
  kInit = 5,
  kStartUp = 6,
  kExtInt = 7,
};

struct ApicMessage {
  // An APIC id (physical) or a set of them (logical). All ones of the width
  // used means everybody in physical mode.
  uint32_t destination = 0;
  bool logical = false;
  // `destination` is 8 bits wide, as in messages and in xAPIC mode; 32 otherwise.
  bool wide = false;
  ApicDelivery delivery = ApicDelivery::kFixed;
  uint8_t vector = 0;
  bool level_triggered = false;
  // False only for the INIT level de-assert, which no modern processor acts on.
  bool asserted = true;

  // Decodes a write to 0xFEExxxxx; nothing when the address is another one.
  static std::optional<ApicMessage> from_msi(MsiMessage message);
};

}  // namespace vireo
