// Base address registers: sizing and decoding (PCI 3.0 section 6.2.5.1).
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "machine/base/io_space.h"
#include "pci/config_space.h"
#include "pci/decode_window.h"

namespace vireo {

enum class BarType : uint8_t { kIo, kMemory32, kMemory64 };

struct BarDescription {
  BarType type = BarType::kMemory32;
  uint64_t size = 0;  // bytes, a power of two; I/O 4 to 256, memory at least 16
  bool prefetchable = false;

  bool is_io() const { return type == BarType::kIo; }
  bool is_64bit() const { return type == BarType::kMemory64; }
};

inline constexpr unsigned kPciBars = 6;

// One implemented BAR of a function; a 64-bit one also takes register index + 1.
// The value lives in the function's configuration space; this class interprets
// it, and maps `handler` there through the bus.
class Bar {
 public:
  // `name` is shown in the memory map. The handler must outlive the BAR.
  Bar(unsigned index, const BarDescription& description, IoHandler& handler, std::string name);

  // Writes type bits and write masks into the function's configuration space.
  void define_registers(ConfigSpace& config) const;

  unsigned index() const { return index_; }
  const BarDescription& description() const { return description_; }
  uint64_t size() const { return description_.size; }
  IoHandler& handler() const { return handler_; }

  // The address held by the register(s), type bits removed.
  uint64_t address(const ConfigSpace& config) const;
  void set_address(ConfigSpace& config, uint64_t address) const;

  // Where the BAR decodes: nothing while the command register's enable bit for
  // its space is off, at address 0, and where the range would reach or pass the
  // last byte of its space (a sizing probe must never claim anything there).
  std::optional<uint64_t> decoded_base(const ConfigSpace& config) const;

  // Brings the window's wish in line with the registers.
  void update(const ConfigSpace& config);
  DecodeWindow& window() { return window_; }
  const DecodeWindow& window() const { return window_; }

 private:
  unsigned register_offset() const;

  unsigned index_;
  BarDescription description_;
  IoHandler& handler_;
  DecodeWindow window_;
};

}  // namespace vireo
