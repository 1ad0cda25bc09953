#include <fmt/format.h>

#include "machine/board/trace_tool/trace_reader.h"
#include "machine/board/trace_tool/trace_text.h"
#include "machine/board/trace_tool/trace_tool.h"

namespace vireo {

Result<void> show_trace(const std::string& path, const TraceShowOptions& options,
                        const LineSink& out) {
  auto reader = TraceReader::open(path);
  if (!reader) return reader.error();
  if (options.from != 0) (*reader)->seek(options.from);
  TraceStep step;
  for (uint64_t i = 0; i < options.count && (*reader)->next(step); ++i) {
    out(step_text(step, options.symbols));
  }
  if (!(*reader)->error().empty()) return Error{(*reader)->error()};
  if (!(*reader)->file().cut_short().empty()) out((*reader)->file().cut_short());
  return {};
}

}  // namespace vireo
