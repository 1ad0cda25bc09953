// What of a run is traced, as the command line says it: plain data.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "machine/base/address_filter.h"
#include "machine/base/log.h"

namespace vireo {

// A part of the run: between two instruction counts, or from a line that the guest prints
// on its first serial port to another. By itself all of it.
struct TraceWindowConfig {
  uint64_t from = 0;  // instructions of the whole machine
  uint64_t to = std::numeric_limits<uint64_t>::max();  // the first that is outside
  std::string marker;  // regular expressions; empty: counts alone
  std::string until;   // empty: to the end
  bool whole() const {
    return from == 0 && to == std::numeric_limits<uint64_t>::max() && marker.empty();
  }
};

// -d and what belongs to it.
struct LogConfig {
  std::vector<LogItem> items;
  std::string path;  // -D; empty: stderr
  AddressFilter filter;
  TraceWindowConfig window;
};

// -symbols: names of the guest's code.
struct SymbolsConfig {
  std::string path;  // empty: none
  uint64_t offset = 0;  // added to each address
};

// -trace-json: events of devices and processors, one JSON object a line.
struct EventFileConfig {
  std::string path;  // empty: none
  uint32_t items = 0;  // bits of LogItem
};

// -trace-insns: every instruction and what it changed.
struct InsnTraceConfig {
  std::string path;  // empty: none
  TraceWindowConfig window;
};

}  // namespace vireo
