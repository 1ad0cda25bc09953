// Trace and diagnostic output: categories as in QEMU's -d, off by default, and
// never visible to the guest.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <cstdio>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "machine/base/address_filter.h"
#include "machine/base/symbol_table.h"

namespace vireo {

// What -d can switch on. Each is one bit of a mask.
enum class LogItem : uint32_t {
  kInAsm = 1u << 0,        // guest code of each block as it is decoded
  kExec = 1u << 1,         // each instruction before it runs
  kInt = 1u << 2,          // interrupts and exceptions
  kCpu = 1u << 3,          // CPU registers before each block
  kGuestErrors = 1u << 4,  // the guest broke a device's rules
  kUnimp = 1u << 5,        // the guest used something that is not modelled
  kMmu = 1u << 6,          // changes of address spaces, flushes of the TLB
  kPci = 1u << 7,
  kVirtio = 1u << 8,
  kPage = 1u << 9,         // page faults
  kMsr = 1u << 10,
  kRows = 1u << 11,        // at the end: how often each row of the instruction table ran
  kNochain = 1u << 12,     // accepted: every block is shown as it is
  kIo = 1u << 13,          // ports
  kMmio = 1u << 14,        // memory-mapped registers
  kBlock = 1u << 15,
  kNet = 1u << 16,
  kIrq = 1u << 17,         // lines and messages between devices and processors
  kCpuReset = 1u << 18,    // CPU registers before each reset
  kMachine = 1u << 19,     // resets, power-off, panics
};
constexpr uint32_t bit_of(LogItem item) { return static_cast<uint32_t>(item); }

struct LogItemName {
  LogItem item;
  std::string_view name;
  std::string_view help;
};
// Every item with its command-line name and one line of help.
std::span<const LogItemName> log_item_names();
// The item of this name; null: there is none.
const LogItemName* find_log_item(std::string_view name);
// "unknown item 'x'; the nearest is 'y'": for a name that find_log_item() did not know.
std::string unknown_log_item(std::string_view name);

// The process-wide trace log. Writing never changes the run; `on` is a test of
// one bit. Set up by the command line, before the machine starts, and changed by
// commands between instructions.
class Log {
 public:
  static bool on(LogItem item) { return (mask_ & bit_of(item)) != 0; }
  static void enable(LogItem item) { set_items(items_ | bit_of(item)); }
  static void disable_all() { set_items(0); }
  static bool any() { return mask_ != 0; }
  // The items chosen, whether or not lines are written now.
  static uint32_t items() { return items_; }
  static void set_items(uint32_t items);
  // A window of the run: outside it nothing is written. Open at first.
  static void set_open(bool open);

  // Which code in_asm, exec and cpu are about; everything until set.
  static const AddressFilter& filter() { return filter_; }
  static void set_filter(AddressFilter filter) { filter_ = std::move(filter); }

  // What addresses of code are called, or null.
  static const SymbolTable* symbols() { return symbols_.get(); }
  static void set_symbols(std::shared_ptr<const SymbolTable> symbols) {
    symbols_ = std::move(symbols);
  }
  // Where lines go; stderr until set. Not owned.
  static void set_file(std::FILE* file) { file_ = file; }

  // What each line begins with: whose it is, where there are several processors.
  static void set_prefix(std::string prefix) { prefix_ = std::move(prefix); }

  // One line (a newline is added). Call only when on(item).
  static void line(std::string_view text);

  template <typename... Args>
  static void print(LogItem item, fmt::format_string<Args...> format, Args&&... args) {
    if (on(item)) line(fmt::format(format, std::forward<Args>(args)...));
  }

 private:
  static uint32_t mask_;   // of those which are written now
  static uint32_t items_;
  static bool open_;
  static std::FILE* file_;
  static std::string prefix_;
  static AddressFilter filter_;
  static std::shared_ptr<const SymbolTable> symbols_;
};

}  // namespace vireo
