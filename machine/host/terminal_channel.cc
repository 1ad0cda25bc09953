#include "machine/host/terminal_channel.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <string_view>

namespace vireo {
namespace {

// What a person may type or paste ahead of the guest.
constexpr size_t kMaxTyped = 4096;

}  // namespace

TerminalChannel::TerminalChannel(SourceSet& set, int in_fd, int out_fd, bool signals, bool mux)
    : HostChannel(set),
      in_fd_(in_fd),
      out_fd_(out_fd),
      raw_(RawTerminal::enter(in_fd, signals)),
      input_(in_fd),
      output_(out_fd),
      mux_(mux) {}

TerminalChannel::~TerminalChannel() {
  constexpr uint8_t kLineEnd[] = {'\r', '\n'};
  if (!output_.at_line_start() && ::isatty(out_fd_) != 0) output_.put(kLineEnd);
}

std::optional<uint8_t> TerminalChannel::read() {
  if (typed_.empty()) pump();
  news_ = false;
  if (typed_.empty()) return std::nullopt;
  const uint8_t key = typed_.front();
  typed_.pop_front();
  return key;
}

int TerminalChannel::wait_fd() const {
  return !input_.ended() && terminal_is_ours(in_fd_) ? in_fd_ : -1;
}

std::optional<TerminalSize> TerminalChannel::terminal_size() const {
  winsize size{};
  if (::ioctl(in_fd_, TIOCGWINSZ, &size) != 0) return std::nullopt;
  return TerminalSize{size.ws_col, size.ws_row};
}

// A terminal that belongs to another job now must not be read: the kernel
// would stop us.
void TerminalChannel::pump() {
  output_.flush();
  if (wait_fd() < 0) return;
  while (const auto key = input_.take()) take_key(*key);
}

void TerminalChannel::type(uint8_t key) {
  if (typed_.size() < kMaxTyped) typed_.push_back(key);
  news_ = true;
}

void TerminalChannel::take_key(uint8_t key) {
  switch (escapes_.feed(key)) {
    case EscapeKeys::Action::kPass:
      if (mux_ && key == EscapeKeys::kCtrlA) type(key);  // as an escape of itself
      type(key);
      break;
    case EscapeKeys::Action::kSwitch:
      if (!mux_) break;
      type(EscapeKeys::kCtrlA);
      type(key);
      break;
    case EscapeKeys::Action::kQuit:
      wants_quit_ = true;
      break;
    case EscapeKeys::Action::kHelp: {
      const std::string_view help = EscapeKeys::help();
      output_.put({reinterpret_cast<const uint8_t*>(help.data()), help.size()});
      break;
    }
    case EscapeKeys::Action::kSwallow:
      break;
  }
}

}  // namespace vireo
