// Reading and saving task state segments.
#include "cpu/exec/task_image.h"

#include <cstring>

#include "cpu/exec/system_access.h"

namespace vireo {
namespace {

// Offsets of the fields that both kinds have.
struct Layout {
  unsigned eip, eflags, registers, selectors, ldt;
  unsigned word;            // bytes of a register's slot
  unsigned selector_count;  // a 16-bit TSS has no FS and GS
};
constexpr Layout kWide{0x20, 0x24, 0x28, 0x48, 0x60, 4, 6};
constexpr Layout kNarrow{0x0e, 0x10, 0x12, 0x22, 0x2a, 2, 4};
constexpr unsigned kCr3 = 0x1c, kTrap = 0x64;
constexpr unsigned kMostBytes = 0x68;

constexpr const Layout& layout_of(bool wide) { return wide ? kWide : kNarrow; }

struct Fields {
  uint8_t bytes[kMostBytes] = {};

  uint32_t get(unsigned at, unsigned size) const {
    uint32_t value = 0;
    std::memcpy(&value, bytes + at, size);
    return value;
  }
  void put(unsigned at, uint32_t value, unsigned size) { std::memcpy(bytes + at, &value, size); }
};

}  // namespace

bool read_task_image(Cpu& cpu, uint64_t base, bool wide, TaskImage& out) {
  const Layout& at = layout_of(wide);
  Fields fields;
  if (!read_linear(cpu, Mmu::kSupervisor, base, fields.bytes, least_tss_limit(wide) + 1)) {
    return false;
  }
  out.eip = fields.get(at.eip, at.word);
  out.eflags = fields.get(at.eflags, at.word);
  // What a 16-bit TSS leaves open of a register reads as ones.
  const uint32_t upper = wide ? 0 : 0xffff0000;
  for (unsigned i = 0; i < 8; ++i) {
    out.registers[i] = fields.get(at.registers + i * at.word, at.word) | upper;
  }
  for (unsigned i = 0; i < at.selector_count; ++i) {
    out.selectors[i] = static_cast<uint16_t>(fields.get(at.selectors + i * at.word, 2));
  }
  out.ldt = static_cast<uint16_t>(fields.get(at.ldt, 2));
  if (!wide) return true;
  out.cr3 = fields.get(kCr3, 4);
  out.trap = fields.get(kTrap, 1) & 1;
  return true;
}

bool save_task_image(Cpu& cpu, uint64_t base, bool wide, const TaskImage& image) {
  const Layout& at = layout_of(wide);
  Fields fields;
  fields.put(at.eip, image.eip, at.word);
  fields.put(at.eflags, image.eflags, at.word);
  for (unsigned i = 0; i < 8; ++i) {
    fields.put(at.registers + i * at.word, image.registers[i], at.word);
  }
  for (unsigned i = 0; i < at.selector_count; ++i) {
    fields.put(at.selectors + i * at.word, image.selectors[i], at.word);
  }
  const unsigned end = at.selectors + at.selector_count * at.word;
  return write_linear(cpu, Mmu::kSupervisor, base + at.eip, fields.bytes + at.eip, end - at.eip);
}

}  // namespace vireo
