#include "machine/control/monitor/line_editor.h"

#include <utility>

namespace vireo {
namespace {

constexpr size_t kMaxLine = 1024;
constexpr size_t kMaxFormer = 100;
constexpr uint8_t kCtrlC = 0x03, kBackspace = 0x08, kCtrlU = 0x15, kEscape = 0x1b, kDelete = 0x7f;
constexpr const char* kRubOut = "\b \b";

std::string rub_out(size_t count) {
  std::string text;
  for (size_t i = 0; i < count; ++i) text += kRubOut;
  return text;
}

}  // namespace

LineEditor::Step LineEditor::feed(uint8_t key) {
  const bool after_return = std::exchange(after_return_, key == '\r');
  if (escape_ != 0) return escape(key);
  switch (key) {
    case '\n':
      return after_return ? Step{} : enter();  // the second half of CR LF
    case '\r':
      return enter();
    case kEscape:
      escape_ = 1;
      return {};
    case kBackspace:
    case kDelete:
      if (line_.empty()) return {};
      line_.pop_back();
      return {kRubOut, std::nullopt};
    case kCtrlU:
      return {replace({}), std::nullopt};
    case kCtrlC:
      line_.clear();
      return {"\n", std::string()};
    default:
      break;
  }
  if (key < 0x20 || line_.size() == kMaxLine) return {};
  line_ += static_cast<char>(key);
  return {std::string(1, static_cast<char>(key)), std::nullopt};
}

LineEditor::Step LineEditor::enter() {
  std::string line = std::exchange(line_, {});
  if (!line.empty() && (former_.empty() || former_.back() != line)) {
    if (former_.size() == kMaxFormer) former_.erase(former_.begin());
    former_.push_back(line);
  }
  at_ = former_.size();
  return {"\n", std::move(line)};
}

// ESC [ A is the arrow up, ESC [ B down; other sequences of three are dropped.
LineEditor::Step LineEditor::escape(uint8_t key) {
  if (escape_ == 1) {
    escape_ = key == '[' ? 2 : 0;
    return {};
  }
  escape_ = 0;
  if (key == 'A' && at_ > 0) return {replace(former_[--at_]), std::nullopt};
  if (key != 'B' || at_ == former_.size()) return {};
  ++at_;
  return {replace(at_ == former_.size() ? std::string() : former_[at_]), std::nullopt};
}

std::string LineEditor::replace(std::string line) {
  std::string echo = rub_out(line_.size()) + line;
  line_ = std::move(line);
  return echo;
}

}  // namespace vireo
