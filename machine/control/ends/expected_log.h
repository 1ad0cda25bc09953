// The log that a guest is expected to print, and the first line where it does not.
#pragma once

#include <cstddef>
#include <optional>
#include <regex>
#include <string>
#include <string_view>
#include <vector>

#include "machine/base/result.h"

namespace vireo {

// A log as a serial port wrote it, each line standing for itself; carriage returns count as
// nothing, and lines are compared as far as LineWatch::kMaxLine. For what may vary, a line that
// begins with two percent signs is a directive:
//
//   %%re REGEX   a line that matches as a whole (ECMAScript)
//   %%skip       any number of lines, until one matches the next expected line
//   %%is TEXT    the line TEXT, for one that itself begins with %%
class ExpectedLog {
 public:
  // `path` names the file in messages. Errors name it and the line.
  static Result<ExpectedLog> parse(std::string_view text, std::string path);

  // The next line that was printed. False at the first one that is not as expected; no more
  // must be taken then.
  bool take(std::string_view line);
  // Whether the log may end here.
  bool complete() const;

  // What differs, for a person: a line with the place, then the lines around it. `printed` is
  // the line that was not taken, or nothing where the log ended too soon.
  std::string difference(const std::optional<std::string>& printed) const;

 private:
  struct Entry {
    enum class Kind : uint8_t { kText, kRegex, kSkip } kind = Kind::kText;
    size_t number = 0;  // of the line in the file
    std::string text;
    std::regex regex;
  };
  explicit ExpectedLog(std::string path) : path_(std::move(path)) {}
  Result<void> add(std::string_view line, size_t number);
  static bool matches(const Entry& entry, std::string_view line);
  bool skipping() const;
  size_t first_after_skips() const;

  std::string path_;
  std::vector<Entry> entries_;
  size_t next_ = 0;                   // the entry that the next line must match
  std::vector<std::string> printed_;  // the last few
};

}  // namespace vireo
