// Numbers of the local APIC's registers and their bits (SDM 3A tables 11-1, 11-6).
#pragma once

#include <cstdint>

namespace vireo::apic {

// Index = xAPIC offset / 16 = x2APIC MSR - 0x800.
enum Register : unsigned {
  kId = 0x02,
  kVersion = 0x03,
  kTaskPriority = 0x08,
  kArbitrationPriority = 0x09,
  kProcessorPriority = 0x0a,
  kEoi = 0x0b,
  kRemoteRead = 0x0c,
  kLogicalDestination = 0x0d,
  kDestinationFormat = 0x0e,
  kSpurious = 0x0f,
  kInService = 0x10,  // eight each
  kTriggerMode = 0x18,
  kRequest = 0x20,
  kErrorStatus = 0x28,
  kCommand = 0x30,
  kCommandHigh = 0x31,
  kLvtFirst = 0x32,  // timer, thermal, performance, LINT0, LINT1, error
  kLvtLast = 0x37,
  kInitialCount = 0x38,
  kCurrentCount = 0x39,
  kDivide = 0x3e,
  kSelfIpi = 0x3f,
  kRegisters = 0x40,
};

// Version 0x14, six LVT entries.
inline constexpr uint32_t kVersionValue = 0x00050014;

// LVT entries and the interrupt command register.
inline constexpr unsigned kDeliveryShift = 8;
inline constexpr uint32_t kDeliveryStatus = 1u << 12;
inline constexpr uint32_t kRemoteIrr = 1u << 14;
inline constexpr uint32_t kLevelTrigger = 1u << 15;
inline constexpr uint32_t kMasked = 1u << 16;
inline constexpr unsigned kTimerModeShift = 17;

inline constexpr uint32_t kLogicalMode = 1u << 11;
inline constexpr uint32_t kAssert = 1u << 14;
inline constexpr unsigned kShorthandShift = 18;
enum Shorthand : unsigned { kNone = 0, kSelf = 1, kAll = 2, kOthers = 3 };

// Error status.
inline constexpr uint32_t kSendIllegalVector = 1u << 5;
inline constexpr uint32_t kReceiveIllegalVector = 1u << 6;
inline constexpr uint32_t kIllegalRegister = 1u << 7;
inline constexpr uint8_t kFirstLegalVector = 16;

// IA32_APIC_BASE.
inline constexpr uint64_t kBaseBoot = 1u << 8;
inline constexpr uint64_t kBaseX2apic = 1u << 10;
inline constexpr uint64_t kBaseEnable = 1u << 11;
inline constexpr uint64_t kDefaultBase = 0xfee00000;

// Bits of each LVT entry that software may write.
inline constexpr uint32_t kLvtWritable[] = {0x700ff, 0x107ff, 0x107ff, 0x1a7ff, 0x1a7ff, 0x100ff};

}  // namespace vireo::apic
