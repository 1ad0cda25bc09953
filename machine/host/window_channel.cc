#include "machine/host/window_channel.h"

#include <fcntl.h>
#include <unistd.h>

#include <utility>

#include "machine/host/fd_io.h"

namespace vireo {

WindowEventBytes encode(const WindowEvent& event) {
  const auto low = [](int16_t number) { return static_cast<uint8_t>(number); };
  const auto high = [](int16_t number) { return static_cast<uint8_t>(number >> 8); };
  return {static_cast<uint8_t>(event.kind), 0, low(event.first), high(event.first),
          low(event.second), high(event.second)};
}

WindowEvent decode_window_event(const WindowEventBytes& bytes) {
  const auto number = [&](size_t at) {
    return static_cast<int16_t>(bytes[at] | bytes[at + 1] << 8);
  };
  return {static_cast<WindowInput>(bytes[0]), number(2), number(4)};
}

Result<std::unique_ptr<WindowChannel>> WindowChannel::open(SourceSet& set) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) {
    return errno_error("make a pipe for", "the window", "are too many files open?");
  }
  std::unique_ptr<WindowChannel> channel(new WindowChannel(set, UniqueFd(ends[0])));
  // Eight bytes are written whole or not at all (POSIX, "write": at most PIPE_BUF).
  const auto far_end = std::make_shared<UniqueFd>(ends[1]);
  auto window = open_sdl_window([far_end](const WindowEvent& event) {
    const WindowEventBytes bytes = encode(event);
    [[maybe_unused]] const ssize_t put = ::write(far_end->get(), bytes.data(), bytes.size());
  });
  if (!window) return window.error();
  channel->window_ = std::move(*window);
  return channel;
}

}  // namespace vireo
