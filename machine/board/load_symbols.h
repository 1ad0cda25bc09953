// -symbols: the names of a guest's code, from a file of the host.
#pragma once

#include <memory>

#include "machine/base/result.h"
#include "machine/base/symbol_table.h"
#include "machine/board/trace_config.h"
#include "machine/host/host_services.h"

namespace vireo {

// Null when the configuration names no file. Errors begin with "-symbols".
Result<std::shared_ptr<const SymbolTable>> load_symbols(const SymbolsConfig& config,
                                                        HostServices& host);

}  // namespace vireo
