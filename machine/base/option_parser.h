// QEMU's option syntax: `value,key=value,flag,key=a,,b`, with every key
// registered before parsing, so that a typing error is found and named.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "machine/base/result.h"

namespace vireo {

enum class OptionType : uint8_t {
  kText,    // anything, also nothing
  kBool,    // on/off, yes/no, true/false; a bare key means on
  kNumber,  // decimal or 0x hexadecimal, from `min` to `max`
  kSize,    // a number with B, K, M, G or T (powers of 1024)
  kChoice,  // one of `choices`
};

// One row of an option's table of keys; help is printed from the same rows.
struct OptionKey {
  std::string_view name;
  OptionType type = OptionType::kText;
  std::string_view help;
  std::string_view choices = {};  // kChoice: "a|b|c"
  uint64_t min = 0;
  uint64_t max = UINT64_MAX;
  // kSize: the unit of a number without a letter, in bytes.
  uint64_t unit = 1;
  // What holds when the key is not given, for help; nothing is shown when empty.
  std::string_view otherwise = {};
  // kText: may be given several times; texts() has all of them.
  bool repeats = false;
};

// What was given. Values were checked against their rows, so reading them
// cannot fail; a key that was not given yields the caller's default.
class ParsedOptions {
 public:
  bool has(std::string_view key) const { return values_.find(key) != values_.end(); }
  std::string text(std::string_view key, std::string_view otherwise = {}) const;
  // Every value of a key that repeats, in their order.
  std::vector<std::string> texts(std::string_view key) const;
  bool flag(std::string_view key, bool otherwise) const;
  uint64_t number(std::string_view key, uint64_t otherwise) const;
  // `help` or `?` stood among the items.
  bool help_wanted() const { return help_wanted_; }

 private:
  friend class OptionReader;
  struct Value {
    std::string text;
    uint64_t number = 0;
    std::vector<std::string> more = {};  // of a key that repeats
  };
  std::map<std::string, Value, std::less<>> values_;
  bool help_wanted_ = false;
};

// Parses `text`. `context` begins every error ("-drive"). A first item without
// '=' is the value of `implied_key`, if one is named. Errors: unknown key (names
// the nearest known), key given twice, value missing or unfit.
Result<ParsedOptions> parse_options(std::string_view context, std::string_view text,
                                    std::span<const OptionKey> keys,
                                    std::string_view implied_key = {});

// Splits at single commas and turns doubled ones into one.
std::vector<std::string> split_option_items(std::string_view text);

// The pieces of a single value; nothing when it does not fit.
std::optional<bool> parse_bool(std::string_view text);
std::optional<uint64_t> parse_number(std::string_view text);
std::optional<uint64_t> parse_size(std::string_view text, uint64_t unit = 1);

// One line of help for each key: "  name=on|off  what it does (default off)".
std::string option_keys_help(std::span<const OptionKey> keys);

}  // namespace vireo
