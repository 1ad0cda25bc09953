#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>
#include <unordered_map>
#include <vector>

#include "machine/board/trace_tool/trace_reader.h"
#include "machine/board/trace_tool/trace_text.h"
#include "machine/board/trace_tool/trace_tool.h"

namespace vireo {
namespace {

constexpr size_t kMostLines = 40;
constexpr uint64_t kPageMask = 0xfff;

struct Counts {
  uint64_t instructions = 0, stores = 0, stored_bytes = 0;
  // By RIP; code there may have changed.
  std::unordered_map<uint64_t, std::vector<std::pair<TraceCode, uint64_t>>> code;
  std::map<unsigned, uint64_t> exceptions, interrupts, processors;

  void add(const TraceStep& step) {
    for (const TraceStore& store : step.stores) stored_bytes += store.size;
    stores += step.stores.size();
    if (step.kind == TraceKind::kException) ++exceptions[step.vector];
    if (step.kind == TraceKind::kInterrupt) ++interrupts[step.vector];
    if (step.kind != TraceKind::kInstruction) return;
    ++instructions;
    ++processors[step.processor];
    auto& here = code[step.code.rip];
    for (auto& [known, count] : here) {
      if (known == step.code) {
        ++count;
        return;
      }
    }
    here.emplace_back(step.code, 1);
  }
};

using Table = std::map<std::string, uint64_t>;

// The largest first; of equal ones the first by name.
void show_table(std::string_view title, const Table& table, const LineSink& out) {
  std::vector<std::pair<std::string, uint64_t>> rows(table.begin(), table.end());
  std::sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) {
    return std::tie(b.second, a.first) < std::tie(a.second, b.first);
  });
  out(fmt::format("{}:", title));
  for (size_t i = 0; i < rows.size() && i < kMostLines; ++i) {
    out(fmt::format("{:>14} {}", rows[i].second, rows[i].first));
  }
  if (rows.size() > kMostLines) out(fmt::format("{:>14} more", rows.size() - kMostLines));
}

void show(const Counts& counts, const SymbolTable* symbols, const LineSink& out) {
  out(fmt::format("{} instructions at {} places, {} stores of {} bytes", counts.instructions,
                  counts.code.size(), counts.stores, counts.stored_bytes));
  Table mnemonics, pages, events;
  for (const auto& [rip, here] : counts.code) {
    const uint64_t page = rip & ~kPageMask;
    const std::string name = symbols != nullptr ? symbols->describe(rip) : "";
    const std::string function = name.substr(0, name.find('+'));
    for (const auto& [code, count] : here) {
      mnemonics[mnemonic_of(code)] += count;
      pages[function.empty() ? fmt::format("page {:016x}", page) : function] += count;
    }
  }
  for (const auto& [vector, count] : counts.exceptions) {
    events[fmt::format("exception {}", vector)] = count;
  }
  for (const auto& [vector, count] : counts.interrupts) {
    events[fmt::format("interrupt {}", vector)] = count;
  }
  for (const auto& [index, count] : counts.processors) {
    if (counts.processors.size() > 1) out(fmt::format("vCPU {}: {} instructions", index, count));
  }
  show_table("instructions", mnemonics, out);
  show_table(symbols != nullptr ? "functions and pages" : "pages", pages, out);
  show_table("events", events, out);
}

}  // namespace

Result<void> count_trace(const std::string& path, const TraceShowOptions& options,
                         const LineSink& out) {
  auto reader = TraceReader::open(path);
  if (!reader) return reader.error();
  if (options.from != 0) (*reader)->seek(options.from);
  Counts counts;
  TraceStep step;
  for (uint64_t i = 0; i < options.count && (*reader)->next(step); ++i) counts.add(step);
  if (!(*reader)->error().empty()) return Error{(*reader)->error()};
  show(counts, options.symbols, out);
  if (!(*reader)->file().cut_short().empty()) out((*reader)->file().cut_short());
  return {};
}

}  // namespace vireo
