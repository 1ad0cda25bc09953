#include "machine/control/monitor/schedule.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "machine/control/ends/line_pattern.h"
#include "machine/control/monitor/command.h"

namespace vireo {
namespace {

constexpr uint32_t kMaxKey = 1u << 16;

std::string key_of(const ScheduledCommand& command) {
  return fmt::format("{}\n{}\n{}\n{}", command.marker, command.after_ns,
                     command.instructions.value_or(0), command.command);
}

}  // namespace

Schedule::Schedule(const std::vector<ScheduledCommand>& commands, ControlPanel panel,
                   std::function<void(const std::string&)> tell)
    : panel_(std::move(panel)), tell_(std::move(tell)) {
  bool listens = false;
  for (const ScheduledCommand& command : commands) {
    Entry& entry = entries_.emplace_back();
    entry.command = command;
    entry.key = key_of(command);
    entry.event = std::make_unique<Event>(panel_.events, "scheduled command",
                                          [this, text = command.command] { run(text); });
    arm(entry);
    listens |= !entry.seen;
  }
  if (listens) panel_.listen_to_serial([this](const PrintedLine& line) { see(line.text); });
  panel_.snapshots.add_part(
      {"schedule", 1, [this](Archive& archive) { visit(archive); }, true});
}

void Schedule::arm(Entry& entry) {
  const ScheduledCommand& command = entry.command;
  entry.seen = command.marker.empty();
  if (!entry.seen) {
    entry.marker = std::regex(command.marker);
  } else if (!command.instructions) {
    entry.event->schedule_at(command.after_ns);
  } else {
    // After a load the count may have jumped over it.
    panel_.alarms.set(*command.instructions, [this, &command] {
      if (panel_.events.clock().instructions() == *command.instructions) run(command.command);
    });
  }
}

void Schedule::visit(Archive& archive) {
  auto count = static_cast<uint32_t>(entries_.size());
  archive.io(count);
  if (archive.saving()) {
    for (Entry& entry : entries_) {
      archive.io(entry.key, kMaxKey);
      archive.io(entry.seen);
      entry.event->visit(archive);
    }
    return;
  }
  for (Entry& entry : entries_) entry.loaded = false;
  for (uint32_t i = 0; i < count && archive.ok(); ++i) load(archive);
  for (Entry& entry : entries_) {
    const bool over = entry.event->deadline_ns() < panel_.events.now_ns();
    if (!entry.loaded && entry.event->pending() && over) entry.event->cancel();
  }
}

// One of the saved commands, which may not be given any more.
void Schedule::load(Archive& archive) {
  Entry gone;
  gone.event = std::make_unique<Event>(panel_.events, "gone", [] {});
  archive.io(gone.key, kMaxKey);
  const auto at = std::find_if(entries_.begin(), entries_.end(), [&](const Entry& entry) {
    return !entry.loaded && entry.key == gone.key;
  });
  Entry& entry = at == entries_.end() ? gone : *at;
  archive.io(entry.seen);
  entry.event->visit(archive);
  entry.loaded = true;
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
