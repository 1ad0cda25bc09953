// vireo: the program.
#include <cstdio>
#include <span>
#include <string_view>
#include <vector>

#include "machine/board/run_result.h"
#include "machine/control/command_line.h"
#include "machine/control/img/img_command.h"
#include "machine/control/run.h"
#include "machine/control/trace/trace_command.h"

int main(int argc, char** argv) {
  const std::vector<std::string_view> arguments(argv + (argc > 0 ? 1 : 0), argv + argc);
  if (!arguments.empty() && arguments[0] == "trace") {
    return vireo::run_trace_command(std::span(arguments).subspan(1));
  }
  if (!arguments.empty() && arguments[0] == "img") {
    return vireo::run_img_command(std::span(arguments).subspan(1));
  }
  const auto command_line = vireo::parse_command_line(arguments);
  if (!command_line) {
    return vireo::refuse_command_line(arguments, command_line.error());
  }
  if (command_line->print) {
    std::fputs(command_line->print->c_str(), stdout);
    return vireo::kExitOk;
  }
  return vireo::run_command_line(*command_line);
}
