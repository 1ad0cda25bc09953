#include "machine/control/ends/run_ends.h"

#include <fmt/format.h>

#include <utility>

#include "machine/control/ends/line_pattern.h"
#include "machine/host/whole_file.h"

namespace vireo {
namespace {

RunResult result_of(StopReason reason, std::string message) {
  return {reason, exit_code_for(reason), std::move(message), 0, 0};
}

std::string place(const EventQueue& events) {
  const uint64_t ns = events.now_ns();
  return fmt::format("at instruction {}, {}.{:09} s", events.clock().instructions(),
                     ns / 1'000'000'000, ns % 1'000'000'000);
}

bool any_matches(const std::vector<std::regex>& patterns, std::string_view line) {
  for (const std::regex& pattern : patterns) {
    if (line_matches(line, pattern)) return true;
  }
  return false;
}

// Without the newline at the end of its last line.
std::string without_end(std::string text) {
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

}  // namespace

Result<std::unique_ptr<RunEnds>> RunEnds::create(const EndsConfig& config, ControlPanel panel) {
  std::unique_ptr<RunEnds> ends(new RunEnds(config, std::move(panel)));
  if (config.serial_expect.empty()) return ends;
  const auto bytes = read_whole_file(config.serial_expect, "expected serial log");
  if (!bytes) return bytes.error();
  auto log = ExpectedLog::parse({reinterpret_cast<const char*>(bytes->data()), bytes->size()},
                                config.serial_expect);
  if (!log) return log.error();
  ends->expected_ = std::move(*log);
  return ends;
}

RunEnds::RunEnds(const EndsConfig& config, ControlPanel panel)
    : panel_(std::move(panel)),
      end_(panel_.events, "end of the run", [this] { panel_.run.end(result_); }),
      time_limit_(panel_.events, "time limit", [this] {
        panel_.run.end(result_of(StopReason::kLimit, "the limit of virtual time was reached"));
      }) {
  for (const std::string& text : config.until) until_.emplace_back(text);
  for (const std::string& text : config.fail_on) fail_on_.emplace_back(text);
  set_limits(config);
  if (until_.empty() && fail_on_.empty() && config.serial_expect.empty()) return;
  panel_.listen_to_serial([this](const PrintedLine& line) { see(line); });
}

void RunEnds::set_limits(const EndsConfig& config) {
  if (config.limit_ns) time_limit_.schedule_at(*config.limit_ns);
  if (!config.limit_instructions) return;
  panel_.alarms.set(*config.limit_instructions, [this] {
    panel_.run.end(result_of(StopReason::kLimit, "the limit of instructions was reached"));
  });
}

// The first thing that a line says counts: an unexpected line is one before anything else.
void RunEnds::see(const PrintedLine& line) {
  if (line.ended && expected_ && !differs_) expect(std::string(line.text));
  if (any_matches(fail_on_, line.text)) {
    end_soon(StopReason::kFailOn, fmt::format("-fail-on: the guest printed: {}", line.text));
  }
  if (!any_matches(until_, line.text)) return;
  reached_ = true;
  end_soon(StopReason::kUntil, "");
}

void RunEnds::expect(const std::string& line) {
  if (expected_->take(line)) return;
  differs_ = true;
  end_soon(StopReason::kSerialDiffers, fmt::format("-serial-expect: {}: {}", place(panel_.events),
                                                   without_end(expected_->difference(line))));
}

void RunEnds::end_soon(StopReason reason, std::string message) {
  if (end_.pending()) return;
  result_ = result_of(reason, std::move(message));
  end_.schedule_in(0);
}

RunResult RunEnds::judge(RunResult result) const {
  if (result.exit_code != kExitOk) return result;
  RunResult judged = result;
  if (differs_) {
    judged = result_;
  } else if (expected_ && !expected_->complete()) {
    judged = result_of(
        StopReason::kSerialDiffers,
        fmt::format("-serial-expect: {}", without_end(expected_->difference(std::nullopt))));
  } else if (!until_.empty() && !reached_) {
    judged = result_of(
        StopReason::kNotReached,
        result.message.empty()
            ? "the run ended before the guest printed what -until waits for"
            : fmt::format("{}, before the guest printed what -until waits for", result.message));
  }
  judged.instructions = result.instructions;
  judged.virtual_ns = result.virtual_ns;
  return judged;
}

}  // namespace vireo
