#include "machine/control/window/window_source.h"

#include <fmt/format.h>

#include <utility>

#include "machine/board/press_keys.h"

namespace vireo {

WindowSource::WindowSource(ControlPanel panel, std::unique_ptr<ByteChannel> channel,
                           std::shared_ptr<Window> window)
    : panel_(std::move(panel)), channel_(std::move(channel)), window_(std::move(window)) {
  panel_.input.enter(*this);
}

WindowSource::~WindowSource() { panel_.input.leave(*this); }

bool WindowSource::poll_input() {
  bool came = false;
  while (const auto byte = channel_->read()) {
    bytes_[have_++] = *byte;
    if (have_ < bytes_.size()) continue;
    have_ = 0;
    came = true;
    obey(decode_window_event(bytes_));
  }
  show();
  return came;
}

// A keyboard that is off or full loses keys, as a real one does.
void WindowSource::obey(const WindowEvent& event) {
  const uint8_t buttons = mouse_buttons(panel_);
  switch (event.kind) {
    case WindowInput::kKey:
      (void)turn_key_at(panel_, static_cast<unsigned>(event.first), event.second != 0);
      return;
    case WindowInput::kMove:
      return move_mouse(panel_,
                        {.dx = event.first, .dy = -event.second, .buttons = buttons});
    case WindowInput::kButtons:
      return move_mouse(panel_, {.buttons = static_cast<uint8_t>(event.first & 7)});
    case WindowInput::kWheel:
      return move_mouse(panel_, {.wheel = -event.first, .buttons = buttons});
    case WindowInput::kPoint:
      return place_pointer(panel_, static_cast<uint16_t>(event.first),
                           static_cast<uint16_t>(event.second));
    case WindowInput::kSize:
      if (event.first > 0 && event.second > 0) {
        panel_.screens.offer_size({static_cast<unsigned>(event.first),
                                   static_cast<unsigned>(event.second)});
      }
      return;
    case WindowInput::kClose:
      return panel_.run.quit();
  }
}

// A machine that has done nothing since the last picture shows what it did.
void WindowSource::show() {
  if (window_ == nullptr || !panel_.screens.any() || !window_->wants_picture()) return;
  const std::string& name = panel_.config.name;
  std::string title = fmt::format("vireo{}{}{}", name.empty() ? "" : " ", name,
                                  panel_.run.stopped() ? " [stopped]" : "");
  if (title != title_) window_->set_title(title_ = std::move(title));
  const bool tablet = has_tablet(panel_);
  if (std::exchange(tablet_, tablet) != tablet) window_->set_tablet(tablet);
  const uint64_t now = panel_.core.clock.instructions() ^ panel_.core.clock.now_ns();
  if (std::exchange(shown_at_, now) == now || !panel_.screens.changed()) return;
  window_->show(panel_.screens.picture());
}

}  // namespace vireo
