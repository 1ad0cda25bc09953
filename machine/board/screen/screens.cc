#include "machine/board/screen/screens.h"

#include <utility>

namespace vireo {

Screen* Screens::shown() {
  Screen* first = nullptr;
  Screen* used = nullptr;
  devices_.for_each([&](VirtioUnit& unit) {
    auto* screen = dynamic_cast<Screen*>(&unit.function->device());
    if (screen == nullptr) return;
    if (first == nullptr) first = screen;
    if (used == nullptr && screen->in_use()) used = screen;
  });
  if (used != nullptr) return used;
  return vga_ != nullptr ? vga_ : first;
}

Picture Screens::picture() {
  Screen* screen = shown();
  return screen == nullptr ? Picture(640, 480) : screen->picture();
}

// Another card is another picture.
bool Screens::changed() {
  Screen* screen = shown();
  const bool other = std::exchange(looked_at_, screen) != screen;
  return (screen != nullptr && screen->changed()) || other;
}

std::optional<std::string> Screens::text() {
  Screen* screen = shown();
  return screen == nullptr ? std::nullopt : screen->text();
}

bool Screens::in_use() {
  Screen* screen = shown();
  return screen != nullptr && screen->in_use();
}

void Screens::offer_size(PictureSize size) {
  devices_.for_each([&](VirtioUnit& unit) {
    auto* screen = dynamic_cast<Screen*>(&unit.function->device());
    if (screen != nullptr) screen->offer_size(size);
  });
}

}  // namespace vireo
