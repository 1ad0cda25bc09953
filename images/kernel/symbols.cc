#include "images/kernel/symbols.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <string>

#include "images/kernel/byte_view.h"
#include "images/kernel/elf.h"

namespace vireo {
namespace {

// Offsets of ELF64 fields.
constexpr uint64_t kSectionHeaders = 40, kSectionHeaderBytes = 64;
constexpr uint64_t kSectionHeaderSize = 58, kSectionCount = 60;
constexpr uint64_t kType = 4, kOffset = 24, kSize = 32, kLink = 40;
constexpr uint32_t kSymbolSection = 2;
constexpr uint64_t kSymbolBytes = 24, kSymbolInfo = 4, kSymbolSectionIndex = 6, kSymbolValue = 8;
constexpr uint8_t kObject = 1, kFunction = 2, kNoType = 0;
constexpr uint8_t kClass64 = 2;

Error damaged(std::string_view name, std::string_view what) {
  return Error{fmt::format("{}: no symbols can be read: {}; give a System.map or a vmlinux with "
                           "its symbol table",
                           name, what)};
}

struct Section {
  uint64_t offset = 0, size = 0, link = 0;
  uint32_t type = 0;
};

Section read_section(const ByteView& view, uint64_t index) {
  const uint64_t at = view.get<uint64_t>(kSectionHeaders) + index * kSectionHeaderBytes;
  return {view.get<uint64_t>(at + kOffset), view.get<uint64_t>(at + kSize),
          view.get<uint32_t>(at + kLink), view.get<uint32_t>(at + kType)};
}

// The text up to a zero byte, or nothing when it passes the end.
std::string_view text_at(std::span<const std::byte> strings, uint64_t at) {
  if (at >= strings.size()) return {};
  const std::string_view rest(reinterpret_cast<const char*>(strings.data()) + at,
                              strings.size() - at);
  return rest.substr(0, rest.find('\0'));
}

void add_symbols(std::span<const std::byte> symbols, std::span<const std::byte> strings,
                 uint64_t offset, SymbolTable& table) {
  const ByteView view(symbols);
  for (uint64_t at = 0; symbols.size() - at >= kSymbolBytes; at += kSymbolBytes) {
    const uint8_t type = view.get<uint8_t>(at + kSymbolInfo) & 15;
    const bool wanted = type == kFunction || type == kObject || type == kNoType;
    if (!wanted || view.get<uint16_t>(at + kSymbolSectionIndex) == 0) continue;
    table.add(view.get<uint64_t>(at + kSymbolValue) + offset,
              text_at(strings, view.get<uint32_t>(at)));
  }
}

Result<SymbolTable> from_elf(std::span<const std::byte> file, std::string_view name,
                             uint64_t offset) {
  const ByteView view(file);
  if (!view.has(0, 64) || view.get<uint8_t>(4) != kClass64) return damaged(name, "it is no ELF64");
  const uint64_t count = view.get<uint16_t>(kSectionCount);
  if (view.get<uint16_t>(kSectionHeaderSize) != kSectionHeaderBytes ||
      !view.has(view.get<uint64_t>(kSectionHeaders), count * kSectionHeaderBytes)) {
    return damaged(name, "its section headers pass its end");
  }
  SymbolTable table;
  for (uint64_t i = 0; i < count; ++i) {
    const Section section = read_section(view, i);
    if (section.type != kSymbolSection || section.link >= count) continue;
    const Section strings = read_section(view, section.link);
    const auto symbols = view.slice(section.offset, section.size);
    const auto names = view.slice(strings.offset, strings.size);
    if (!symbols || !names) return damaged(name, "its symbol table passes its end");
    add_symbols(*symbols, *names, offset, table);
  }
  if (table.size() == 0) return damaged(name, "it has no symbol table");
  table.sort();
  return table;
}

// "ffffffff81000000 T _text", perhaps with a module's name behind.
bool add_line(std::string_view line, uint64_t offset, SymbolTable& table) {
  uint64_t address = 0;
  const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), address, 16);
  const auto digits = static_cast<size_t>(end - line.data());
  if (error != std::errc{} || line.size() < digits + 4) return false;
  if (line[digits] != ' ' || line[digits + 2] != ' ') return false;
  const std::string_view name = line.substr(digits + 3);
  table.add(address + offset, name.substr(0, name.find_first_of("\t \r")));
  return true;
}

Result<SymbolTable> from_map(std::string_view text, std::string_view name, uint64_t offset) {
  SymbolTable table;
  for (size_t number = 1; !text.empty(); ++number) {
    const std::string_view line = text.substr(0, text.find('\n'));
    if (!line.empty() && !add_line(line, offset, table)) {
      return damaged(name, fmt::format("line {} is not like 'ffffffff81000000 T name'", number));
    }
    text.remove_prefix(std::min(line.size() + 1, text.size()));
  }
  if (table.size() == 0) return damaged(name, "it is empty");
  table.sort();
  return table;
}

}  // namespace

Result<SymbolTable> parse_symbols(std::span<const std::byte> file, std::string_view name,
                                  uint64_t offset) {
  if (is_elf(file)) return from_elf(file, name, offset);
  return from_map({reinterpret_cast<const char*>(file.data()), file.size()}, name, offset);
}

}  // namespace vireo
