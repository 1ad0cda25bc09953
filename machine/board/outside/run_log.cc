#include "machine/board/outside/run_log.h"

#include <fmt/format.h>

#include <cstdio>
#include <utility>

#include "machine/board/snapshot/machine_description.h"
#include "machine/host/whole_file.h"

namespace vireo {

Result<Recording> RunLog::read(const ReplayConfig& config) {
  if (config.path.empty()) return Recording{};
  const auto bytes = read_whole_file(config.path, "recording");
  if (!bytes) return bytes.error();
  return parse_recording(*bytes, config.path);
}

OutsideStart RunLog::outside_start(const MachineConfig& config, Recording recording) {
  return {!config.record.path.empty(), !config.replay.path.empty(), config.replay.then_live,
          std::move(recording)};
}

MachineConfig RunLog::settled(const MachineConfig& config) {
  MachineConfig settled = config;
  if (config.replay.path.empty()) return settled;
  for (DriveConfig& drive : settled.drives) drive.snapshot = !drive.read_only;
  return settled;
}

Result<void> RunLog::start(const std::function<std::string()>& description) {
  if (!wiring_.config.replay.path.empty()) return start_replay(description());
  if (wiring_.config.record.path.empty()) return {};
  auto writer = RecordWriter::create(wiring_.config.record.path, description());
  if (!writer) return writer.error();
  wiring_.outside.record_to(std::move(*writer));
  return {};
}

Result<void> RunLog::start_replay(const std::string& description) {
  const ReplayConfig& config = wiring_.config.replay;
  auto same = same_machine(wiring_.outside.description(), description, config.path);
  if (!same) return same;
  if (config.until) wiring_.alarms.set(*config.until, [this, at = *config.until] { arrive(at); });
  return {};
}

void RunLog::arrive(uint64_t instructions) {
  if (wiring_.config.replay.then_live) return wiring_.outside.go_live();
  constexpr StopReason kOver = StopReason::kReplayOver;
  wiring_.control.end({kOver, exit_code_for(kOver),
                       fmt::format("the replay came to instruction {}", instructions), 0, 0});
}

Outside::OnTrouble RunLog::on_trouble() {
  return [this](Outside::Trouble trouble, const std::string& message) {
    if (trouble == Outside::Trouble::kCannotRecord && wiring_.config.record.goes_on) {
      fmt::print(stderr, "vireo: {}; the recording ends here, the run goes on\n", message);
      return;
    }
    const StopReason reason = trouble == Outside::Trouble::kDiverged ? StopReason::kReplayDiverged
                              : trouble == Outside::Trouble::kOver   ? StopReason::kReplayOver
                                                                     : StopReason::kInternalError;
    wiring_.control.end({reason, exit_code_for(reason), message, 0, 0});
  };
}

}  // namespace vireo
