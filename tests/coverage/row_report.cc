// Reports what was executed of the instruction table.
//
//   row_report FILE...          rows never executed, faults raised, totals by feature
//   row_report --rows FILE...   the same, and a line for every row
//   row_report --check FILE     fails for each row without evidence: 100 cases on the host's
//                               processor, unless that lacks it, or a test case of
//                               row_evidence.def that executes it
//   row_report --features FILE  the table in cpu/README.md: CPUID features and what shows them
#include <fmt/format.h>

#include <cstdio>
#include <cstring>

#include "cpu/block/row_counts.h"
#include "cpu/cpu_feature.h"
#include "tests/coverage/feature_table.h"
#include "tests/coverage/row_counts_file.h"
#include "tests/coverage/row_evidence.h"

namespace vireo {
namespace {

void print_row(const OpcodeRow& row, const RowUse& use) {
  std::string faults;
  for (const auto& [name, count] : use.faults) faults += fmt::format(" {}:{}", name, count);
  fmt::print("{:>12} started {:>7} native {}{}\n", use.started, use.native, row_title(row), faults);
}

void print_totals(const RowUses& uses) {
  struct Total {
    unsigned rows = 0, executed = 0, native = 0;
  };
  std::map<std::string, Total> totals;
  for (size_t i = 0; i < uses.rows.size(); ++i) {
    const auto feature = static_cast<CpuFeature>(opcode_rows()[i].feature);
    Total& total = totals[feature == kFeatNone ? "(base)" : std::string(cpu_feature_name(feature))];
    ++total.rows;
    total.executed += uses.rows[i].started != 0;
    total.native += uses.rows[i].native >= kNativeCases;
  }
  const auto print = [](const std::string& name, const Total& total) {
    fmt::print("{:<14} {:>5} {:>9} {:>17}\n", name, total.rows, total.executed, total.native);
  };
  fmt::print("{:<14} {:>5} {:>9} {:>17}\n", "feature", "rows", "executed", "native >= 100");
  Total all;
  for (const auto& [name, total] : totals) {
    print(name, total);
    all = {all.rows + total.rows, all.executed + total.executed, all.native + total.native};
  }
  print("all", all);
}

void print_faults(const RowUses& uses) {
  std::map<std::string, std::pair<unsigned, uint64_t>> faults;  // rows, times
  for (const RowUse& use : uses.rows) {
    for (const auto& [name, count] : use.faults) ++faults[name].first, faults[name].second += count;
  }
  for (const auto& [name, sum] : faults) {
    fmt::print("{:<5} raised by {:>4} rows, {:>9} times\n", name, sum.first, sum.second);
  }
  for (const auto& [name, count] : uses.other.faults) {
    fmt::print("{:<5} by a fetch, a trap or an unknown encoding, {} times\n", name, count);
  }
}

void print_never(const RowUses& uses) {
  for (size_t i = 0; i < uses.rows.size(); ++i) {
    if (uses.rows[i].started == 0) fmt::print("never executed: {}\n", row_title(opcode_rows()[i]));
  }
}

// Names the test cases that would do, for the table. What the host lacks is listed.
int check(const RowUses& uses) {
  unsigned without = 0;
  for (size_t i = 0; i < uses.rows.size(); ++i) {
    const OpcodeRow& row = opcode_rows()[i];
    if (proven_natively(uses.rows[i]) || !row_evidence(row, uses.rows[i]).empty()) continue;
    if (host_lacks(row, uses)) {
      fmt::print("not compared, as the host lacks it: {}\n", row_title(row));
      continue;
    }
    ++without;
    fmt::print("no evidence: {} (native cases: {})\n", row_title(row), uses.rows[i].native);
    for (const auto& [name, count] : uses.rows[i].cases) fmt::print("    {} in: {}\n", count, name);
  }
  fmt::print("{} of {} rows have no evidence\n", without, uses.rows.size());
  return without == 0 ? 0 : 1;
}

int report(const RowUses& uses, bool every_row) {
  for (size_t i = 0; every_row && i < uses.rows.size(); ++i) {
    print_row(opcode_rows()[i], uses.rows[i]);
  }
  print_never(uses);
  print_faults(uses);
  print_totals(uses);
  return 0;
}

int run(int argc, char** argv) {
  RowUses uses;
  bool checking = false, every_row = false, features = false;
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--check") == 0)
      checking = true;
    else if (std::strcmp(argv[i], "--rows") == 0)
      every_row = true;
    else if (std::strcmp(argv[i], "--features") == 0)
      features = true;
    else if (!uses.add_file(argv[i]))
      return 2;
  }
  if (features) {
    fmt::print("{}", feature_table(uses));
    return 0;
  }
  return checking ? check(uses) : report(uses, every_row);
}

}  // namespace
}  // namespace vireo

int main(int argc, char** argv) { return vireo::run(argc, argv); }
