// The memory-mapped chipset configuration registers of the ICH9, at RCBA
// (Intel ICH9 datasheet, chapter 10).
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <utility>

#include "machine/base/archive.h"
#include "machine/base/io_space.h"

namespace vireo {

inline constexpr uint64_t kRcbaSize = 0x4000;

// As far as this machine has them: the interrupt routes of devices 25 to 31 and
// GCS. All else reads 0. `routes_changed` is called after a write that altered a route.
class RootComplexBlock : public IoHandler {
 public:
  explicit RootComplexBlock(std::function<void()> routes_changed)
      : routes_changed_(std::move(routes_changed)) {}
  // The PIRQ (0 = A) of a pin (0 = INTA#) of devices 25-29 and 31.
  unsigned pirq(unsigned device, unsigned pin) const;
  void reset();
  void visit(Archive& archive) { archive.io(routes_); }
  uint64_t read(uint64_t offset, unsigned size) override;
  void write(uint64_t offset, unsigned size, uint64_t value) override;

 private:
  static constexpr unsigned kRoutes = 6;
  std::function<void()> routes_changed_;
  std::array<uint16_t, kRoutes> routes_{};
};

}  // namespace vireo
