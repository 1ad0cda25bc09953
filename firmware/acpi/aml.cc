#include "firmware/acpi/aml.h"

#include <cassert>

namespace vireo::aml {
namespace {

// Encodings of ACPI 6.5 table 20.2 and sections 20.2.1 to 20.2.6.
constexpr uint8_t kZeroOp = 0x00;
constexpr uint8_t kOneOp = 0x01;
constexpr uint8_t kNameOp = 0x08;
constexpr uint8_t kBytePrefix = 0x0A;
constexpr uint8_t kWordPrefix = 0x0B;
constexpr uint8_t kDWordPrefix = 0x0C;
constexpr uint8_t kStringPrefix = 0x0D;
constexpr uint8_t kQWordPrefix = 0x0E;
constexpr uint8_t kScopeOp = 0x10;
constexpr uint8_t kBufferOp = 0x11;
constexpr uint8_t kPackageOp = 0x12;
constexpr uint8_t kMethodOp = 0x14;
constexpr uint8_t kDualNamePrefix = 0x2E;
constexpr uint8_t kMultiNamePrefix = 0x2F;
constexpr uint8_t kExtOpPrefix = 0x5B;
constexpr uint8_t kRegionExtOp = 0x80;
constexpr uint8_t kFieldExtOp = 0x81;
constexpr uint8_t kDeviceExtOp = 0x82;
constexpr uint8_t kLocal0 = 0x60;
constexpr uint8_t kArg0 = 0x68;
constexpr uint8_t kStoreOp = 0x70;
constexpr uint8_t kAndOp = 0x7B;
constexpr uint8_t kOrOp = 0x7D;
constexpr uint8_t kCreateDWordFieldOp = 0x8A;
constexpr uint8_t kLNotOp = 0x92;
constexpr uint8_t kLEqualOp = 0x93;
constexpr uint8_t kIfOp = 0xA0;
constexpr uint8_t kElseOp = 0xA1;
constexpr uint8_t kReturnOp = 0xA4;

constexpr uint8_t kFieldByteAccessPreserve = 0x01;

std::vector<uint8_t> little_endian(uint64_t value, unsigned bytes) {
  std::vector<uint8_t> out;
  for (unsigned i = 0; i < bytes; ++i) out.push_back(static_cast<uint8_t>(value >> (8 * i)));
  return out;
}

// PkgLength: 6 bits in one byte, or 4 bits and one to three bytes more, whose
// number stands in the two top bits of the first.
Code encoded_length(uint64_t value, unsigned bytes) {
  if (bytes == 1) return Code{static_cast<uint8_t>(value)};
  Code out{static_cast<uint8_t>((bytes - 1) << 6 | (value & 0xf))};
  return out += Code(little_endian(value >> 4, bytes - 1));
}

unsigned length_bytes(uint64_t value) {
  if (value < (1u << 6)) return 1;
  if (value < (1u << 12)) return 2;
  return value < (1u << 20) ? 3 : 4;
}

// The length of a package counts itself.
Code package_length(uint64_t body) {
  unsigned bytes = 1;
  while (length_bytes(body + bytes) > bytes) ++bytes;
  return encoded_length(body + bytes, bytes);
}

Code with_length(const Code& opcode, const Code& body) {
  return opcode + package_length(body.bytes().size()) + body;
}

Code segment(std::string_view text) {
  assert(!text.empty() && text.size() <= 4);
  std::vector<uint8_t> out(text.begin(), text.end());
  out.resize(4, '_');
  return Code(out);
}

uint8_t hex_value(char c) {
  if (c >= '0' && c <= '9') return static_cast<uint8_t>(c - '0');
  return static_cast<uint8_t>((c | 0x20) - 'a' + 10);
}

}  // namespace

Code path(std::string_view text) {
  Code out;
  if (!text.empty() && text.front() == '\\') {
    out += Code{'\\'};
    text.remove_prefix(1);
  }
  Code segments;
  uint8_t count = 0;
  while (!text.empty()) {
    const size_t dot = text.find('.');
    segments += segment(text.substr(0, dot));
    ++count;
    text.remove_prefix(dot == text.npos ? text.size() : dot + 1);
  }
  if (count == 0) return out += Code{0x00};
  if (count == 2) out += Code{kDualNamePrefix};
  if (count > 2) out += Code{kMultiNamePrefix, count};
  return out += segments;
}

Code integer(uint64_t value) {
  if (value == 0) return Code{kZeroOp};
  if (value == 1) return Code{kOneOp};
  if (value <= 0xff) return Code{kBytePrefix} + Code(little_endian(value, 1));
  if (value <= 0xffff) return Code{kWordPrefix} + Code(little_endian(value, 2));
  if (value <= 0xffff'ffff) return Code{kDWordPrefix} + Code(little_endian(value, 4));
  return Code{kQWordPrefix} + Code(little_endian(value, 8));
}

Code string(std::string_view text) {
  return Code{kStringPrefix} + Code(std::vector<uint8_t>(text.begin(), text.end())) + Code{0};
}

Code buffer(std::span<const uint8_t> bytes) {
  return with_length(Code{kBufferOp}, integer(bytes.size()) + Code({bytes.begin(), bytes.end()}));
}

Code package(std::span<const Code> elements) {
  assert(elements.size() <= 255);
  Code body{static_cast<uint8_t>(elements.size())};
  for (const Code& element : elements) body += element;
  return with_length(Code{kPackageOp}, body);
}

Code package(std::initializer_list<Code> elements) {
  return package(std::span(elements.begin(), elements.size()));
}

Code eisa_id(std::string_view id) {
  assert(id.size() == 7);
  uint32_t value = 0;
  for (char c : id.substr(0, 3)) value = value << 5 | static_cast<uint32_t>(c - '@');
  for (char c : id.substr(3)) value = value << 4 | hex_value(c);
  // The compressed form is big-endian; the integer that holds it is not.
  const std::vector<uint8_t> swapped = little_endian(value, 4);
  return Code{kDWordPrefix, swapped[3], swapped[2], swapped[1], swapped[0]};
}

Code uuid(std::string_view text) {
  // Where ToUUID puts each byte of the text (ACPI 6.5 section 19.6.144).
  constexpr uint8_t kOrder[16] = {3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15};
  std::vector<uint8_t> bytes(16);
  size_t at = 0;
  for (size_t i = 0; i + 1 < text.size() && at < 16; ++i) {
    if (text[i] == '-') continue;
    bytes[kOrder[at++]] = static_cast<uint8_t>(hex_value(text[i]) << 4 | hex_value(text[i + 1]));
    ++i;
  }
  assert(at == 16);
  return buffer(bytes);
}

Code name(std::string_view object, const Code& value) {
  return Code{kNameOp} + path(object) + value;
}

Code scope(std::string_view object, const Code& body) {
  return with_length(Code{kScopeOp}, path(object) + body);
}

Code device(std::string_view object, const Code& body) {
  return with_length(Code{kExtOpPrefix, kDeviceExtOp}, path(object) + body);
}

Code method(std::string_view object, unsigned arguments, const Code& body) {
  assert(arguments <= 7);
  // Serialized: methods here create named fields, which must not run twice at once.
  constexpr uint8_t kSerialized = 1 << 3;
  const Code flags{static_cast<uint8_t>(arguments | kSerialized)};
  return with_length(Code{kMethodOp}, path(object) + flags + body);
}

Code operation_region(std::string_view object, RegionSpace space, uint64_t offset,
                      uint64_t length) {
  return Code{kExtOpPrefix, kRegionExtOp} + path(object) + Code{static_cast<uint8_t>(space)} +
         integer(offset) + integer(length);
}

Code byte_field(std::string_view region, std::span<const FieldUnit> units) {
  Code body = path(region) + Code{kFieldByteAccessPreserve};
  for (const FieldUnit& unit : units) {
    body += unit.name.empty() ? Code{0x00} : segment(unit.name);
    body += encoded_length(unit.bits, length_bytes(unit.bits));
  }
  return with_length(Code{kExtOpPrefix, kFieldExtOp}, body);
}

Code create_dword_field(const Code& source, uint64_t byte_offset, std::string_view object) {
  return Code{kCreateDWordFieldOp} + source + integer(byte_offset) + path(object);
}

Code arg(unsigned n) { return Code{static_cast<uint8_t>(kArg0 + n)}; }
Code local(unsigned n) { return Code{static_cast<uint8_t>(kLocal0 + n)}; }

Code store(const Code& value, const Code& target) { return Code{kStoreOp} + value + target; }

Code and_(const Code& left, const Code& right, const Code& target) {
  return Code{kAndOp} + left + right + target;
}

Code or_(const Code& left, const Code& right, const Code& target) {
  return Code{kOrOp} + left + right + target;
}

Code equal(const Code& left, const Code& right) { return Code{kLEqualOp} + left + right; }

Code not_equal(const Code& left, const Code& right) {
  return Code{kLNotOp, kLEqualOp} + left + right;
}

Code if_(const Code& condition, const Code& body) {
  return with_length(Code{kIfOp}, condition + body);
}

Code else_(const Code& body) { return with_length(Code{kElseOp}, body); }

Code return_(const Code& value) { return Code{kReturnOp} + value; }

}  // namespace vireo::aml
