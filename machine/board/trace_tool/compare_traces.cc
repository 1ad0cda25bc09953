#include <fmt/format.h>

#include <algorithm>
#include <deque>

#include "machine/board/trace_tool/trace_reader.h"
#include "machine/board/trace_tool/trace_text.h"
#include "machine/board/trace_tool/trace_tool.h"

namespace vireo {
namespace {

// One side of the comparison.
struct Side {
  std::unique_ptr<TraceReader> reader;
  TraceStep step;
  bool there = false;
  void next() { there = reader->next(step); }
};

Result<void> sound(const Side& side) {
  if (side.reader->error().empty()) return {};
  return Error{side.reader->error()};
}

// What one side did from here on.
void show_side(char mark, Side& side, const TraceShowOptions& options, const LineSink& out) {
  if (!side.there) out(fmt::format("{} the trace ends here", mark));
  for (uint64_t i = 0; side.there && i < options.context; ++i, side.next()) {
    out(fmt::format("{} {}", mark, step_text(side.step, options.symbols)));
  }
}

}  // namespace

Result<bool> compare_traces(const std::string& first, const std::string& second,
                            const TraceShowOptions& options, const LineSink& out) {
  Side a, b;
  for (const auto& [side, path] : {std::pair{&a, &first}, std::pair{&b, &second}}) {
    auto reader = TraceReader::open(*path);
    if (!reader) return reader.error();
    side->reader = std::move(*reader);
  }
  const uint64_t start =
      std::max({a.reader->first_index(), b.reader->first_index(), options.from});
  for (Side* side : {&a, &b}) {
    side->reader->seek(start);
    side->next();
  }
  std::deque<TraceStep> before;
  uint64_t same = 0;
  for (; a.there && b.there && a.step == b.step; a.next(), b.next(), ++same) {
    before.push_back(a.step);
    if (before.size() > options.context) before.pop_front();
  }
  for (const Side* side : {&a, &b}) {
    if (auto good = sound(*side); !good) return good.error();
  }
  if (!a.there && !b.there) {
    out(fmt::format("no difference in {} steps", same));
    return true;
  }
  out(fmt::format("the first difference is at instruction {}, after {} equal steps",
                  a.there ? a.step.index : b.step.index, same));
  for (const TraceStep& step : before) out("  " + step_text(step, options.symbols));
  show_side('-', a, options, out);
  show_side('+', b, options, out);
  return false;
}

}  // namespace vireo
