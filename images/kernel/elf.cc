#include "images/kernel/elf.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <string>

#include "images/kernel/byte_view.h"

namespace vireo {
namespace {

// Offsets in the ELF64 file header and in a program header.
constexpr uint64_t kClass = 4;
constexpr uint64_t kData = 5;
constexpr uint64_t kMachine = 18;
constexpr uint64_t kEntry = 24;
constexpr uint64_t kProgramHeaders = 32;
constexpr uint64_t kProgramHeaderBytes = 54;
constexpr uint64_t kProgramHeaderCount = 56;
constexpr uint64_t kFileHeaderBytes = 64;

constexpr uint64_t kSegmentType = 0;
constexpr uint64_t kSegmentOffset = 8;
constexpr uint64_t kSegmentVirtual = 16;
constexpr uint64_t kSegmentPhysical = 24;
constexpr uint64_t kSegmentFileSize = 32;
constexpr uint64_t kSegmentMemorySize = 40;
constexpr uint64_t kSegmentHeaderBytes = 56;

constexpr uint8_t kClass64 = 2;
constexpr uint8_t kLittleEndian = 1;
constexpr uint16_t kMachineX86 = 62;
constexpr uint32_t kTypeLoad = 1;
constexpr uint32_t kTypeNote = 4;

constexpr uint32_t kXenPhys32Entry = 18;
// More program headers than any kernel has; bounds the work.
constexpr uint64_t kMaxSegments = 256;

Error damaged(std::string_view name, std::string_view what) {
  return Error{
      fmt::format("{}: the ELF kernel is damaged: {}; copy or build it again", name, what)};
}

std::string check_header(const ByteView& view) {
  if (view.size() < kFileHeaderBytes) return "it ends within its header";
  if (view.get<uint16_t>(kProgramHeaderBytes) != kSegmentHeaderBytes) {
    return "its program headers have an odd size";
  }
  const uint64_t count = view.get<uint16_t>(kProgramHeaderCount);
  if (count == 0) return "it has no program headers (a module or an object file is no kernel)";
  if (count > kMaxSegments) return fmt::format("it has {} program headers", count);
  if (!view.has(view.get<uint64_t>(kProgramHeaders), count * kSegmentHeaderBytes)) {
    return "its program headers pass its end";
  }
  return {};
}

// Empty when the segment is sound; it is then appended.
std::string add_segment(const ByteView& view, uint64_t header, std::vector<ElfSegment>& out) {
  const uint64_t offset = view.get<uint64_t>(header + kSegmentOffset);
  const uint64_t file_size = view.get<uint64_t>(header + kSegmentFileSize);
  ElfSegment segment;
  segment.physical = GuestAddr{view.get<uint64_t>(header + kSegmentPhysical)};
  segment.virtual_address = view.get<uint64_t>(header + kSegmentVirtual);
  segment.memory_size = view.get<uint64_t>(header + kSegmentMemorySize);
  if (segment.memory_size == 0) return {};
  const auto data = view.slice(offset, file_size);
  if (!data) return fmt::format("a segment of {} bytes at {} passes its end", file_size, offset);
  if (file_size > segment.memory_size) return "a segment is larger in the file than in memory";
  if (!segment.physical.checked_add(segment.memory_size)) return "a segment wraps around memory";
  segment.data = *data;
  out.push_back(segment);
  return {};
}

std::string sort_and_check(std::vector<ElfSegment>& segments) {
  if (segments.empty()) return "it has nothing to load";
  std::sort(segments.begin(), segments.end(),
            [](const ElfSegment& a, const ElfSegment& b) { return a.physical < b.physical; });
  for (size_t i = 1; i < segments.size(); ++i) {
    if (segments[i - 1].end() > segments[i].physical) return "its segments overlap";
  }
  return {};
}

bool contains(uint64_t base, uint64_t size, uint64_t addr) {
  return addr >= base && addr - base < size;
}

// Linux's vmlinux gives a physical entry; other kernels give a virtual one.
std::optional<GuestAddr> physical_entry(const std::vector<ElfSegment>& segments, uint64_t entry) {
  for (const ElfSegment& s : segments) {
    if (contains(s.physical.value, s.memory_size, entry)) return GuestAddr{entry};
  }
  for (const ElfSegment& s : segments) {
    if (contains(s.virtual_address, s.memory_size, entry)) {
      return s.physical + (entry - s.virtual_address);
    }
  }
  return std::nullopt;
}

constexpr uint64_t align4(uint64_t value) { return (value + 3) & ~uint64_t{3}; }

// Walks one PT_NOTE: {name size, descriptor size, type, name, descriptor}, the
// last two padded to 4 bytes. Stops at the first note that does not fit.
std::optional<uint32_t> find_pvh_note(std::span<const std::byte> notes) {
  const ByteView view(notes);
  uint64_t at = 0;
  while (view.has(at, 12)) {
    const uint64_t name_size = view.get<uint32_t>(at);
    const uint64_t descriptor_size = view.get<uint32_t>(at + 4);
    const uint32_t type = view.get<uint32_t>(at + 8);
    const uint64_t name_at = at + 12;
    const uint64_t descriptor_at = name_at + align4(name_size);
    if (!view.has(name_at, name_size) || !view.has(descriptor_at, descriptor_size)) break;
    const bool xen = name_size == 4 && view.get<uint32_t>(name_at) == 0x006e6558;  // "Xen\0"
    if (xen && type == kXenPhys32Entry && descriptor_size >= 4) {
      return view.get<uint32_t>(descriptor_at);
    }
    at = descriptor_at + align4(descriptor_size);
  }
  return std::nullopt;
}

std::string read_segments(const ByteView& view, ElfKernel& kernel) {
  const uint64_t table = view.get<uint64_t>(kProgramHeaders);
  const uint64_t count = view.get<uint16_t>(kProgramHeaderCount);
  for (uint64_t i = 0; i < count; ++i) {
    const uint64_t header = table + i * kSegmentHeaderBytes;
    const uint32_t type = view.get<uint32_t>(header + kSegmentType);
    if (type == kTypeLoad) {
      if (std::string fault = add_segment(view, header, kernel.segments); !fault.empty()) {
        return fault;
      }
    } else if (type == kTypeNote && !kernel.pvh_entry) {
      const auto notes = view.slice(view.get<uint64_t>(header + kSegmentOffset),
                                    view.get<uint64_t>(header + kSegmentFileSize));
      if (notes) kernel.pvh_entry = find_pvh_note(*notes);
    }
  }
  return sort_and_check(kernel.segments);
}

// Bytes are all zero when the first is and each equals its neighbour; memcmp
// makes this several times as fast as a loop, and there are 50 MB to look at.
bool all_zero(std::span<const std::byte> bytes) {
  return bytes.empty() || (bytes[0] == std::byte{0} &&
                           std::memcmp(bytes.data(), bytes.data() + 1, bytes.size() - 1) == 0);
}

// Clears RAM, but leaves alone pages which are zero already: fresh guest memory
// costs the host nothing until it is written.
bool clear(GuestMemory& memory, GuestAddr at, uint64_t length) {
  std::array<std::byte, kPageSize> page;
  while (length > 0) {
    const uint64_t piece = std::min(length, kPageSize - at.page_offset());
    const auto now = std::span(page).first(piece);
    if (!memory.read_bytes(at, now)) return false;
    if (!all_zero(now) && !memory.fill(at, piece, std::byte{0})) return false;
    at = at + piece;
    length -= piece;
  }
  return true;
}

// Kernels are linked with much zeroed data in the file, which is cleared
// instead of copied; the rest is written in runs as long as possible.
bool write_sparse(GuestMemory& memory, GuestAddr at, std::span<const std::byte> data) {
  size_t run = 0;  // bytes at the front of `data` that are to be written
  while (run < data.size()) {
    const GuestAddr page_at = at + run;
    const size_t piece = std::min<size_t>(data.size() - run, kPageSize - page_at.page_offset());
    if (!all_zero(data.subspan(run, piece))) {
      run += piece;
      continue;
    }
    if (!memory.write_bytes(at, data.first(run)) || !clear(memory, page_at, piece)) return false;
    at = page_at + piece;
    data = data.subspan(run + piece);
    run = 0;
  }
  return memory.write_bytes(at, data);
}

}  // namespace

bool is_elf(std::span<const std::byte> file) {
  return ByteView(file).get<uint32_t>(0) == 0x464c457f;  // "\x7fELF"
}

Result<ElfKernel> parse_elf(std::span<const std::byte> file, std::string_view name) {
  const ByteView view(file);
  if (!is_elf(file)) {
    return Error{fmt::format("{}: is no ELF file; give a bzImage or an ELF vmlinux", name)};
  }
  if (view.get<uint8_t>(kClass) != kClass64 || view.get<uint8_t>(kData) != kLittleEndian ||
      view.get<uint16_t>(kMachine) != kMachineX86) {
    return Error{
        fmt::format("{}: is an ELF file for another machine; give an x86-64 kernel", name)};
  }
  if (const std::string fault = check_header(view); !fault.empty()) return damaged(name, fault);
  ElfKernel kernel;
  if (const std::string fault = read_segments(view, kernel); !fault.empty()) {
    return damaged(name, fault);
  }
  const auto entry = physical_entry(kernel.segments, view.get<uint64_t>(kEntry));
  if (!entry) return damaged(name, "its entry lies in none of its segments");
  kernel.entry = *entry;
  return kernel;
}

bool load_elf(const ElfKernel& kernel, GuestMemory& memory) {
  for (const ElfSegment& segment : kernel.segments) {
    const uint64_t rest = segment.memory_size - segment.data.size();
    if (!memory.contains(segment.physical, segment.memory_size)) return false;
    if (!write_sparse(memory, segment.physical, segment.data)) return false;
    if (!clear(memory, segment.physical + segment.data.size(), rest)) return false;
  }
  return true;
}

}  // namespace vireo
