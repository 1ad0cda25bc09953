#include "machine/host/system_host.h"

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <ctime>

#include "machine/host/fifo_channel.h"
#include "machine/host/file_entropy.h"
#include "machine/host/host_folder.h"
#include "machine/host/host_net.h"
#include "machine/host/image_file.h"
#include "machine/host/pty_channel.h"
#include "machine/host/socket_channel.h"
#include "machine/host/stream_channel.h"
#include "machine/host/terminal_channel.h"
#include "machine/host/unix_vsock.h"
#include "machine/host/whole_file.h"
#include "machine/host/window_channel.h"

namespace vireo {
namespace {

constexpr uint64_t kNsPerSecond = 1'000'000'000;
constexpr uint64_t kLongestWaitNs = 3600 * kNsPerSecond;

// Sleeps on the sources' descriptors with the stop signals let through only
// while asleep: one that came before is seen by the caller's own look.
void sleep_on(const SourceSet& set, uint64_t timeout_ns, const sigset_t& unblocked) {
  std::vector<pollfd> waits;
  for (const HostSource* source : set.sources()) {
    source->add_waits(waits);
    timeout_ns = std::min(timeout_ns, source->max_wait_ns());
  }
  const std::timespec timeout = {static_cast<time_t>(timeout_ns / kNsPerSecond),
                                 static_cast<long>(timeout_ns % kNsPerSecond)};
  (void)::ppoll(waits.data(), waits.size(), &timeout, &unblocked);
}

template <typename Channel>
Result<std::unique_ptr<ByteChannel>> as_channel(Result<std::unique_ptr<Channel>> opened) {
  if (!opened) return opened.error();
  return std::unique_ptr<ByteChannel>(std::move(*opened));
}

}  // namespace

Result<std::unique_ptr<ByteChannel>> SystemHost::open_channel(const ChannelSpec& spec,
                                                              const std::string& label) {
  switch (spec.kind) {
    case ChannelSpec::Kind::kStdio:
      return open_stdio(spec, label);
    case ChannelSpec::Kind::kFile:
      return FileChannel::open(sources_, spec.path, label, spec.append);
    case ChannelSpec::Kind::kPty:
      return open_pty(label);
    case ChannelSpec::Kind::kPipe:
      return as_channel(FifoChannel::open(sources_, spec.path, label));
    case ChannelSpec::Kind::kUnix:
    case ChannelSpec::Kind::kTcp:
      return as_channel(SocketChannel::open(sources_, spec, label));
    case ChannelSpec::Kind::kWindow:
      return open_window();
    case ChannelSpec::Kind::kNone:
    case ChannelSpec::Kind::kNull:
    case ChannelSpec::Kind::kRing:
    case ChannelSpec::Kind::kChardev:
      break;
  }
  return std::unique_ptr<ByteChannel>(std::make_unique<NullChannel>());
}

Result<std::unique_ptr<ByteChannel>> SystemHost::open_stdio(const ChannelSpec& spec,
                                                            const std::string& label) {
  if (!stdio_user_.empty()) {
    return Error{
        fmt::format("{}: {} already uses standard input and output; give file:PATH, pty "
                    "or null to one of them",
                    label, stdio_user_)};
  }
  stdio_user_ = label;
  if (::isatty(in_fd_) == 0) {
    return std::unique_ptr<ByteChannel>(std::make_unique<StreamChannel>(sources_, in_fd_, out_fd_));
  }
  return std::unique_ptr<ByteChannel>(std::make_unique<TerminalChannel>(
      sources_, in_fd_, out_fd_, spec.terminal_signals, spec.mux));
}

Result<std::unique_ptr<ByteChannel>> SystemHost::open_pty(const std::string& label) {
  auto pty = PtyChannel::open(sources_, label);
  if (!pty) return pty.error();
  fmt::print(stderr, "vireo: {} is on {}\n", label, (*pty)->path());
  return std::unique_ptr<ByteChannel>(std::move(*pty));
}

// A user at a machine without a display still has its other channels.
Result<std::unique_ptr<ByteChannel>> SystemHost::open_window() {
  auto opened = WindowChannel::open(sources_);
  if (!opened) {
    fmt::print(stderr, "vireo: -display sdl: {}; going on without a window\n",
               opened.error().message);
    return std::unique_ptr<ByteChannel>(std::make_unique<NullChannel>());
  }
  window_ = (*opened)->window();
  return std::unique_ptr<ByteChannel>(std::move(*opened));
}

Result<std::unique_ptr<NetBackend>> SystemHost::open_net(const NetdevSpec& spec,
                                                         const VirtualClock& clock) {
  return open_host_net(sources_, spec, clock);
}

Result<std::unique_ptr<DiskFile>> SystemHost::open_disk_file(const DiskFileSpec& spec) {
  return open_image_file(spec);
}

Result<std::unique_ptr<DiskFile>> SystemHost::create_scratch_file() {
  return vireo::create_scratch_file();
}

Result<std::unique_ptr<FileTree>> SystemHost::open_folder(const FolderSpec& spec) {
  return HostFolder::open(spec);
}

Result<std::vector<std::byte>> SystemHost::read_file(const std::string& path,
                                                     const std::string& what) {
  return read_whole_file(path, what);
}

Result<std::unique_ptr<EntropySource>> SystemHost::open_entropy(const std::string& path) {
  return open_file_entropy(path);
}

Result<std::unique_ptr<VsockHost>> SystemHost::open_vsock(const std::string& path) {
  auto opened = UnixVsock::open(sources_, path);
  if (!opened) return opened.error();
  return std::unique_ptr<VsockHost>(std::move(*opened));
}

bool SystemHost::has_live_input() const {
  const auto& all = sources_.sources();
  return std::any_of(all.begin(), all.end(), [](const HostSource* s) { return s->live(); });
}

StopRequest SystemHost::stop_request() {
  const int signal = SignalWatch::stop_signal();
  if (signal != 0) return {StopRequest::Kind::kSignal, signal};
  for (HostSource* source : sources_.sources()) {
    source->pump();
    if (source->wants_quit()) return {StopRequest::Kind::kUserQuit, 0};
  }
  return {};
}

bool SystemHost::take_news() {
  bool news = false;
  for (HostSource* source : sources_.sources()) news |= source->take_news();
  return news;
}

uint64_t SystemHost::wait_for_input(uint64_t timeout_ns) {
  const uint64_t begin = host_monotonic_ns();
  const sigset_t stops = SignalWatch::stop_set();
  sigset_t unblocked;
  ::pthread_sigmask(SIG_BLOCK, &stops, &unblocked);
  if (!stop_request() && !take_news())
    sleep_on(sources_, std::min(timeout_ns, kLongestWaitNs), unblocked);
  ::pthread_sigmask(SIG_SETMASK, &unblocked, nullptr);
  return std::min(host_monotonic_ns() - begin, timeout_ns);
}

}  // namespace vireo
