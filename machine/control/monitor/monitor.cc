#include "machine/control/monitor/monitor.h"

#include <fmt/format.h>

#include <utility>

#include "machine/control/monitor/command.h"
#include "machine/control/write_lines.h"

namespace vireo {
namespace {

constexpr std::string_view kPrompt = "(vireo) ";
constexpr std::string_view kWelcome = "vireo monitor; help lists the commands\n";

}  // namespace

Monitor::Monitor(ControlPanel panel, std::unique_ptr<ByteChannel> channel)
    : panel_(std::move(panel)), channel_(std::move(channel)) {
  panel_.input.enter(*this);
}

Monitor::~Monitor() { panel_.input.leave(*this); }

bool Monitor::poll_input() {
  bool came = false;
  // Reading may bring the arrival, and what was typed at once follows it.
  auto key = channel_->read();
  if (channel_->take_arrival()) {
    show("\n");
    show(kWelcome);
    show(kPrompt);
  }
  for (; key; key = channel_->read()) {
    came = true;
    const LineEditor::Step step = editor_.feed(*key);
    show(step.echo);
    if (step.line) run(*step.line);
    if (panel_.run.quit_wanted()) break;
  }
  if (came) channel_->flush();
  return came;
}

void Monitor::run(const std::string& line) {
  const auto result = run_command(panel_, line);
  if (result) {
    show(*result);
  } else {
    show(fmt::format("Error: {}\n", result.error().message));
  }
  if (!panel_.run.quit_wanted()) show(kPrompt);
}

void Monitor::show(std::string_view text) { write_lines(*channel_, text); }

}  // namespace vireo
