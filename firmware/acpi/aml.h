// An encoder for ACPI Machine Language: each function gives the bytes of one
// term, so that a table reads like ASL (ACPI 6.5 section 20, "AML Specification").
#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string_view>
#include <vector>

namespace vireo::aml {

// A sequence of encoded terms. Terms are joined with +.
class Code {
 public:
  Code() = default;
  explicit Code(std::vector<uint8_t> bytes) : bytes_(std::move(bytes)) {}
  explicit Code(std::initializer_list<uint8_t> bytes) : bytes_(bytes) {}

  const std::vector<uint8_t>& bytes() const { return bytes_; }
  Code& operator+=(const Code& other) {
    bytes_.insert(bytes_.end(), other.bytes_.begin(), other.bytes_.end());
    return *this;
  }
  friend Code operator+(Code left, const Code& right) { return left += right; }

 private:
  std::vector<uint8_t> bytes_;
};

// A name or path in ASL's spelling: "_CRS", "PCI0.LPC", "\\_SB.LNKA", "\\".
// Segments shorter than four characters are padded with underscores.
Code path(std::string_view text);

// Data. Integers take the shortest encoding.
Code integer(uint64_t value);
Code string(std::string_view text);
Code buffer(std::span<const uint8_t> bytes);
Code package(std::span<const Code> elements);  // at most 255
Code package(std::initializer_list<Code> elements);
// "PNP0A08": three letters and four hexadecimal digits, as a compressed integer.
Code eisa_id(std::string_view id);
// "33db4d5b-1ff7-401c-9657-7441c03dd766" as the 16-byte buffer of ToUUID.
Code uuid(std::string_view text);

// Named objects.
Code name(std::string_view path, const Code& value);
Code scope(std::string_view path, const Code& body);
Code device(std::string_view name, const Code& body);
Code method(std::string_view name, unsigned arguments, const Code& body);

enum class RegionSpace : uint8_t { kSystemMemory = 0, kSystemIo = 1, kPciConfig = 2 };
Code operation_region(std::string_view name, RegionSpace space, uint64_t offset, uint64_t length);
struct FieldUnit {
  std::string_view name;  // empty: a gap
  unsigned bits;
};
// A Field of byte accesses which preserves the bits it does not write.
Code byte_field(std::string_view region, std::span<const FieldUnit> units);
Code create_dword_field(const Code& buffer, uint64_t byte_offset, std::string_view name);

// Expressions and statements of a method.
Code arg(unsigned n);
Code local(unsigned n);
Code store(const Code& value, const Code& target);
// Results go to `target`, or are only a value when that is omitted.
Code and_(const Code& left, const Code& right, const Code& target = Code{0x00});
Code or_(const Code& left, const Code& right, const Code& target = Code{0x00});
Code equal(const Code& left, const Code& right);
Code not_equal(const Code& left, const Code& right);
Code if_(const Code& condition, const Code& body);
Code else_(const Code& body);  // right after an if_
Code return_(const Code& value);

}  // namespace vireo::aml
