#include "machine/base/symbol_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

namespace vireo {

void SymbolTable::add(uint64_t address, std::string_view name) {
  if (name.empty() || names_.size() > UINT32_MAX - name.size()) return;
  symbols_.push_back({address, static_cast<uint32_t>(names_.size()),
                      static_cast<uint32_t>(name.size())});
  names_ += name;
}

// Of several names for one address the first that was given stays in front.
void SymbolTable::sort() {
  std::sort(symbols_.begin(), symbols_.end(), [](const Symbol& a, const Symbol& b) {
    return std::tie(a.address, a.name) < std::tie(b.address, b.name);
  });
}

std::string SymbolTable::describe(uint64_t address) const {
  const auto behind =
      std::upper_bound(symbols_.begin(), symbols_.end(), address,
                       [](uint64_t a, const Symbol& symbol) { return a < symbol.address; });
  if (behind == symbols_.begin()) return "";
  const uint64_t start = (behind - 1)->address;
  if (address - start > kFarthest) return "";
  const auto first =
      std::lower_bound(symbols_.begin(), behind, start,
                       [](const Symbol& symbol, uint64_t a) { return symbol.address < a; });
  if (address == start) return std::string(name_of(*first));
  return fmt::format("{}+{:#x}", name_of(*first), address - start);
}

std::optional<uint64_t> SymbolTable::address_of(std::string_view name) const {
  for (const Symbol& symbol : symbols_) {
    if (name_of(symbol) == name) return symbol.address;
  }
  return std::nullopt;
}

}  // namespace vireo
