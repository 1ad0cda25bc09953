// -virtio-lint: where the report goes, or what it watches for.
#include "machine/board/lint_watch.h"
#include "machine/control/handlers.h"

namespace vireo {

Result<void> take_virtio_lint(Draft& draft, std::string_view argument) {
  if (argument == "help") {
    draft.print = LintWatch::help();
    return {};
  }
  draft.config.virtio_lint = {true, std::string(argument)};
  return {};
}

}  // namespace vireo
