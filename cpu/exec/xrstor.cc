// XRSTOR (SDM 1 13.8), XGETBV and XSETBV (SDM 2C).
#include <algorithm>

#include "cpu/exec/fxsave_image.h"
#include "cpu/exec/protection_keys.h"
#include "cpu/exec/sse_handler.h"
#include "cpu/exec/x87_environment.h"
#include "cpu/exec/xsave.h"
#include "cpu/xsave_layout.h"

namespace vireo {
namespace {

constexpr uint64_t kCompacted = uint64_t{1} << 63;

// What the instruction read; nothing of it is believed before all is there.
struct Area {
  uint64_t header[kXsaveHeaderBytes / 8] = {};
  FxsaveImage legacy;
  uint64_t high[16][2] = {};
  uint64_t pkru = 0;

  uint64_t xstate_bv() const { return header[0]; }
  uint64_t xcomp_bv() const { return header[1]; }
  bool compacted() const { return header[1] & kCompacted; }
};

bool all_zero(const uint64_t* from, const uint64_t* to) {
  return std::all_of(from, to, [](uint64_t word) { return word == 0; });
}

bool valid_header(const Cpu& cpu, const Area& area) {
  if (!area.compacted()) {
    return (area.xstate_bv() & ~cpu.xcr0) == 0 && all_zero(area.header + 1, area.header + 3);
  }
  const uint64_t format = area.xcomp_bv() & ~kCompacted;
  return cpu.has(kFeatXsavec) && (format & ~cpu.xcr0) == 0 && (area.xstate_bv() & ~format) == 0 &&
         all_zero(area.header + 2, std::end(area.header));
}

unsigned component_offset(const Cpu& cpu, const Area& area, unsigned number) {
  return area.compacted() ? xsave_compact_offset(cpu.model(), area.xcomp_bv(), number)
                          : xsave_component(cpu.model(), number).offset;
}

bool read_part(Cpu& cpu, const Op* op, uint64_t va, void* out, unsigned size) {
  if (const uint8_t* host = host_for_read(cpu, va, size)) {
    std::memcpy(out, host, size);
    return true;
  }
  return slow_load_bytes(cpu, op, va, out, size);
}

// Whether MXCSR comes from the area: in the standard form always.
bool takes_mxcsr(const Area& area, uint64_t requested) {
  if (area.compacted()) return (requested & area.xstate_bv() & kXsaveSse) != 0;
  return (requested & (kXsaveSse | kXsaveAvx)) != 0;
}

bool read_area(Cpu& cpu, const Op* op, uint64_t va, uint64_t requested, Area& area) {
  const uint64_t loaded = requested & area.xstate_bv();
  const unsigned vector_bytes = 16 * vector_count(cpu);
  uint8_t* const bytes = area.legacy.bytes;
  const bool legacy = (loaded & (kXsaveX87 | kXsaveSse)) || takes_mxcsr(area, requested);
  if (legacy && !read_part(cpu, op, va, bytes, FxsaveImage::kXmm + vector_bytes)) return false;
  if ((loaded & kXsaveAvx) &&
      !read_part(cpu, op, va + component_offset(cpu, area, 2), area.high, vector_bytes)) {
    return false;
  }
  return !(loaded & kXsavePkru) ||
         read_part(cpu, op, va + component_offset(cpu, area, 9), &area.pkru, sizeof(area.pkru));
}

void initialise_x87(X87State& x) {
  x.st = {};
  x87_initialise(x);
}

void restore_vectors(Cpu& cpu, uint64_t requested, uint64_t loaded, const Area& area) {
  if (requested & kXsaveSse) {
    if (loaded & kXsaveSse) {
      area.legacy.get_xmm(cpu);
    } else {
      for (unsigned i = 0; i < vector_count(cpu); ++i) cpu.vec[i].u64[0] = cpu.vec[i].u64[1] = 0;
    }
  }
  if (!(requested & kXsaveAvx)) return;
  for (unsigned i = 0; i < vector_count(cpu); ++i) {
    // Zero where nothing was loaded.
    cpu.vec[i].u64[2] = area.high[i][0];
    cpu.vec[i].u64[3] = area.high[i][1];
  }
}

void restore(Cpu& cpu, const Op* op, uint64_t requested, const Area& area) {
  const uint64_t loaded = requested & area.xstate_bv();
  if (loaded & kXsaveX87) area.legacy.get_x87(cpu, op->aux);
  else if (requested & kXsaveX87) initialise_x87(cpu.x87);
  if (takes_mxcsr(area, requested)) area.legacy.get_mxcsr(cpu);
  else if (requested & kXsaveSse) load_mxcsr(cpu, kMxcsrDefault);
  restore_vectors(cpu, requested, loaded, area);
  if (requested & kXsavePkru) set_pkru(cpu, static_cast<uint32_t>(area.pkru));
}

// XCR0: x87 always, AVX needs SSE, nothing that is not offered.
bool valid_xcr0(const Cpu& cpu, uint64_t value) {
  if (!(value & kXsaveX87) || (value & ~xsave_components(cpu.model()))) return false;
  return !(value & kXsaveAvx) || (value & kXsaveSse);
}

}  // namespace

namespace sys {

Status xrstor(Cpu& cpu, const Op* op) {
  if (!xsave_begin(cpu)) return Status::kFault;
  const Linear at = checked_address(cpu, op, 64);
  Area area;
  if (!at.ok ||
      !read_part(cpu, op, at.va + kXsaveLegacyBytes, area.header, sizeof(area.header))) {
    return Status::kFault;
  }
  if (!valid_header(cpu, area)) return cpu.raise(kVectorGp, 0);
  const uint64_t requested = cpu.xcr0 & xsave_mask(cpu);
  if (!read_area(cpu, op, at.va, requested, area)) return Status::kFault;
  if (takes_mxcsr(area, requested) && !area.legacy.mxcsr_valid()) return cpu.raise(kVectorGp, 0);
  restore(cpu, op, requested, area);
  return Status::kOk;
}

Status xgetbv(Cpu& cpu, const Op*) {
  if (!(cpu.cr4 & kCr4Osxsave)) return cpu.raise(kVectorUd);
  const auto number = static_cast<uint32_t>(cpu.regs[kRcx]);
  if (number > 1 || (number == 1 && !cpu.has(kFeatXgetbv1))) return cpu.raise(kVectorGp, 0);
  const uint64_t value = number == 0 ? cpu.xcr0 : cpu.xcr0 & xsave_in_use(cpu);
  cpu.regs[kRax] = static_cast<uint32_t>(value);
  cpu.regs[kRdx] = value >> 32;
  return Status::kOk;
}

Status xsetbv(Cpu& cpu, const Op*) {
  if (!(cpu.cr4 & kCr4Osxsave)) return cpu.raise(kVectorUd);
  const bool allowed = cpu.cpl == 0 && static_cast<uint32_t>(cpu.regs[kRcx]) == 0;
  if (!allowed || !valid_xcr0(cpu, xsave_mask(cpu))) return cpu.raise(kVectorGp, 0);
  cpu.xcr0 = xsave_mask(cpu);
  return Status::kOk;
}

}  // namespace sys
}  // namespace vireo
