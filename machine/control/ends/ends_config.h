// What the command line says of when a run ends and of how that is told.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace vireo {

struct EndsConfig {
  // Regular expressions (ECMAScript), found anywhere in a line of the first serial port.
  std::vector<std::string> until;    // -until: the run is a success
  std::vector<std::string> fail_on;  // -fail-on: it has failed
  std::string serial_expect;         // -serial-expect: the log that the guest must print
  std::optional<uint64_t> limit_instructions;
  std::optional<uint64_t> limit_ns;  // of virtual time
  std::string exit_report;           // where the report goes; empty: none is asked for
};

}  // namespace vireo
