#include "machine/control/ends/exit_report.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "machine/base/version.h"

namespace vireo {

ExitReport ExitReport::of(Machine& machine, const RunResult& result) {
  ExitReport report{result, machine.state_hash(), {}};
  machine.panel().for_each_counter(
      [&](std::string_view device, std::string_view counter, uint64_t value) {
        report.devices[std::string(device)][std::string(counter)] = value;
      });
  return report;
}

ExitReport ExitReport::of(const Error& error) {
  const StopReason reason = StopReason::kStartFailed;
  return {{reason, exit_code_for(reason), error.message, 0, 0}, std::nullopt, {}};
}

std::string ExitReport::json() const {
  nlohmann::ordered_json json{
      {"schema", "vireo-exit-report/1"},
      {"vireo", kVireoVersion},
      {"reason", reason_name(result.reason)},
      {"exit_code", result.exit_code},
      {"message", result.message},
      {"instructions", result.instructions},
      {"virtual_ns", result.virtual_ns},
  };
  if (state_hash) {
    json["state_hash"] = fmt::format("{:#018x}", *state_hash);
    json["devices"] = devices;
  }
  // A message may hold what the guest printed, which need not be UTF-8.
  return json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + '\n';
}

}  // namespace vireo
