// Trace and diagnostic output: categories as in QEMU's -d, off by default, and
// never visible to the guest.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <cstdio>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace vireo {

// What -d can switch on. Each is one bit of a mask.
enum class LogItem : uint32_t {
  kInAsm = 1u << 0,        // guest code of each block as it is decoded
  kExec = 1u << 1,         // each instruction before it runs
  kInt = 1u << 2,          // interrupts and exceptions
  kCpu = 1u << 3,          // CPU registers before each block
  kGuestErrors = 1u << 4,  // the guest broke a device's rules
  kUnimp = 1u << 5,        // the guest used something that is not modelled
  kPci = 1u << 7,
  kVirtio = 1u << 8,
  kMsr = 1u << 10,
  kRows = 1u << 11,        // at the end: how often each row of the instruction table ran
};

struct LogItemName {
  LogItem item;
  std::string_view name;
  std::string_view help;
};
// Every item with its command-line name and one line of help.
std::span<const LogItemName> log_item_names();

// The process-wide trace log. Writing never changes the run; `on` is a test of
// one bit. Set up once by the command line, before the machine starts.
class Log {
 public:
  static bool on(LogItem item) { return (mask_ & static_cast<uint32_t>(item)) != 0; }
  static void enable(LogItem item) { mask_ |= static_cast<uint32_t>(item); }
  static void disable_all() { mask_ = 0; }
  static bool any() { return mask_ != 0; }
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
  static uint32_t mask_;
  static std::FILE* file_;
  static std::string prefix_;
};

}  // namespace vireo
