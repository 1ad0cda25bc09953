// When a trace is written: opens and closes it at the ends of its window.
#pragma once

#include <functional>
#include <memory>
#include <regex>
#include <span>
#include <string_view>

#include "machine/base/event_queue.h"
#include "machine/base/option_parser.h"
#include "machine/board/control_panel.h"
#include "machine/board/trace_config.h"

namespace vireo {

// Calls `set_open` between two instructions, at counts and lines that are the same in each
// run: with false at once unless the window begins with the run, with true at its start, with
// false at its end. A marker opens it once.
class TraceWindow {
 public:
  TraceWindow(const TraceWindowConfig& config, ControlPanel panel,
              std::function<void(bool open)> set_open);

 private:
  enum class Stage : uint8_t { kBefore, kInside, kBehind };
  void see(const PrintedLine& line);
  void set_alarms();
  void move();

  TraceWindowConfig config_;
  ControlPanel panel_;
  std::function<void(bool)> set_open_;
  std::regex marker_, until_;
  Stage stage_ = Stage::kBefore;
  std::unique_ptr<Event> move_;  // just behind the instruction that printed a marker
};

// "insns=A..B" or "marker=REGEX[,until=REGEX]"; `context` begins every error.
Result<TraceWindowConfig> parse_trace_window(std::string_view context, std::string_view text);
// The same of values that have been parsed as options: insns, marker and until.
Result<TraceWindowConfig> trace_window_of(std::string_view context, const ParsedOptions& options);
// The keys that it takes.
std::span<const OptionKey> trace_window_keys();

}  // namespace vireo
