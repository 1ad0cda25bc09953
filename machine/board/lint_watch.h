// -virtio-lint: a driver lint on every virtio function of the machine, and its report.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "machine/base/result.h"
#include "machine/board/core.h"
#include "machine/board/machine_config.h"
#include "machine/board/processors.h"
#include "machine/host/log_file.h"
#include "virtio/lint/driver_lint.h"
#include "virtio/lint/lint_report.h"
#include "virtio/transport/pci_function.h"
#include "virtio/transport/pci_lint_subject.h"

namespace vireo {

// Outlives the functions that it watches.
class LintWatch {
 public:
  // Creates the report's file, or fails naming it. `core` and `processors` must outlive it.
  static Result<std::unique_ptr<LintWatch>> create(const VirtioLintConfig& config,
                                                   MachineCore& core, Processors& processors);

  // What it watches for, as text.
  static std::string help();

  void watch(VirtioPciFunction& function);
  // The summary; to be called once, at the end of the run.
  Result<void> finish();

 private:
  struct Watched {
    explicit Watched(VirtioPciFunction& function, LintReport& report)
        : subject(function), lint(subject, report) {}
    PciLintSubject subject;
    DriverLint lint;
  };
  LintWatch(const VirtioLintConfig& config, LogFile file, MachineCore& core,
            Processors& processors);
  GuestPlace place();
  void write_line(const std::string& line);

  VirtioLintConfig config_;
  LogFile file_;  // null: standard error
  MachineCore& core_;
  Processors& processors_;
  LintReport report_;
  std::vector<std::unique_ptr<Watched>> watched_;
};

}  // namespace vireo
