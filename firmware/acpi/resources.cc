#include "firmware/acpi/resources.h"

#include "firmware/byte_writer.h"

namespace vireo::aml {
namespace {

// Small descriptors: tag with the length in its low three bits.
constexpr uint8_t kIrqNoFlags = 0x22;
constexpr uint8_t kIoPort = 0x47;
constexpr uint8_t kEndTag = 0x79;
// Large descriptors: tag, then a 16-bit length.
constexpr uint8_t kFixedMemory32 = 0x86;
constexpr uint8_t kAddress32 = 0x87;
constexpr uint8_t kAddress16 = 0x88;
constexpr uint8_t kExtendedIrq = 0x89;
constexpr uint8_t kAddress64 = 0x8A;

enum class RangeType : uint8_t { kMemory = 0, kIo = 1, kBus = 2 };
// Resource producer, positive decode, both ends fixed.
constexpr uint8_t kWindowFlags = 0x0C;
constexpr uint8_t kReadWriteUncached = 0x01;
constexpr uint8_t kIoEntireRange = 0x03;

Resource finish(const ByteWriter& out) { return Resource(out.bytes()); }

// Address space descriptors of all widths: type, flags, then granularity,
// minimum, maximum, translation and length, each `width` bytes.
Resource window(uint8_t tag, unsigned width, RangeType type, uint8_t type_flags, uint64_t first,
                uint64_t last) {
  ByteWriter out;
  out.u8(tag).u16(3 + 5 * width);
  out.u8(static_cast<uint8_t>(type)).u8(kWindowFlags).u8(type_flags);
  for (uint64_t value : {uint64_t{0}, first, last, uint64_t{0}, last - first + 1}) {
    for (unsigned i = 0; i < width; ++i) out.u8(value >> (8 * i));
  }
  return finish(out);
}

}  // namespace

Resource io(uint16_t base, uint8_t length) {
  constexpr uint8_t kDecode16 = 1;
  ByteWriter out;
  out.u8(kIoPort).u8(kDecode16).u16(base).u16(base).u8(1).u8(length);
  return finish(out);
}

Resource irq(unsigned line) {
  ByteWriter out;
  out.u8(kIrqNoFlags).u16(uint64_t{1} << line);
  return finish(out);
}

Resource level_irqs(std::span<const uint32_t> lines) {
  constexpr uint8_t kConsumerLevelLowShared = 0x01 | 0x04 | 0x08;
  ByteWriter out;
  out.u8(kExtendedIrq).u16(2 + 4 * lines.size());
  out.u8(kConsumerLevelLowShared).u8(lines.size());
  for (uint32_t line : lines) out.u32(line);
  return finish(out);
}

Resource fixed_memory32(uint32_t base, uint32_t length) {
  constexpr uint8_t kReadWrite = 1;
  ByteWriter out;
  out.u8(kFixedMemory32).u16(9).u8(kReadWrite).u32(base).u32(length);
  return finish(out);
}

Resource bus_window(uint16_t first, uint16_t last) {
  return window(kAddress16, 2, RangeType::kBus, 0, first, last);
}

Resource io_window(uint16_t first, uint16_t last) {
  return window(kAddress16, 2, RangeType::kIo, kIoEntireRange, first, last);
}

Resource memory_window32(uint32_t first, uint32_t last) {
  return window(kAddress32, 4, RangeType::kMemory, kReadWriteUncached, first, last);
}

Resource memory_window64(uint64_t first, uint64_t last) {
  return window(kAddress64, 8, RangeType::kMemory, kReadWriteUncached, first, last);
}

Code resource_template(const Resource& descriptors) {
  // The end tag's checksum may be zero: "treat as correct".
  return buffer((descriptors + Resource{kEndTag, 0}).bytes());
}

}  // namespace vireo::aml
