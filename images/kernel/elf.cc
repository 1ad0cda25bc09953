#include "images/kernel/elf.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <string>

#include "images/kernel/byte_view.h"

namespace vireo {
namespace {

// Offsets in the file header which both classes share.
constexpr uint64_t kClass = 4;
constexpr uint64_t kData = 5;
constexpr uint64_t kMachine = 18;
constexpr uint64_t kEntry = 24;
constexpr uint64_t kSegmentType = 0;

// Where a class has the other fields, and how wide its addresses are.
struct Layout {
  uint64_t address_bytes;
  uint64_t program_headers;
  uint64_t program_header_bytes;
  uint64_t program_header_count;
  uint64_t file_header_bytes;
  uint64_t segment_offset;
  uint64_t segment_virtual;
  uint64_t segment_physical;
  uint64_t segment_file_size;
  uint64_t segment_memory_size;
  uint64_t segment_header_bytes;
};
constexpr Layout kElf64{8, 32, 54, 56, 64, 8, 16, 24, 32, 40, 56};
constexpr Layout kElf32{4, 28, 42, 44, 52, 4, 8, 12, 16, 20, 32};

constexpr uint8_t kClass32 = 1;
constexpr uint8_t kClass64 = 2;
constexpr uint8_t kLittleEndian = 1;
constexpr uint16_t kMachineI386 = 3;
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

// The headers of one file, read by the layout of its class.
class Headers {
 public:
  Headers(std::span<const std::byte> file, const Layout& layout) : view_(file), layout_(layout) {}

  const ByteView& view() const { return view_; }
  const Layout& layout() const { return layout_; }
  uint64_t count() const { return view_.get<uint16_t>(layout_.program_header_count); }
  // Where program header `index` stands in the file.
  uint64_t at(uint64_t index) const {
    return address(layout_.program_headers) + index * layout_.segment_header_bytes;
  }
  // A field that is as wide as the class's addresses.
  uint64_t address(uint64_t offset) const {
    return layout_.address_bytes == 8 ? view_.get<uint64_t>(offset) : view_.get<uint32_t>(offset);
  }

 private:
  ByteView view_;
  const Layout& layout_;
};

std::string check_header(const Headers& headers) {
  const Layout& layout = headers.layout();
  const ByteView& view = headers.view();
  if (view.size() < layout.file_header_bytes) return "it ends within its header";
  if (view.get<uint16_t>(layout.program_header_bytes) != layout.segment_header_bytes) {
    return "its program headers have an odd size";
  }
  const uint64_t count = headers.count();
  if (count == 0) return "it has no program headers (a module or an object file is no kernel)";
  if (count > kMaxSegments) return fmt::format("it has {} program headers", count);
  if (!view.has(headers.at(0), count * layout.segment_header_bytes)) {
    return "its program headers pass its end";
  }
  return {};
}

// Empty when the segment is sound; it is then appended.
std::string add_segment(const Headers& headers, uint64_t header, std::vector<ElfSegment>& out) {
  const Layout& layout = headers.layout();
  const uint64_t offset = headers.address(header + layout.segment_offset);
  const uint64_t file_size = headers.address(header + layout.segment_file_size);
  ElfSegment segment;
  segment.physical = GuestAddr{headers.address(header + layout.segment_physical)};
  segment.virtual_address = headers.address(header + layout.segment_virtual);
  segment.memory_size = headers.address(header + layout.segment_memory_size);
  if (segment.memory_size == 0) return {};
  const auto data = headers.view().slice(offset, file_size);
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

std::string read_segments(const Headers& headers, ElfKernel& kernel) {
  const ByteView& view = headers.view();
  for (uint64_t i = 0; i < headers.count(); ++i) {
    const uint64_t header = headers.at(i);
    const uint32_t type = view.get<uint32_t>(header + kSegmentType);
    if (type == kTypeLoad) {
      if (std::string fault = add_segment(headers, header, kernel.segments); !fault.empty()) {
        return fault;
      }
    } else if (type == kTypeNote && !kernel.pvh_entry) {
      const auto notes = view.slice(headers.address(header + headers.layout().segment_offset),
                                    headers.address(header + headers.layout().segment_file_size));
      if (notes) kernel.pvh_entry = find_pvh_note(*notes);
    }
  }
  return sort_and_check(kernel.segments);
}

// The layout of a file for one of the machines that this one can be.
const Layout* layout_of(const ByteView& view) {
  if (view.get<uint8_t>(kData) != kLittleEndian) return nullptr;
  const auto elf_class = view.get<uint8_t>(kClass);
  const auto machine = view.get<uint16_t>(kMachine);
  if (elf_class == kClass64 && machine == kMachineX86) return &kElf64;
  if (elf_class == kClass32 && machine == kMachineI386) return &kElf32;
  return nullptr;
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
  const Layout* layout = layout_of(view);
  if (layout == nullptr) {
    return Error{fmt::format(
        "{}: is an ELF file for another machine; give an x86-64 or i386 kernel", name)};
  }
  const Headers headers(file, *layout);
  if (const std::string fault = check_header(headers); !fault.empty()) return damaged(name, fault);
  ElfKernel kernel;
  kernel.is_64bit = layout == &kElf64;
  if (const std::string fault = read_segments(headers, kernel); !fault.empty()) {
    return damaged(name, fault);
  }
  const auto entry = physical_entry(kernel.segments, headers.address(kEntry));
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
