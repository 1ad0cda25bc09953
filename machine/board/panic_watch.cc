#include "machine/board/panic_watch.h"

#include <string_view>

namespace vireo {
namespace {

// Longer lines are cut: the guest chooses their length.
constexpr size_t kMaxLine = 512;
constexpr std::string_view kPanic = "Kernel panic - not syncing: ";
constexpr std::string_view kRestart = "reboot: Restarting system";

}  // namespace

void PanicWatch::see(uint8_t byte) {
  if (byte == '\n' || byte == '\r') return end_of_line();
  if (line_.size() < kMaxLine) line_.push_back(static_cast<char>(byte));
}

void PanicWatch::end_of_line() {
  const std::string_view line = line_;
  // The line which ends a panic's report repeats its words after "---[ end ".
  const size_t at = line.find(kPanic);
  if (at != std::string_view::npos && line.find("---[ end ") == std::string_view::npos) {
    const std::string reason(line.substr(at + kPanic.size()));
    if (listener_) listener_(reason);
    panic_ = reason;
  } else if (line.find(kRestart) != std::string_view::npos) {
    panic_.clear();
  }
  line_.clear();
}

void PanicWatch::clear() {
  line_.clear();
  panic_.clear();
}

void PanicWatch::visit(Archive& archive) {
  archive.io(line_, kMaxLine);
  archive.io(panic_, kMaxLine);
}

}  // namespace vireo
