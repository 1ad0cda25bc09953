#include "machine/control/qmp/qmp_event.h"

#include <iterator>
#include <string_view>

namespace vireo {
namespace {

using Kind = MachineEvent::Kind;

constexpr QmpParameter kEnd[] = {{"guest", QmpType::kFlag}, {"reason"}};
constexpr QmpParameter kPanic[] = {{"action"}, {"x-reason"}};
constexpr QmpParameter kDeleted[] = {{"device"}, {"path"}};
constexpr QmpParameter kBalloon[] = {{"actual", QmpType::kNumber}};
constexpr QmpParameter kBlock[] = {{"device"}, {"node-name"}, {"action"}, {"operation"},
                                   {"reason"}, {"nospace", QmpType::kFlag}};

// In the order of MachineEvent::Kind.
constexpr QmpEventForm kForms[] = {
    {"SHUTDOWN", kEnd},        {"RESET", kEnd},
    {"STOP", {}},              {"RESUME", {}},
    {"POWERDOWN", {}},         {"GUEST_PANICKED", kPanic},
    {"DEVICE_DELETED", kDeleted}, {"BALLOON_CHANGE", kBalloon},
    {"BLOCK_IO_ERROR", kBlock},
};
static_assert(std::size(kForms) == static_cast<size_t>(Kind::kBlockError) + 1);

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

std::span<const QmpEventForm> qmp_event_forms() { return kForms; }

Json qmp_timestamp(int64_t rtc_seconds, uint64_t virtual_ns) {
  constexpr uint64_t kNsPerSecond = 1'000'000'000;
  return {{"seconds", rtc_seconds + static_cast<int64_t>(virtual_ns / kNsPerSecond)},
          {"microseconds", virtual_ns % kNsPerSecond / 1000}};
}

Json qmp_event(const MachineEvent& event, const Json& timestamp) {
  Json told = {{"event", kForms[static_cast<size_t>(event.kind)].name}, {"timestamp", timestamp}};
  if (Json data = data_of(event); !data.is_null()) told["data"] = std::move(data);
  return told;
}

}  // namespace vireo
