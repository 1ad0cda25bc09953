#include "machine/board/load_symbols.h"

#include <fmt/format.h>

#include <utility>

#include "images/kernel/symbols.h"

namespace vireo {

Result<std::shared_ptr<const SymbolTable>> load_symbols(const SymbolsConfig& config,
                                                        HostServices& host) {
  if (config.path.empty()) return std::shared_ptr<const SymbolTable>();
  const auto file = host.read_file(config.path, "symbols");
  if (!file) return Error{fmt::format("-symbols: {}", file.error().message)};
  auto table = parse_symbols(*file, config.path, config.offset);
  if (!table) return Error{fmt::format("-symbols: {}", table.error().message)};
  return std::shared_ptr<const SymbolTable>(std::make_shared<SymbolTable>(std::move(*table)));
}

}  // namespace vireo
