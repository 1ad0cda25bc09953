#include "machine/board/outside/outside_event.h"

#include <fmt/format.h>

namespace vireo {

const char* outside_kind_name(OutsideKind kind) {
  switch (kind) {
    case OutsideKind::kSource:
      return "opening";
    case OutsideKind::kValue:
      return "answer";
    case OutsideKind::kLevel:
      return "change";
    case OutsideKind::kBytes:
      return "input";
    case OutsideKind::kArrival:
      return "arrival";
    case OutsideKind::kFrame:
      return "packet";
    case OutsideKind::kWait:
      return "idle time";
    case OutsideKind::kStop:
      return "stop";
    case OutsideKind::kCheck:
      return "state";
    case OutsideKind::kEnd:
      break;
  }
  return "end";
}

std::string describe(const OutsideEvent& event, const std::string& source_name) {
  constexpr uint64_t kSecond = 1'000'000'000;
  return fmt::format("{}{}{} at instruction {} ({}.{:09} s)", outside_kind_name(event.kind),
                     source_name.empty() ? "" : " of ", source_name, event.instructions,
                     event.virtual_ns / kSecond, event.virtual_ns % kSecond);
}

}  // namespace vireo
