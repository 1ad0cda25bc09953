// A machine's life as the command line sees it: made, run, finished.
#include "machine/board/machine.h"

#include <fmt/format.h>

#include <utility>

#include "cpu/block/row_counts.h"
#include "machine/board/machine_parts.h"
#include "machine/board/run_loop.h"
#include "machine/board/state_trace.h"

namespace vireo {
namespace {

bool ended_by_guest(StopReason reason) {
  switch (reason) {
    case StopReason::kGuestPowerOff:
    case StopReason::kGuestReset:
    case StopReason::kDebugExit:
    case StopReason::kGuestPanic:
    case StopReason::kTripleFault:
    case StopReason::kDeadHalt:
      return true;
    default:
      return false;
  }
}

void trace_rows() {
  if (!RowCounts::on()) return;
  for (const std::string& line : RowCounts::all().lines()) Log::line(line);
}

}  // namespace

Result<void> Machine::Parts::save_on_exit() {
  if (config.snapshots.on_exit_path.empty()) return {};
  return snapshots.save(config.snapshots.on_exit_path, {});
}

// All of it is tried; the error is the first.
Result<void> Machine::Parts::finish() {
  input.flush();
  Result<void> result = virtio.flush();
  const auto keep_first = [&result](Result<void> next) {
    if (result.ok()) result = std::move(next);
  };
  if (flash != nullptr) keep_first(flash->flush());
  if (lint != nullptr) keep_first(lint->finish());
  return result;
}

Machine::Machine(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Machine::~Machine() = default;

Result<std::unique_ptr<Machine>> Machine::create(const MachineConfig& config, HostServices& host) {
  const auto model = CpuModel::parse(config.cpu_model);
  if (!model) return model.error();
  if (config.memory_bytes < kMinMemory || config.memory_bytes > kMaxMemory) {
    return Error{fmt::format("-m: {} MiB of memory; give {} to {} MiB", config.memory_bytes / kMiB,
                             kMinMemory / kMiB, kMaxMemory / kMiB)};
  }
  auto recording = RunLog::read(config.replay);
  if (!recording) return recording.error();
  auto ram = HostRam::allocate(config.memory_bytes);
  if (!ram) return ram.error();
  // Where kernels are linked to and placed.
  if (!config.snapshots.from_file()) ram->expect_bulk_write(16 * kMiB, 48 * kMiB);
  auto parts = std::make_unique<Parts>(RunLog::settled(config), host, std::move(*ram), *model,
                                       std::move(*recording));
  if (auto completed = parts->complete(); !completed) return completed.error();
  return std::unique_ptr<Machine>(new Machine(std::move(parts)));
}

RunResult Machine::run() {
  Parts& parts = *parts_;
  parts.input.flush();  // nothing can fail any more: logs of an earlier run make room
  RunLoop loop(RunLoopWiring{parts.config, parts.host, parts.core, parts.processors, parts.input,
                             *parts.serials, parts.requests, parts.control, parts.news,
                             parts.run_state,
                             [&parts] { return parts.reset(false); }});
  const StateTrace trace(
      parts.config.state_trace, parts.core.events, [&parts] { return parts.state_hash(); },
      [&parts] { parts.requests.power_off(); });
  RunResult result = loop.run();
  parts.outside.end(ended_by_guest(result.reason), result.exit_code);
  const auto& trouble = parts.control.wanted_end();
  if (trouble && trouble->reason == StopReason::kReplayDiverged) {
    result.reason = trouble->reason;
    result.exit_code = trouble->exit_code;
    result.message = trouble->message;
  }
  parts.serials->end_lines();
  trace_rows();
  if (parts.events != nullptr) parts.events->finish();
  if (auto saved = parts.save_on_exit(); !saved) {
    result.exit_code = kExitInternalError;
    result.message = saved.error().message;
  }
  if (parts.insns != nullptr) parts.insns->finish();
  if (const auto finished = parts.finish(); !finished) {
    result.reason = StopReason::kInternalError;
    result.exit_code = kExitInternalError;
    result.message = finished.error().message;
  }
  return result;
}

ControlPanel Machine::panel() {
  Parts& parts = *parts_;
  return {parts.config,
          parts.control,
          parts.virtio,
          parts.virtio,
          parts.chipset.bus(),
          parts.chardevs,
          parts.input,
          parts.core.events,
          parts.core.alarms,
          parts.news,
          parts.core, parts.chipset,
          parts.processors,
          parts.rtc_seconds,
          parts.debug,
          parts.snapshots,
          parts.time_travel,
          [&parts](LineListener listener) { parts.serials->listen(std::move(listener)); },
          [&parts](const DeviceCounterVisitor& visit) { parts.for_each_counter(visit); },
          *parts.screens,
          parts.flash.get()};
}

Result<void> Machine::prepare() {
  return parts_->run_log.start([this] { return parts_->record_description(); });
}

Snapshots& Machine::snapshots() { return parts_->snapshots; }

uint64_t Machine::state_hash() const { return parts_->state_hash(); }

}  // namespace vireo
