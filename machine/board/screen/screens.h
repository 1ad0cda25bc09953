// The one picture that a user sees of a machine with several graphics cards.
#pragma once

#include "machine/base/picture.h"
#include "machine/board/virtio/virtio_devices.h"

namespace vireo {

// The first virtio-gpu that a driver has set up; before, and after, the VGA; without one the
// first virtio-gpu, as it is.
class Screens final : public Screen {
 public:
  // `vga` may be null. All must outlive this.
  Screens(Screen* vga, VirtioDevices& devices) : vga_(vga), devices_(devices) {}
  // Whether there is any.
  bool any() { return shown() != nullptr; }

  // Screen; without any a small black one.
  Picture picture() override;
  bool changed() override;
  std::optional<std::string> text() override;
  bool in_use() override;
  // All cards are asked.
  void offer_size(PictureSize size) override;

 private:
  Screen* shown();

  Screen* vga_;
  VirtioDevices& devices_;
  const Screen* looked_at_ = nullptr;  // by the last changed()
};

}  // namespace vireo
