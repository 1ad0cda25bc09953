#include "machine/board/lint_watch.h"

#include <fmt/format.h>

#include <cstdio>
#include <utility>

namespace vireo {

Result<std::unique_ptr<LintWatch>> LintWatch::create(const VirtioLintConfig& config,
                                                     MachineCore& core, Processors& processors) {
  LogFile file;
  if (!config.path.empty()) {
    auto opened = open_log_file(config.path);
    if (!opened) {
      return Error{
          fmt::format("-virtio-lint={}: cannot write there; name another file", config.path)};
    }
    file = std::move(*opened);
  }
  return std::unique_ptr<LintWatch>(new LintWatch(config, std::move(file), core, processors));
}

LintWatch::LintWatch(const VirtioLintConfig& config, LogFile file, MachineCore& core,
                     Processors& processors)
    : config_(config),
      file_(std::move(file)),
      core_(core),
      processors_(processors),
      report_([this] { return place(); }, [this](const std::string& line) { write_line(line); }) {}

std::string LintWatch::help() { return lint_rules_help(); }

void LintWatch::watch(VirtioPciFunction& function) {
  watched_.push_back(std::make_unique<Watched>(function, report_));
  function.set_watch(&watched_.back()->lint);
}

GuestPlace LintWatch::place() {
  Processor& processor = processors_.current();
  return {core_.clock.instructions(), core_.clock.now_ns(), processor.cpu().rip, processor.index()};
}

void LintWatch::write_line(const std::string& line) {
  fmt::print(file_ == nullptr ? stderr : file_.get(), "{}\n", line);
}

Result<void> LintWatch::finish() {
  report_.summarise();
  if (file_ == nullptr) return {};
  return flush_log_file(file_.get(), config_.path);
}

}  // namespace vireo
