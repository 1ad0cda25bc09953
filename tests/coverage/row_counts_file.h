// What test programs and runs executed of the instruction table, read from the
// files that they wrote (VIREO_ROW_COUNTS=FILE, or -d rows -D FILE).
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace vireo {

struct RowUse {
  uint64_t started = 0;
  uint64_t native = 0;  // cases compared with the host's processor
  std::map<std::string, uint64_t> faults;
  std::map<std::string, uint64_t> cases;  // by test case: how often it was started
};

struct RowUses {
  std::vector<RowUse> rows;  // in the order of the table
  RowUse other;              // exceptions that no instruction raised
  std::set<std::string> test_cases;
  std::set<std::string> lacking;  // features of instructions which the host does not have

  RowUses();
  // Adds the file's numbers. False, with a message on stderr, when it is none.
  bool add_file(const char* path);

 private:
  bool add_line(const std::string& line, std::string& test_case);
  bool add_row(const std::string& line, const std::string& test_case);
};

}  // namespace vireo
