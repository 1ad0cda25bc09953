// The window by SDL2 (wiki.libsdl.org): everything of SDL's happens on one thread.
#include <SDL2/SDL.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <future>
#include <mutex>
#include <optional>
#include <string_view>
#include <thread>
#include <utility>

#include "machine/host/frame_pace.h"
#include "machine/host/window.h"

namespace vireo {
namespace {

constexpr int kFirstWidth = 720, kFirstHeight = 400;

int16_t number(int value) { return static_cast<int16_t>(std::clamp(value, -32768, 32767)); }

struct Destroy {
  void operator()(SDL_Window* window) const { SDL_DestroyWindow(window); }
  void operator()(SDL_Renderer* renderer) const { SDL_DestroyRenderer(renderer); }
  void operator()(SDL_Texture* texture) const { SDL_DestroyTexture(texture); }
};

// What the machine's thread leaves for the window's.
struct Letterbox {
  std::mutex mutex;
  std::optional<Picture> picture;
  std::optional<std::string> title;
  std::optional<bool> tablet;
  CpuTime drawing{0};  // what the window's thread took for the last picture
};

bool is_set(const char* variable) {
  const char* value = SDL_getenv(variable);
  return value != nullptr && *value != '\0';
}

// Drivers whose windows nobody sees are SDL's last resort, and none of a user's. That of Wayland
// complains on stderr where nothing can be there.
bool shows_windows(std::string_view driver) {
  if (driver == "wayland") return is_set("XDG_RUNTIME_DIR");
  return driver != "offscreen" && driver != "dummy" && driver != "evdev";
}

// By the driver that the user names, or the first one that has a display. Otherwise why not.
std::optional<std::string> start_video() {
  const bool named = is_set("SDL_VIDEODRIVER");
  for (int i = 0; !named && i < SDL_GetNumVideoDrivers(); ++i) {
    const char* driver = SDL_GetVideoDriver(i);
    if (!shows_windows(driver)) continue;
    SDL_SetHintWithPriority(SDL_HINT_VIDEODRIVER, driver, SDL_HINT_OVERRIDE);
    if (SDL_Init(SDL_INIT_VIDEO) == 0) return std::nullopt;
  }
  if (!named) return "there is no display (DISPLAY, WAYLAND_DISPLAY)";
  if (SDL_Init(SDL_INIT_VIDEO) == 0) return std::nullopt;
  return SDL_GetError();
}

// Lives on the window's thread.
class Desk {
 public:
  Desk(Letterbox& letters, const Window::Heard& heard) : letters_(letters), heard_(heard) {}
  ~Desk() {
    texture_.reset();
    renderer_.reset();
    window_.reset();
    if (begun_) SDL_Quit();
  }

  // Nothing, or why there is no window.
  std::optional<std::string> open() {
    SDL_SetMainReady();
    SDL_SetHint(SDL_HINT_NO_SIGNAL_HANDLERS, "1");
    SDL_SetHint(SDL_HINT_VIDEO_ALLOW_SCREENSAVER, "1");
    begun_ = true;
    if (auto error = start_video()) return error;
    window_.reset(SDL_CreateWindow("vireo", SDL_WINDOWPOS_CENTERED, SDL_WINDOWPOS_CENTERED,
                                   kFirstWidth, kFirstHeight, SDL_WINDOW_RESIZABLE));
    if (window_ == nullptr) return SDL_GetError();
    renderer_.reset(SDL_CreateRenderer(window_.get(), -1, 0));
    if (renderer_ == nullptr) return SDL_GetError();
    draw();
    return std::nullopt;
  }

  // Until somebody pushes SDL_USEREVENT with code 1.
  void work() {
    SDL_Event event;
    while (SDL_WaitEvent(&event) != 0) {
      if (event.type == SDL_USEREVENT) {
        if (event.user.code == 1) return;
        take_letters();
      } else {
        handle(event);
      }
    }
  }

 private:
  void take_letters() {
    std::unique_lock lock(letters_.mutex);
    const auto picture = std::exchange(letters_.picture, std::nullopt);
    const auto title = std::exchange(letters_.title, std::nullopt);
    tablet_ = std::exchange(letters_.tablet, std::nullopt).value_or(tablet_);
    lock.unlock();
    if (title) title_ = *title;
    if (title) update_title();
    if (!picture) return;
    const CpuTime begun = thread_cpu_time();
    paint(*picture);
    lock.lock();
    letters_.drawing = thread_cpu_time() - begun;
  }

  void update_title() {
    const std::string hint = grabbed_ ? " - Ctrl+Alt+G releases the mouse" : "";
    SDL_SetWindowTitle(window_.get(), (title_ + hint).c_str());
  }

  void paint(const Picture& picture) {
    if (texture_ == nullptr || picture.size != size_) fit(picture.size);
    if (texture_ == nullptr) return;
    SDL_UpdateTexture(texture_.get(), nullptr, picture.pixels.data(),
                      static_cast<int>(picture.size.width * sizeof(uint32_t)));
    draw();
  }

  // Another mode: the window takes its size unless the user has chosen one.
  void fit(PictureSize size) {
    const int width = static_cast<int>(size.width), height = static_cast<int>(size.height);
    size_ = size;
    texture_.reset(SDL_CreateTexture(renderer_.get(), SDL_PIXELFORMAT_RGB888,
                                     SDL_TEXTUREACCESS_STREAMING, width, height));
    if (!full_screen_ && !resized_) SDL_SetWindowSize(window_.get(), width, height);
    SDL_RenderSetLogicalSize(renderer_.get(), width, height);
  }

  void draw() {
    SDL_RenderClear(renderer_.get());
    if (texture_ != nullptr) {
      SDL_RenderCopy(renderer_.get(), texture_.get(), nullptr, nullptr);
    }
    SDL_RenderPresent(renderer_.get());
  }

  void handle(const SDL_Event& event) {
    switch (event.type) {
      case SDL_QUIT:
        return heard_({WindowInput::kClose});
      case SDL_WINDOWEVENT:
        return handle(event.window);
      case SDL_KEYDOWN:
      case SDL_KEYUP:
        return handle(event.key);
      case SDL_MOUSEMOTION:
        return move(event.motion);
      case SDL_MOUSEBUTTONDOWN:
      case SDL_MOUSEBUTTONUP:
        return press(event.button);
      case SDL_MOUSEWHEEL:
        if (grabbed_ || tablet_) heard_({WindowInput::kWheel, number(event.wheel.y)});
        return;
      default:
        return;
    }
  }

  void handle(const SDL_WindowEvent& event) {
    if (event.event == SDL_WINDOWEVENT_FOCUS_LOST) {
      grab(false);
      release_keys();
    }
    const bool own = event.data1 == static_cast<int>(size_.width) &&
                     event.data2 == static_cast<int>(size_.height);
    if (event.event == SDL_WINDOWEVENT_RESIZED && !own) {
      resized_ = true;
      heard_({WindowInput::kSize, number(event.data1), number(event.data2)});
    }
    if (event.event == SDL_WINDOWEVENT_EXPOSED || event.event == SDL_WINDOWEVENT_SIZE_CHANGED) {
      draw();
    }
  }

  // Ctrl+Alt+G and Ctrl+Alt+F are the window's own, as in QEMU.
  void handle(const SDL_KeyboardEvent& event) {
    const bool down = event.type == SDL_KEYDOWN;
    const auto held = event.keysym.mod;
    const bool own = (held & KMOD_CTRL) != 0 && (held & KMOD_ALT) != 0 && event.repeat == 0;
    const auto code = event.keysym.scancode;
    if (down && own && (code == SDL_SCANCODE_G || code == SDL_SCANCODE_F)) {
      if (code == SDL_SCANCODE_G) grab(!grabbed_);
      else switch_full_screen();
      return;
    }
    turn(code, down);
  }

  // SDL's numbers for places on the keyboard are the usages of USB.
  void turn(unsigned usage, bool down) {
    if (usage >= pressed_.size() || (!down && !pressed_[usage])) return;
    pressed_[usage] = down;
    heard_({WindowInput::kKey, number(static_cast<int>(usage)), down ? int16_t{1} : int16_t{0}});
  }

  // The guest would never hear of it otherwise.
  void release_keys() {
    for (unsigned usage = 0; usage < pressed_.size(); ++usage) turn(usage, false);
  }

  // SDL gives places in points of the picture, also where that is scaled.
  void move(const SDL_MouseMotionEvent& event) {
    if (grabbed_) return heard_({WindowInput::kMove, number(event.xrel), number(event.yrel)});
    if (!tablet_) return;
    const auto place = [](int at, unsigned points) {
      const int last = std::max(static_cast<int>(points) - 1, 1);
      return number(std::clamp(at, 0, last) * 0x7fff / last);
    };
    heard_({WindowInput::kPoint, place(event.x, size_.width), place(event.y, size_.height)});
  }

  void press(const SDL_MouseButtonEvent& event) {
    if (!grabbed_ && !tablet_) {
      if (event.type == SDL_MOUSEBUTTONDOWN) grab(true);
      return;
    }
    const unsigned bit = event.button == SDL_BUTTON_LEFT    ? 1
                         : event.button == SDL_BUTTON_RIGHT ? 2
                         : event.button == SDL_BUTTON_MIDDLE ? 4
                                                             : 0;
    buttons_ = event.type == SDL_MOUSEBUTTONDOWN ? buttons_ | bit : buttons_ & ~bit;
    heard_({WindowInput::kButtons, number(static_cast<int>(buttons_))});
  }

  void grab(bool on) {
    if (grabbed_ == on) return;
    grabbed_ = on;
    SDL_SetRelativeMouseMode(on ? SDL_TRUE : SDL_FALSE);
    SDL_SetWindowKeyboardGrab(window_.get(), on ? SDL_TRUE : SDL_FALSE);
    update_title();
  }

  void switch_full_screen() {
    full_screen_ = !full_screen_;
    SDL_SetWindowFullscreen(window_.get(), full_screen_ ? SDL_WINDOW_FULLSCREEN_DESKTOP : 0);
  }

  Letterbox& letters_;
  const Window::Heard& heard_;
  bool begun_ = false;
  std::unique_ptr<SDL_Window, Destroy> window_;
  std::unique_ptr<SDL_Renderer, Destroy> renderer_;
  std::unique_ptr<SDL_Texture, Destroy> texture_;
  PictureSize size_;
  std::string title_ = "vireo";
  std::array<bool, 256> pressed_{};
  unsigned buttons_ = 0;
  bool grabbed_ = false;
  bool full_screen_ = false;
  bool resized_ = false;
  bool tablet_ = false;
};

class SdlWindow final : public Window {
 public:
  explicit SdlWindow(Heard heard) : heard_(std::move(heard)) {}
  ~SdlWindow() override {
    if (!thread_.joinable()) return;
    if (open_) wake(1);
    thread_.join();
  }

  Result<void> open() {
    std::promise<std::optional<std::string>> opened;
    auto answer = opened.get_future();
    thread_ = std::thread([this, &opened] { live(opened); });
    if (auto error = answer.get()) return Error{"no window: " + *error};
    open_ = true;
    return {};
  }

  // A machine that asks and finds nothing new has looked through the whole screen all the same.
  bool wants_picture() override {
    const auto now = std::chrono::steady_clock::now();
    refused_ = now - asked_at_ < pause_ || holds_picture();
    if (refused_) return false;
    pause_ = pause_after_picture(cost_ / 4);
    asked_at_ = now;
    asked_ = thread_cpu_time();
    return true;
  }

  uint64_t asks_again_ns() override {
    constexpr std::chrono::nanoseconds kLeast = std::chrono::milliseconds(1);
    if (!refused_) return UINT64_MAX;
    const std::chrono::nanoseconds left = asked_at_ + pause_ - std::chrono::steady_clock::now();
    return static_cast<uint64_t>(std::max(left, kLeast).count());
  }

  void show(Picture picture) override {
    const std::lock_guard lock(letters_.mutex);
    cost_ = thread_cpu_time() - asked_ + letters_.drawing;
    pause_ = pause_after_picture(cost_);
    letters_.picture = std::move(picture);
    wake(0);
  }

  void set_title(std::string title) override {
    const std::lock_guard lock(letters_.mutex);
    letters_.title = std::move(title);
    wake(0);
  }

  void set_tablet(bool on) override {
    const std::lock_guard lock(letters_.mutex);
    letters_.tablet = on;
    wake(0);
  }

 private:
  void live(std::promise<std::optional<std::string>>& opened) {
    Desk desk(letters_, heard_);
    auto error = desk.open();
    const bool good = !error;
    opened.set_value(std::move(error));
    if (good) desk.work();
  }

  // One that is not drawn yet.
  bool holds_picture() {
    const std::lock_guard lock(letters_.mutex);
    return letters_.picture.has_value();
  }

  static void wake(int code) {
    SDL_Event event{};
    event.type = SDL_USEREVENT;
    event.user.code = code;
    SDL_PushEvent(&event);
  }

  Heard heard_;
  Letterbox letters_;
  bool open_ = false;
  bool refused_ = false;  // the last time that the machine asked
  std::chrono::steady_clock::time_point asked_at_;
  CpuTime asked_{0};  // the machine's thread then
  CpuTime cost_{0};    // of the last picture
  CpuTime pause_{0};
  std::thread thread_;
};

}  // namespace

Result<std::unique_ptr<Window>> open_sdl_window(Window::Heard heard) {
  auto window = std::make_unique<SdlWindow>(std::move(heard));
  if (auto opened = window->open(); !opened) return opened.error();
  return std::unique_ptr<Window>(std::move(window));
}

}  // namespace vireo
