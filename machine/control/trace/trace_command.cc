#include "machine/control/trace/trace_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "machine/base/nearest_name.h"
#include "machine/base/option_parser.h"
#include "machine/board/load_symbols.h"
#include "machine/board/run_result.h"
#include "machine/board/trace_tool/trace_tool.h"
#include "machine/host/system_host.h"

namespace vireo {
namespace {

constexpr std::string_view kHelp =
    "usage: vireo trace show FILE [--from N] [--count N] [--symbols FILE]\n"
    "       vireo trace diff FILE FILE [--from N] [--context N] [--symbols FILE]\n"
    "       vireo trace stat FILE [--from N] [--count N] [--symbols FILE]\n"
    "\n"
    "Reads instruction traces that -trace-insns has written.\n"
    "  show   each instruction with the registers that it changed and what it wrote\n"
    "  diff   the first step in which two traces differ, and the steps around it;\n"
    "         exit code 1 when there is one\n"
    "  stat   how often each instruction ran, on which pages, and which exceptions came\n"
    "\n"
    "  --from N      begin at instruction N of the run\n"
    "  --count N     that many steps\n"
    "  --context N   so many steps before and behind a difference (default 5)\n"
    "  --symbols F   a System.map, a copy of /proc/kallsyms, or a vmlinux\n";

struct TraceWords {
  std::vector<std::string> files;
  TraceShowOptions options;
  std::string symbols;
};

int fail(const std::string& message) {
  fmt::print(stderr, "vireo trace: {}\n", message);
  return kExitUsage;
}

// The value of option `word`, which has one.
Result<void> take_value(std::string_view word, std::string_view value, TraceWords& out) {
  if (word == "--symbols") {
    out.symbols = value;
    return {};
  }
  const auto number = parse_number(value);
  if (!number) return Error{fmt::format("{} '{}' is not a number", word, value)};
  if (word == "--from") out.options.from = *number;
  if (word == "--count") out.options.count = *number;
  if (word == "--context") out.options.context = *number;
  return {};
}

Result<TraceWords> parse(std::span<const std::string_view> words) {
  static const std::vector<std::string_view> kOptions = {"--from", "--count", "--context",
                                                         "--symbols"};
  TraceWords out;
  for (size_t i = 0; i < words.size(); ++i) {
    const std::string_view word = words[i];
    if (word.empty() || word.front() != '-') {
      out.files.emplace_back(word);
      continue;
    }
    if (std::find(kOptions.begin(), kOptions.end(), word) == kOptions.end()) {
      return Error{fmt::format("unknown option {}; the nearest is {} (see vireo trace --help)",
                               word, nearest_name(word, kOptions))};
    }
    if (i + 1 == words.size()) return Error{fmt::format("{} needs a value", word)};
    if (auto taken = take_value(word, words[++i], out); !taken) return taken.error();
  }
  return out;
}

void print_line(std::string_view line) { fmt::print("{}\n", line); }

int run(std::string_view command, TraceWords& words) {
  SystemHost host;
  const auto symbols = load_symbols({words.symbols, 0}, host);
  if (!symbols) return fail(symbols.error().message);
  words.options.symbols = symbols->get();
  const size_t wanted = command == "diff" ? 2 : 1;
  if (words.files.size() != wanted) {
    return fail(fmt::format("{} takes {} (see vireo trace --help)", command,
                            wanted == 1 ? "one file" : "two files"));
  }
  if (command == "diff") {
    const auto same = compare_traces(words.files[0], words.files[1], words.options, print_line);
    if (!same) return fail(same.error().message);
    return *same ? kExitOk : kExitUsage;
  }
  const auto done = command == "show" ? show_trace(words.files[0], words.options, print_line)
                                      : count_trace(words.files[0], words.options, print_line);
  return done ? kExitOk : fail(done.error().message);
}

}  // namespace

int run_trace_command(std::span<const std::string_view> words) {
  if (words.empty() || words[0] == "--help" || words[0] == "-help" || words[0] == "help") {
    fmt::print("{}", kHelp);
    return words.empty() ? kExitUsage : kExitOk;
  }
  const std::vector<std::string_view> commands = {"show", "diff", "stat"};
  if (std::find(commands.begin(), commands.end(), words[0]) == commands.end()) {
    return fail(fmt::format("there is no '{}'; the nearest is {}", words[0],
                            nearest_name(words[0], commands)));
  }
  auto parsed = parse(words.subspan(1));
  if (!parsed) return fail(parsed.error().message);
  return run(words[0], *parsed);
}

}  // namespace vireo
