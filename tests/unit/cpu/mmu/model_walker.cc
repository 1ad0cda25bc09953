#include "tests/unit/cpu/mmu/model_walker.h"

namespace vireo {
namespace {

bool bit(uint64_t value, unsigned n) { return value >> n & 1; }

// What a paging mode looks like, from the root down.
struct ModelLevel {
  unsigned low, high;  // bits of the linear address which choose the entry
  bool may_map;        // a large page may be mapped here (bit 7)
};
struct ModelMode {
  std::vector<ModelLevel> levels;
  unsigned entry_bytes = 8;
  uint64_t root = 0;
  bool root_present = true;
  bool pae = false, pse = false;
};

ModelMode mode_of(const ModelRegisters& r, uint64_t va) {
  ModelMode mode;
  if (r.long_mode) {
    if (bit(r.cr4, 12)) mode.levels.push_back({48, 56, false});
    mode.levels.push_back({39, 47, false});
    mode.levels.push_back({30, 38, true});
    mode.levels.push_back({21, 29, true});
    mode.levels.push_back({12, 20, false});
    mode.root = r.cr3 & 0xff'fffff000;
  } else if (bit(r.cr4, 5)) {
    const uint64_t pointer = r.pdptes[va >> 30 & 3];
    mode.levels = {{21, 29, true}, {12, 20, false}};
    mode.root = pointer & 0xff'fffff000;
    mode.root_present = bit(pointer, 0);
    mode.pae = true;
  } else {
    mode.levels = {{22, 31, bit(r.cr4, 4)}, {12, 21, false}};
    mode.entry_bytes = 4;
    mode.root = r.cr3 & 0xfffff000;
    mode.pse = true;
  }
  return mode;
}

// Whether bit `n` of an entry must be 0.
bool reserved(const ModelRegisters& r, const ModelMode& mode, const ModelLevel& level, bool maps,
              unsigned n) {
  const bool last = level.low == 12;
  if (mode.entry_bytes == 4) return maps && !last && n == 21;
  if (n == 63) return !bit(r.efer, 11);
  if (n >= 52) return mode.pae;
  if (n >= 40) return true;
  if (n == 7 && !last) return !level.may_map;
  return maps && !last && n >= 13 && n < level.low;
}

struct Rights {
  bool writable = true, user = true, no_execute = false;
  unsigned key = 0;
};

bool key_denies(const ModelRegisters& r, const ModelAccess& a, const Rights& rights) {
  if (!r.long_mode || !bit(r.cr4, 22) || !rights.user || a.fetch) return false;
  const bool access_disabled = bit(r.pkru, 2 * rights.key);
  const bool write_disabled = bit(r.pkru, 2 * rights.key + 1);
  if (access_disabled) return true;
  return write_disabled && a.write && (a.user || bit(r.cr0, 16));
}

bool rights_deny(const ModelRegisters& r, const ModelAccess& a, const Rights& rights) {
  if (a.user && !rights.user) return true;
  if (a.fetch) {
    const bool smep = bit(r.cr4, 20) && !a.user && rights.user;
    return rights.no_execute || smep;
  }
  const bool smap = bit(r.cr4, 21) && !a.user && rights.user && !a.smap_suspended;
  if (smap) return true;
  return a.write && !rights.writable && (a.user || bit(r.cr0, 16));
}

ModelOutcome fault(const ModelRegisters& r, const ModelAccess& a, bool present, bool reserved_bit,
                   bool key) {
  ModelOutcome out;
  out.kind = ModelOutcome::Kind::kPageFault;
  const bool tells_fetches = (bit(r.cr4, 5) && bit(r.efer, 11)) || bit(r.cr4, 20);
  out.error = uint32_t{present} | uint32_t{a.write} << 1 | uint32_t{a.user} << 2 |
              uint32_t{reserved_bit} << 3 | uint32_t{a.fetch && tells_fetches} << 4 |
              uint32_t{key} << 5;
  return out;
}

uint64_t read_entry(const GuestMemory& memory, uint64_t at, unsigned size) {
  uint64_t value = 0;
  for (unsigned i = 0; i < size; ++i) {
    value |= uint64_t{memory.read<uint8_t>(GuestAddr{at + i}).value_or(0)} << 8 * i;
  }
  return value;
}

uint64_t mapped_address(const ModelMode& mode, const ModelLevel& level, uint64_t entry,
                        uint64_t va) {
  uint64_t physical = va & ((uint64_t{1} << level.low) - 1);
  for (unsigned n = level.low; n < (mode.entry_bytes == 4 ? 32 : 40); ++n) {
    physical |= uint64_t{bit(entry, n)} << n;
  }
  if (mode.pse && level.low == 22) {
    for (unsigned n = 13; n <= 20; ++n) physical |= uint64_t{bit(entry, n)} << (n + 19);
  }
  return physical;
}

}  // namespace

ModelOutcome model_translate(const ModelRegisters& r, const GuestMemory& memory,
                             const ModelAccess& a) {
  ModelOutcome out;
  if (!bit(r.cr0, 31)) {
    out.physical = a.va;
    return out;
  }
  if (r.long_mode) {
    const unsigned top = bit(r.cr4, 12) ? 56 : 47;
    for (unsigned n = top; n < 64; ++n) {
      if (bit(a.va, n) != bit(a.va, top)) out.kind = ModelOutcome::Kind::kGeneralProtection;
    }
    if (out.kind != ModelOutcome::Kind::kDone) return out;
  }
  const ModelMode mode = mode_of(r, a.va);
  if (!mode.root_present) return fault(r, a, false, false, false);
  Rights rights;
  uint64_t table = mode.root;
  for (const ModelLevel& level : mode.levels) {
    const uint64_t index = a.va >> level.low & ((uint64_t{2} << (level.high - level.low)) - 1);
    const uint64_t at = table + index * mode.entry_bytes;
    const uint64_t entry = read_entry(memory, at, mode.entry_bytes);
    if (!bit(entry, 0)) return fault(r, a, false, false, false);
    const bool maps = level.low == 12 || (level.may_map && bit(entry, 7));
    for (unsigned n = 0; n < 8 * mode.entry_bytes; ++n) {
      if (bit(entry, n) && reserved(r, mode, level, maps, n)) return fault(r, a, true, true, false);
    }
    rights.writable &= bit(entry, 1);
    rights.user &= bit(entry, 2);
    if (mode.entry_bytes == 8) rights.no_execute |= bit(entry, 63);
    const uint64_t marked = entry | 0x20 | (maps && a.write ? 0x40 : 0);
    if (marked != entry) out.updates.push_back({at, marked, mode.entry_bytes});
    if (maps) {
      rights.key = static_cast<unsigned>(entry >> 59 & 15);
      out.physical = mapped_address(mode, level, entry, a.va);
      break;
    }
    table = entry & 0xff'fffff000;
  }
  const bool key = key_denies(r, a, rights);
  if (key || rights_deny(r, a, rights)) return fault(r, a, true, false, key);
  return out;
}

}  // namespace vireo
