#include "machine/control/qmp/qmp_event.h"

#include <string_view>

namespace vireo {
namespace {

using Kind = MachineEvent::Kind;

std::string_view name_of(Kind kind) {
  switch (kind) {
    case Kind::kShutdown:
      return "SHUTDOWN";
    case Kind::kReset:
      return "RESET";
    case Kind::kStop:
      return "STOP";
    case Kind::kResume:
      return "RESUME";
    case Kind::kPowerButton:
      return "POWERDOWN";
    case Kind::kGuestPanic:
      return "GUEST_PANICKED";
    case Kind::kDeviceDeleted:
      return "DEVICE_DELETED";
    case Kind::kBalloonChange:
      return "BALLOON_CHANGE";
    case Kind::kBlockError:
      break;
  }
  return "BLOCK_IO_ERROR";
}

// Null for an event without data.
Json data_of(const MachineEvent& event) {
  switch (event.kind) {
    case Kind::kShutdown:
    case Kind::kReset:
      return {{"guest", event.by_guest}, {"reason", event.cause}};
    case Kind::kGuestPanic:
      // The machine goes on; what the guest's kernel said is an addition to QEMU's event.
      return {{"action", "run"}, {"x-reason", event.name}};
    case Kind::kDeviceDeleted:
      return {{"device", event.name}, {"path", "/machine/peripheral/" + event.name}};
    case Kind::kBalloonChange:
      return {{"actual", event.bytes}};
    case Kind::kBlockError:
      return {{"device", event.name},      {"node-name", event.name}, {"action", "report"},
              {"operation", event.detail}, {"reason", event.reason},  {"nospace", false}};
    case Kind::kStop:
    case Kind::kResume:
    case Kind::kPowerButton:
      break;
  }
  return nullptr;
}

}  // namespace

Json qmp_timestamp(int64_t rtc_seconds, uint64_t virtual_ns) {
  constexpr uint64_t kNsPerSecond = 1'000'000'000;
  return {{"seconds", rtc_seconds + static_cast<int64_t>(virtual_ns / kNsPerSecond)},
          {"microseconds", virtual_ns % kNsPerSecond / 1000}};
}

Json qmp_event(const MachineEvent& event, const Json& timestamp) {
  Json told = {{"event", name_of(event.kind)}, {"timestamp", timestamp}};
  if (Json data = data_of(event); !data.is_null()) told["data"] = std::move(data);
  return told;
}

}  // namespace vireo
