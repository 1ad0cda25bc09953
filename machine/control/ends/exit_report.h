// How a run ended and how far it came, as JSON for scripts: -exit-report.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "machine/base/result.h"
#include "machine/board/machine.h"
#include "machine/board/run_result.h"

namespace vireo {

// Holds nothing of the host: equal runs have equal reports, byte for byte.
//
//   schema         "vireo-exit-report/1"; members may be added under the same number
//   vireo          the version that ran
//   reason         reason_name(): "guest-power-off", "limit", ...
//   exit_code      of the process
//   message        the line for a person, or ""
//   instructions   that all vCPUs retired
//   virtual_ns     the guest's time since power-on
//   state_hash     of the whole machine at the end, as text, "0x" and 16 digits
//   devices        what each device counted: {"virtio-blk0": {"requests": 17}}
//
// The last two are missing where no machine was made.
struct ExitReport {
  RunResult result;
  std::optional<uint64_t> state_hash;
  std::map<std::string, std::map<std::string, uint64_t>> devices;

  // After a run. Reads all RAM.
  static ExitReport of(Machine& machine, const RunResult& result);
  // A start that failed.
  static ExitReport of(const Error& error);

  // The text, with a newline at its end.
  std::string json() const;
};

}  // namespace vireo
