#include "pci/decode_window.h"

#include <fmt/format.h>

namespace vireo {

bool DecodeWindow::stale() const {
  return wanted_size_ != mapped_size_ || (wanted_size_ != 0 && wanted_base_ != mapped_base_);
}

std::string DecodeWindow::describe() const {
  if (wanted_size_ == 0) return name_ + " off";
  const char* space = space_ == PciSpace::kIo ? "io" : "mem";
  return fmt::format("{} at {} {:#x}-{:#x}", name_, space, wanted_base_,
                     wanted_base_ + (wanted_size_ - 1));
}

void DecodeWindow::unmap() {
  mapping_.unmap();
  mapped_size_ = 0;
}

void DecodeWindow::map(IoSpace& memory, IoSpace& io) {
  unmap();
  if (wanted_size_ == 0) return;
  IoSpace& space = space_ == PciSpace::kIo ? io : memory;
  mapping_ = space.map(wanted_base_, wanted_size_, handler_, name_, priority_);
  mapped_base_ = wanted_base_;
  mapped_size_ = wanted_size_;
}

}  // namespace vireo
