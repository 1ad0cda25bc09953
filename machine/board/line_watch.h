// Cuts what a guest prints into lines.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

namespace vireo {

// Tells each line, without its end, as soon as that is printed. Lines longer than a bound are
// cut there, as the guest chooses their length.
class LineWatch {
 public:
  static constexpr size_t kMaxLine = 512;

  void set_listener(std::function<void(std::string_view)> listener) {
    listener_ = std::move(listener);
  }

  void see(uint8_t byte) {
    if (listener_ == nullptr || byte == '\r') return;
    if (byte == '\n') {
      listener_(std::exchange(line_, {}));
    } else if (line_.size() < kMaxLine) {
      line_.push_back(static_cast<char>(byte));
    }
  }

 private:
  std::function<void(std::string_view)> listener_;
  std::string line_;
};

}  // namespace vireo
