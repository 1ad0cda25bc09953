// A picture in memory, as a screen shows it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "machine/base/edid.h"

namespace vireo {

// Rows from the top, pixels from the left, each 0x00RRGGBB.
struct Picture {
  PictureSize size;
  std::vector<uint32_t> pixels;

  Picture() = default;
  Picture(unsigned width, unsigned height)
      : size{width, height}, pixels(size_t{width} * height) {}
  uint32_t* row(unsigned y) { return pixels.data() + size_t{y} * size.width; }
  const uint32_t* row(unsigned y) const { return pixels.data() + size_t{y} * size.width; }
  bool operator==(const Picture&) const = default;
};

// Something that a user may look at: a graphics card.
class Screen {
 public:
  virtual ~Screen() = default;
  virtual Picture picture() = 0;
  // Whether picture() may differ from what it was at the last call of this.
  virtual bool changed() = 0;
  // The letters on it, a line for each row; nothing when it shows dots.
  virtual std::optional<std::string> text() { return std::nullopt; }
  // Whether anybody has set it up; one that nobody has may give way to another.
  virtual bool in_use() { return true; }
  // A user would like to see pictures of this size. A screen that can tells its driver.
  virtual void offer_size(PictureSize /*size*/) {}
};

// As a file: PNG (ISO/IEC 15948) with 8 bits a colour, and PPM (Netpbm's P6).
std::vector<std::byte> as_png(const Picture& picture);
std::vector<std::byte> as_ppm(const Picture& picture);

}  // namespace vireo
