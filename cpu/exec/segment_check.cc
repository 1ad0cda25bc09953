// Segment limits and types at each access.
#include "cpu/exec/segment_check.h"

#include "cpu/exec/system_access.h"

namespace vireo {
namespace {

// No access is wider: the state components that XSAVE moves.
constexpr uint64_t kWidestAccess = 4096;

bool types_matter(const Cpu& cpu) { return cpu.protected_mode() && !cpu.v86(); }

}  // namespace

bool segment_allows(const Cpu& cpu, const Segment& segment, Access access) {
  if (!types_matter(cpu)) return true;
  if (!segment.present() || !segment.code_or_data()) return false;
  const bool second_type_bit = segment.type() & 2;  // code: readable; data: writable
  if (segment.is_code()) return access == Access::kRead && second_type_bit;
  return access == Access::kRead || second_type_bit;
}

bool settle_address(Cpu& cpu, uint64_t& va, unsigned size, Access access) {
  if (!(va & kUnsettled)) {
    va = static_cast<uint32_t>(va);
    return true;
  }
  const auto index = static_cast<SegIndex>(va >> 40 & 7);
  const Segment& segment = cpu.segs[index];
  const uint32_t linear = static_cast<uint32_t>(va);
  const uint32_t offset = linear - static_cast<uint32_t>(segment.base);
  va = linear;
  if (segment_allows(cpu, segment, access) && segment_contains(segment, offset, size)) return true;
  cpu.raise(index == kSs ? kVectorSs : kVectorGp, 0);
  return false;
}

uint64_t plain_offsets(const Cpu& cpu, const Segment& segment) {
  const bool expand_down = !segment.is_code() && (segment.type() & 4);
  if (expand_down || !segment_allows(cpu, segment, Access::kRead) ||
      !segment_allows(cpu, segment, Access::kWrite)) {
    return 0;
  }
  // The last byte of 4 GiB may be followed by the first one, which the SDM leaves to
  // the processor (3A 5.3).
  if (segment.limit == 0xffffffff) return uint64_t{1} << 32;
  const uint64_t bytes = uint64_t{segment.limit} + 1;
  return bytes < kWidestAccess ? 0 : bytes - kWidestAccess;
}

}  // namespace vireo
