// What `vireo trace` does with recorded instructions: show, compare, count.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <string_view>

#include "machine/base/result.h"
#include "machine/base/symbol_table.h"

namespace vireo {

// Takes a line without its end.
using LineSink = std::function<void(std::string_view)>;

struct TraceShowOptions {
  uint64_t from = 0;   // count of instructions
  uint64_t count = std::numeric_limits<uint64_t>::max();  // of steps
  uint64_t context = 5;  // steps around a difference
  const SymbolTable* symbols = nullptr;  // or null
};

// The steps of a trace, a line each. Errors name the file; what stands before a damaged block
// is shown.
Result<void> show_trace(const std::string& path, const TraceShowOptions& options,
                        const LineSink& out);

// Compares two traces from the first count that both have, and shows the first step that
// differs on both sides. True: there is none.
Result<bool> compare_traces(const std::string& first, const std::string& second,
                            const TraceShowOptions& options, const LineSink& out);

// How often each instruction ran, on which pages, and which exceptions there were.
Result<void> count_trace(const std::string& path, const TraceShowOptions& options,
                         const LineSink& out);

}  // namespace vireo
