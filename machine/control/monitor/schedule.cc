#include "machine/control/monitor/schedule.h"

#include <fmt/format.h>

#include <utility>

#include "machine/control/ends/line_pattern.h"
#include "machine/control/monitor/command.h"

namespace vireo {

Schedule::Schedule(const std::vector<ScheduledCommand>& commands, ControlPanel panel,
                   std::function<void(const std::string&)> tell)
    : panel_(std::move(panel)), tell_(std::move(tell)) {
  bool listens = false;
  for (const ScheduledCommand& command : commands) {
    Entry& entry = entries_.emplace_back();
    entry.command = command;
    entry.event = std::make_unique<Event>(panel_.events, "scheduled command",
                                          [this, text = command.command] { run(text); });
    entry.seen = command.marker.empty();
    if (entry.seen) {
      entry.event->schedule_at(command.after_ns);
    } else {
      entry.marker = std::regex(command.marker);
      listens = true;
    }
  }
  if (listens) panel_.listen_to_serial([this](const PrintedLine& line) { see(line.text); });
}

void Schedule::see(std::string_view line) {
  for (Entry& entry : entries_) {
    if (entry.seen || !line_matches(line, entry.marker)) continue;
    entry.seen = true;
    entry.event->schedule_in(entry.command.after_ns);
  }
}

void Schedule::run(const std::string& command) {
  const auto result = run_command(panel_, command);
  const uint64_t ns = panel_.events.now_ns();
  const std::string when = fmt::format("{}.{:09} s", ns / 1'000'000'000, ns % 1'000'000'000);
  if (!result) return tell_(fmt::format("at {}: {}: {}", when, command, result.error().message));
  std::string text = *result;
  while (!text.empty() && text.back() == '\n') text.pop_back();
  tell_(fmt::format("at {}: {}{}{}", when, command, text.empty() ? "" : "\n", text));
}

}  // namespace vireo
