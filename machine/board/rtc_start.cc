#include "machine/board/rtc_start.h"

namespace vireo {

int64_t rtc_start(const RtcConfig& rtc, const HostServices& host) {
  switch (rtc.base) {
    case RtcConfig::Base::kHostUtc:
      return host.clock().unix_seconds();
    case RtcConfig::Base::kHostLocal:
      return host.clock().unix_seconds() + host.local_offset_seconds();
    case RtcConfig::Base::kFixed:
      break;
  }
  return rtc.fixed_unix_seconds;
}

}  // namespace vireo
