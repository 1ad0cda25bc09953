#include "machine/control/trace/trace_window.h"

#include <fmt/format.h>

#include <utility>

namespace vireo {
namespace {

constexpr OptionKey kKeys[] = {
    {"insns", OptionType::kText, "from..to: instructions of the machine, from the first on"},
    {"marker", OptionType::kText, "regular expression: from a line that the guest prints on"},
    {"until", OptionType::kText, "with marker: to a line that matches this"},
};

Result<void> check_regex(std::string_view context, std::string_view key, const std::string& text) {
  try {
    (void)std::regex(text);
  } catch (const std::regex_error&) {
    return Error{fmt::format("{}: {}={} is no regular expression; put a backslash before "
                             "characters such as ( [ * that stand for themselves",
                             context, key, text)};
  }
  return {};
}

// The line is the guest's: one that the expression cannot cope with does not match.
bool matches(std::string_view line, const std::regex& marker) {
  try {
    return std::regex_search(line.begin(), line.end(), marker);
  } catch (const std::regex_error&) {
    return false;
  }
}

// "A..B", "A.." or "..B".
bool take_counts(std::string_view text, TraceWindowConfig& window) {
  const size_t dots = text.find("..");
  if (dots == std::string_view::npos) return false;
  const std::string_view first = text.substr(0, dots), last = text.substr(dots + 2);
  const auto from = first.empty() ? std::optional<uint64_t>(0) : parse_number(first);
  const auto to = last.empty() ? std::optional(window.to) : parse_number(last);
  if (!from || !to || *from >= *to) return false;
  window.from = *from;
  window.to = *to;
  return true;
}

}  // namespace

std::span<const OptionKey> trace_window_keys() { return kKeys; }

Result<TraceWindowConfig> trace_window_of(std::string_view context, const ParsedOptions& options) {
  TraceWindowConfig window;
  window.marker = options.text("marker");
  window.until = options.text("until");
  if (options.has("insns") && !take_counts(options.text("insns"), window)) {
    return Error{fmt::format("{}: insns={} is no range of counts such as 1000..2000", context,
                             options.text("insns"))};
  }
  if (options.has("insns") && !window.marker.empty()) {
    return Error{fmt::format("{}: give insns= or marker=, not both", context)};
  }
  if (!window.until.empty() && window.marker.empty()) {
    return Error{fmt::format("{}: until= needs a marker=", context)};
  }
  if (auto good = check_regex(context, "marker", window.marker); !good) return good.error();
  if (auto good = check_regex(context, "until", window.until); !good) return good.error();
  return window;
}

Result<TraceWindowConfig> parse_trace_window(std::string_view context, std::string_view text) {
  const auto options = parse_options(context, text, kKeys);
  if (!options) return options.error();
  return trace_window_of(context, *options);
}

TraceWindow::TraceWindow(const TraceWindowConfig& config, ControlPanel panel,
                         std::function<void(bool open)> set_open)
    : config_(config), panel_(std::move(panel)), set_open_(std::move(set_open)) {
  if (config_.marker.empty()) {
    set_alarms();
    return;
  }
  set_open_(false);
  marker_ = std::regex(config_.marker);
  until_ = std::regex(config_.until);
  move_ = std::make_unique<Event>(panel_.events, "trace window", [this] { move(); });
  panel_.listen_to_serial([this](const PrintedLine& line) { see(line); });
}

void TraceWindow::set_alarms() {
  if (config_.from != 0) {
    set_open_(false);
    panel_.alarms.set(config_.from, [this] { set_open_(true); });
  }
  if (config_.to != InstructionAlarms::kNever) {
    panel_.alarms.set(config_.to, [this] { set_open_(false); });
  }
}

void TraceWindow::see(const PrintedLine& line) {
  const bool ends = stage_ == Stage::kInside && !config_.until.empty();
  if (stage_ != Stage::kBefore && !ends) return;
  if (!move_->pending() && matches(line.text, ends ? until_ : marker_)) move_->schedule_in(0);
}

void TraceWindow::move() {
  stage_ = stage_ == Stage::kBefore ? Stage::kInside : Stage::kBehind;
  set_open_(stage_ == Stage::kInside);
}

}  // namespace vireo
