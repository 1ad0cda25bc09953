#include "tests/coverage/row_counts_file.h"

#include <cstdio>
#include <fstream>
#include <sstream>

#include "cpu/decode/insn.h"

namespace vireo {

RowUses::RowUses() : rows(opcode_rows().size()) {}

bool RowUses::add_file(const char* path) {
  std::ifstream file(path);
  std::string line, test_case;
  size_t lines = 0;
  while (std::getline(file, line)) {
    if (!add_line(line, test_case)) {
      std::fprintf(stderr, "%s: not of this table: %s\n", path, line.c_str());
      return false;
    }
    ++lines;
  }
  if (lines == 0) std::fprintf(stderr, "%s: nothing in it\n", path);
  return lines != 0;
}

// Other lines are other traces.
bool RowUses::add_line(const std::string& line, std::string& test_case) {
  if (line.starts_with("case ")) test_cases.insert(test_case = line.substr(5));
  if (line.starts_with("lacks ")) lacking.insert(line.substr(6));
  if (line.starts_with("row ")) return add_row(line, test_case);
  if (!line.starts_with("native ")) return true;
  std::istringstream words(line.substr(7));
  size_t row = 0;
  uint64_t cases = 0;
  if (!(words >> row >> cases) || row >= rows.size()) return false;
  rows[row].native += cases;
  return true;
}

// row STARTED INDEX #FAULT:COUNT...: TITLE
bool RowUses::add_row(const std::string& line, const std::string& test_case) {
  std::istringstream words(line.substr(4));
  uint64_t started = 0;
  std::string word;
  if (!(words >> started >> word)) return false;
  bool last = word.ends_with(':');
  const bool is_other = word.starts_with("other");
  if (!is_other && std::strtoul(word.c_str(), nullptr, 10) >= rows.size()) return false;
  RowUse& use = is_other ? other : rows[std::strtoul(word.c_str(), nullptr, 10)];
  use.started += started;
  if (started != 0 && !test_case.empty()) use.cases[test_case] += started;
  while (!last && words >> word) {
    last = word.ends_with(':');
    const size_t colon = word.find(':');
    if (word[0] != '#' || colon == word.npos) return false;
    use.faults[word.substr(0, colon)] += std::strtoull(word.c_str() + colon + 1, nullptr, 10);
  }
  return last;
}

}  // namespace vireo
