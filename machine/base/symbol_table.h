// The names of a guest's functions and variables by address, for traces and debuggers.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vireo {

class SymbolTable {
 public:
  void add(uint64_t address, std::string_view name);
  // To be called once all are added, before the first question.
  void sort();

  // "start_kernel+0x10" for an address behind a symbol, "start_kernel" for its own; empty
  // where no symbol stands at most kFarthest bytes before it.
  std::string describe(uint64_t address) const;
  std::optional<uint64_t> address_of(std::string_view name) const;
  size_t size() const { return symbols_.size(); }

  static constexpr uint64_t kFarthest = uint64_t{1} << 20;

 private:
  struct Symbol {
    uint64_t address;
    uint32_t name;    // where it begins in names_
    uint32_t length;
  };
  std::string_view name_of(const Symbol& symbol) const {
    return std::string_view(names_).substr(symbol.name, symbol.length);
  }
  std::vector<Symbol> symbols_;
  std::string names_;
};

}  // namespace vireo
