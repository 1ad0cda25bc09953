#include "virtio/lint/init_checker.h"

#include "virtio/features.h"
#include "virtio/lint/feature_needs.h"

namespace vireo {

using namespace virtio_status;

namespace {

constexpr uint8_t kKnown = kAcknowledge | kDriver | kDriverOk | kFeaturesOk | kNeedsReset | kFailed;

}  // namespace

void InitChecker::on_access(const DriverAccess& access) {
  if (access.region != VirtioRegion::kDevice || !access.write) return;
  if (session().status & kFeaturesOk) return;
  breach(LintRule::kConfigWriteTooEarly, "status {:#04x}, configuration offset {:#x} written {:#x}",
         session().status, access.offset, access.value);
}

void InitChecker::on_status(VirtioInterface via, uint8_t before, uint8_t written, uint8_t) {
  if (written == 0) return;
  check_restart(written);
  check_bits(before, written);
  if (via == VirtioInterface::kModern) check_modern_steps(before, written);
}

void InitChecker::check_restart(uint8_t written) {
  if (!session().reset_seen) {
    breach(LintRule::kResetFirst, "status written {:#04x}, 0 never before", written);
  } else if (session().status == 0 && !session().status_read_since_reset && !legacy()) {
    breach(LintRule::kResetNotAwaited, "status written {:#04x}, not read since it was written 0",
           written);
  }
  if ((session().status & kFailed) && !(written & kFailed)) {
    breach(LintRule::kRetryAfterFailed, "status {:#04x} written {:#04x}", session().status,
           written);
  }
}

void InitChecker::check_bits(uint8_t before, uint8_t written) {
  // NEEDS_RESET is the device's: a driver may not have seen it yet.
  if (before & ~written & ~kNeedsReset) {
    breach(LintRule::kStatusBitCleared, "status {:#04x} written {:#04x}", before, written);
  }
  if (written & ~kKnown) {
    breach(LintRule::kStatusUnknownBit, "status written {:#04x}", written);
  }
  const bool driver_early = (written & kDriver) && !((before | written) & kAcknowledge);
  const bool later_early = (written & (kFeaturesOk | kDriverOk)) &&
                           (written & (kAcknowledge | kDriver)) != (kAcknowledge | kDriver);
  if (driver_early || later_early) {
    breach(LintRule::kAcknowledgeFirst, "status {:#04x} written {:#04x}", before, written);
  }
}

void InitChecker::check_modern_steps(uint8_t before, uint8_t written) {
  const uint8_t added = static_cast<uint8_t>(written & ~before);
  if (added & kFeaturesOk) check_accepted(subject().offered_features(VirtioInterface::kModern));
  if (!(added & kDriverOk)) return;
  if (!(before & kFeaturesOk)) {
    breach(LintRule::kDriverOkTooEarly, "status {:#04x} written {:#04x}", before, written);
  } else if (!session().status_read_since_features_ok) {
    breach(LintRule::kFeaturesOkNotRead, "status {:#04x} written {:#04x}, not read between", before,
           written);
  }
}

void InitChecker::check_accepted(uint64_t offered) {
  const uint64_t accepted = session().driver_features;
  if (accepted & ~offered) {
    breach(LintRule::kFeatureNotOffered, "accepted {:#x}, offered {:#x}: too many {:#x}", accepted,
           offered, accepted & ~offered);
  }
  if (offered & ~accepted & virtio_feature::kVersion1) {
    breach(LintRule::kVersion1Missing, "accepted {:#x}, offered {:#x}", accepted, offered);
  }
  for (const FeatureNeed& need : feature_needs(subject().type_id())) {
    if (!(accepted & need.feature) || (accepted & need.any_of)) continue;
    breach(LintRule::kFeatureNeedsOther, "accepted {:#x}: {:#x} needs one of {:#x}", accepted,
           need.feature, need.any_of);
  }
}

void InitChecker::on_features(VirtioInterface via, uint32_t word, uint32_t value) {
  if (via == VirtioInterface::kLegacy) {
    const uint64_t offered = subject().offered_features(via);
    if (word == 0 && (value & ~offered)) {
      breach(LintRule::kFeatureNotOffered, "accepted {:#x}, offered {:#x}", value, offered);
    }
    return;
  }
  if (!(session().status & kFeaturesOk)) return;
  breach(LintRule::kFeaturesTooLate, "status {:#04x}, word {} of the features written {:#x}",
         session().status, word, value);
}

}  // namespace vireo
