#include "machine/control/ends/expected_log.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "machine/board/line_watch.h"

namespace vireo {
namespace {

constexpr std::string_view kDirective = "%%";
constexpr std::string_view kRegex = "%%re ", kText = "%%is ", kSkip = "%%skip";
constexpr size_t kContext = 3;  // lines before and after

bool starts_with(std::string_view text, std::string_view start) {
  return text.substr(0, start.size()) == start;
}

// Without carriage returns, and as long as lines are told.
std::string as_told(std::string_view line) {
  std::string text(line);
  std::erase(text, '\r');
  return text.substr(0, LineWatch::kMaxLine);
}

}  // namespace

Result<ExpectedLog> ExpectedLog::parse(std::string_view text, std::string path) {
  ExpectedLog log(std::move(path));
  for (size_t number = 1; !text.empty(); ++number) {
    const size_t end = std::min(text.find('\n'), text.size());
    if (auto added = log.add(text.substr(0, end), number); !added) return added.error();
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return log;
}

Result<void> ExpectedLog::add(std::string_view line, size_t number) {
  const std::string told = as_told(line);
  Entry entry{Entry::Kind::kText, number, told, {}};
  if (told == kSkip) {
    entry.kind = Entry::Kind::kSkip;
  } else if (starts_with(told, kText)) {
    entry.text = told.substr(kText.size());
  } else if (starts_with(told, kRegex)) {
    entry.kind = Entry::Kind::kRegex;
    try {
      entry.regex = std::regex(told.substr(kRegex.size()));
    } catch (const std::regex_error&) {
      return Error{fmt::format("-serial-expect: {}:{}: no regular expression: {}", path_, number,
                               told.substr(kRegex.size()))};
    }
  } else if (starts_with(told, kDirective)) {
    return Error{fmt::format(
        "-serial-expect: {}:{}: no such directive: {}; there are %%re REGEX, %%skip and %%is TEXT",
        path_, number, told)};
  }
  entries_.push_back(std::move(entry));
  return {};
}

bool ExpectedLog::matches(const Entry& entry, std::string_view line) {
  if (entry.kind == Entry::Kind::kText) return entry.text == line;
  try {
    return std::regex_match(line.begin(), line.end(), entry.regex);
  } catch (const std::regex_error&) {
    return false;  // too much for the expression: no match
  }
}

bool ExpectedLog::skipping() const {
  return next_ < entries_.size() && entries_[next_].kind == Entry::Kind::kSkip;
}

size_t ExpectedLog::first_after_skips() const {
  size_t at = next_;
  while (at < entries_.size() && entries_[at].kind == Entry::Kind::kSkip) ++at;
  return at;
}

bool ExpectedLog::take(std::string_view line) {
  const size_t at = first_after_skips();
  const bool matched = at < entries_.size() && matches(entries_[at], line);
  if (!matched && !skipping()) return false;
  if (matched) next_ = at + 1;
  if (printed_.size() == kContext) printed_.erase(printed_.begin());
  printed_.emplace_back(line);
  return true;
}

bool ExpectedLog::complete() const { return first_after_skips() == entries_.size(); }

std::string ExpectedLog::difference(const std::optional<std::string>& printed) const {
  const size_t at = first_after_skips();
  std::string text;
  if (at == entries_.size()) {
    text = fmt::format("{}: the guest printed more than is expected\n", path_);
  } else {
    text = fmt::format("{}:{}: the guest {}\n", path_, entries_[at].number,
                       printed ? "printed something else" : "ended before this line");
  }
  for (const std::string& line : printed_) text += fmt::format("    {}\n", line);
  if (at < entries_.size()) text += fmt::format("  - {}\n", entries_[at].text);
  if (printed) text += fmt::format("  + {}\n", *printed);
  for (size_t i = at + 1; i < std::min(at + 1 + kContext, entries_.size()); ++i) {
    text += fmt::format("    {}\n", entries_[i].text);
  }
  return text;
}

}  // namespace vireo
