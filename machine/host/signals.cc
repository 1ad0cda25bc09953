#include "machine/host/signals.h"

#include <unistd.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "machine/host/file_mapping.h"
#include "machine/host/terminal.h"

namespace vireo {
namespace {

enum class Kind : uint8_t { kStop, kSuspend, kContinue, kFatal, kIgnore };

struct Watched {
  int signal;
  Kind kind;
};

constexpr Watched kWatched[] = {
    {SIGINT, Kind::kStop},     {SIGTERM, Kind::kStop},     {SIGHUP, Kind::kStop},
    {SIGTSTP, Kind::kSuspend}, {SIGCONT, Kind::kContinue}, {SIGSEGV, Kind::kFatal},
    {SIGBUS, Kind::kFatal},    {SIGILL, Kind::kFatal},     {SIGFPE, Kind::kFatal},
    {SIGABRT, Kind::kFatal},   {SIGQUIT, Kind::kFatal},    {SIGPIPE, Kind::kIgnore},
    {SIGXFSZ, Kind::kIgnore},
};

std::array<struct sigaction, std::size(kWatched)> g_former;
std::atomic<int> g_stop_signal{0};
static_assert(std::atomic<int>::is_always_lock_free);

void on_stop(int signal) {
  int none = 0;
  if (g_stop_signal.compare_exchange_strong(none, signal)) return;
  if (signal != SIGINT) return;
  // The user presses Ctrl-C again: something hangs. Go as if nobody caught it.
  RawTerminal::restore_now();
  ::signal(SIGINT, SIG_DFL);
  ::raise(SIGINT);
}

void on_suspend(int) {
  RawTerminal::restore_now();
  ::raise(SIGSTOP);
}

void on_continue(int) { RawTerminal::reapply_now(); }

const struct sigaction* former_action(int signal) {
  for (size_t i = 0; i < std::size(kWatched); ++i) {
    if (kWatched[i].signal == signal) return &g_former[i];
  }
  return nullptr;
}

// Hands a fatal signal on to whoever had it before us (a sanitizer, or nobody).
// A fault of the hardware comes again when the handler returns.
void on_fatal(int signal, siginfo_t* info, void*) {
  if (signal == SIGBUS && info->si_code == BUS_ADRERR) FileMapping::end_if_lost(info->si_addr);
  RawTerminal::restore_now();
  ::sigaction(signal, former_action(signal), nullptr);
  const bool comes_again = info->si_code > 0 && info->si_code != SI_KERNEL;
  if (!comes_again) ::raise(signal);
}

// Not SA_RESTART: a blocking write must end when the user wants out.
struct sigaction action_for(Kind kind) {
  struct sigaction action = {};
  sigemptyset(&action.sa_mask);
  switch (kind) {
    case Kind::kStop:
      action.sa_handler = &on_stop;
      break;
    case Kind::kSuspend:
      action.sa_handler = &on_suspend;
      break;
    case Kind::kContinue:
      action.sa_handler = &on_continue;
      break;
    case Kind::kFatal:
      action.sa_sigaction = &on_fatal;
      action.sa_flags = SA_SIGINFO | SA_ONSTACK;
      break;
    case Kind::kIgnore:
      action.sa_handler = SIG_IGN;
      break;
  }
  return action;
}

// nohup and background jobs of a script ask to be spared; keep to it.
bool was_ignored(const struct sigaction& former) { return former.sa_handler == SIG_IGN; }

// Fatal handlers get a stack of their own: the fault may be a full stack.
void give_signal_stack() {
  static std::array<std::byte, 64 * 1024> stack_bytes;
  stack_t former = {};
  if (::sigaltstack(nullptr, &former) == 0 && (former.ss_flags & SS_DISABLE) == 0) return;
  stack_t stack = {};
  stack.ss_sp = stack_bytes.data();
  stack.ss_size = stack_bytes.size();
  ::sigaltstack(&stack, nullptr);
}

}  // namespace

SignalWatch::SignalWatch() {
  g_stop_signal.store(0);
  give_signal_stack();
  for (size_t i = 0; i < std::size(kWatched); ++i) {
    const struct sigaction action = action_for(kWatched[i].kind);
    ::sigaction(kWatched[i].signal, nullptr, &g_former[i]);
    const bool spare = kWatched[i].kind != Kind::kFatal && was_ignored(g_former[i]);
    if (!spare) ::sigaction(kWatched[i].signal, &action, nullptr);
  }
}

SignalWatch::~SignalWatch() {
  for (size_t i = 0; i < std::size(kWatched); ++i) {
    ::sigaction(kWatched[i].signal, &g_former[i], nullptr);
  }
}

int SignalWatch::stop_signal() { return g_stop_signal.load(std::memory_order_relaxed); }

sigset_t SignalWatch::stop_set() {
  sigset_t set;
  sigemptyset(&set);
  for (const Watched& watched : kWatched) {
    if (watched.kind == Kind::kStop) sigaddset(&set, watched.signal);
  }
  return set;
}

void let_full_files_fail() { ::signal(SIGXFSZ, SIG_IGN); }

}  // namespace vireo
