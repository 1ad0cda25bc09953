// Ends a run by what the guest prints or how far it has come: the options for CI.
#pragma once

#include <memory>
#include <optional>
#include <regex>
#include <string>
#include <string_view>
#include <vector>

#include "machine/base/event_queue.h"
#include "machine/base/result.h"
#include "machine/board/control_panel.h"
#include "machine/board/run_result.h"
#include "machine/control/ends/ends_config.h"
#include "machine/control/ends/expected_log.h"

namespace vireo {

// Watches a machine for as long as it lives. All ends come between two instructions, at the same
// one in each run.
class RunEnds {
 public:
  // Reads the expected log. Errors name the option and the file.
  static Result<std::unique_ptr<RunEnds>> create(const EndsConfig& config, ControlPanel panel);

  // After the run: a success that lacks what was asked for is none.
  RunResult judge(RunResult result) const;

 private:
  RunEnds(const EndsConfig& config, ControlPanel panel);
  void set_limits(const EndsConfig& config);
  void see(const PrintedLine& line);
  void expect(const std::string& line);
  void end_soon(StopReason reason, std::string message);

  ControlPanel panel_;
  std::vector<std::regex> until_, fail_on_;
  std::optional<ExpectedLog> expected_;
  bool differs_ = false;
  bool reached_ = false;  // -until was met
  RunResult result_;      // what the event ends the run with
  Event end_;
  Event time_limit_;
};

}  // namespace vireo
