// A kernel's symbols, from Linux's System.map or an ELF vmlinux (System V ABI, "Symbol
// Table"; System.map is the output of nm).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "machine/base/result.h"
#include "machine/base/symbol_table.h"

namespace vireo {

// Adds `offset` to each address: what a kernel that placed itself at random moved by. `name`
// is for errors, which say what is wrong with the file.
Result<SymbolTable> parse_symbols(std::span<const std::byte> file, std::string_view name,
                                  uint64_t offset = 0);

}  // namespace vireo
