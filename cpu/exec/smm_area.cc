#include "cpu/exec/smm_area.h"

#include <span>

namespace vireo {
namespace {

GuestAddr area_address(const Cpu& cpu) {
  return cpu.bus_address(uint64_t{cpu.smbase} + smm_area::kFirst);
}

}  // namespace

void SmmArea::load(Cpu& cpu) {
  if (!cpu.memory().read_as_cpu(area_address(cpu), std::as_writable_bytes(std::span(bytes_)))) {
    bytes_.fill(0xff);
  }
}

void SmmArea::store(Cpu& cpu) const {
  cpu.memory().write_as_cpu(area_address(cpu), std::as_bytes(std::span(bytes_)));
}

}  // namespace vireo
