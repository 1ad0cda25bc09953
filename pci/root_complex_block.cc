#include "pci/root_complex_block.h"

#include <cassert>

#include "machine/base/register_map.h"

namespace vireo {

namespace {

// D31IR to D25IR in the order of their offsets (ICH9 10.1.26 on), then GCS.
enum class Reg : uint8_t { kD31, kD29, kD28, kD27, kD26, kD25, kGcs };

constexpr RegisterMap<Reg, 7> kMap{{{{Reg::kD31, 0x3140, 2},
                                     {Reg::kD29, 0x3144, 2},
                                     {Reg::kD28, 0x3146, 2},
                                     {Reg::kD27, 0x3148, 2},
                                     {Reg::kD26, 0x314c, 2},
                                     {Reg::kD25, 0x3150, 2},
                                     {Reg::kGcs, 0x3410, 4}}}};
static_assert(kMap.valid());

constexpr uint16_t kRouteReset = 0x3210;  // INTA# to PIRQA and so on
constexpr uint16_t kRouteBits = 0x7777;
// NO_REBOOT, held by its strap: this machine has no TCO watchdog, and drivers
// take this bit, which they cannot clear, to mean that.
constexpr uint32_t kGcsNoReboot = 1u << 5;

constexpr unsigned route_index(unsigned device) { return device == 31 ? 0 : 30 - device; }

}  // namespace

unsigned RootComplexBlock::pirq(unsigned device, unsigned pin) const {
  assert(device >= 25 && device != 30 && device < 32 && pin < 4);
  return routes_[route_index(device)] >> (4 * pin) & 7;
}

void RootComplexBlock::reset() { routes_.fill(kRouteReset); }

uint64_t RootComplexBlock::read(uint64_t offset, unsigned size) {
  return kMap.read(offset, size, [this](Reg reg) -> uint64_t {
    return reg == Reg::kGcs ? kGcsNoReboot : routes_[static_cast<unsigned>(reg)];
  });
}

void RootComplexBlock::write(uint64_t offset, unsigned size, uint64_t value) {
  const auto old = routes_;
  kMap.write(
      offset, size, value,
      [this](Reg reg) -> uint64_t {
        return reg == Reg::kGcs ? kGcsNoReboot : routes_[static_cast<unsigned>(reg)];
      },
      [this](Reg reg, uint64_t route) {
        if (reg == Reg::kGcs) return;
        routes_[static_cast<unsigned>(reg)] = static_cast<uint16_t>(route & kRouteBits);
      });
  if (routes_ != old) routes_changed_();
}

}  // namespace vireo
