#include "machine/base/option_parser.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "machine/base/nearest_name.h"

namespace vireo {
namespace {

std::vector<std::string_view> split_choices(std::string_view choices) {
  std::vector<std::string_view> out;
  while (!choices.empty()) {
    const size_t bar = std::min(choices.find('|'), choices.size());
    out.push_back(choices.substr(0, bar));
    choices.remove_prefix(std::min(bar + 1, choices.size()));
  }
  return out;
}

// Shift of a size letter, or nothing.
std::optional<unsigned> size_shift(char letter) {
  switch (letter) {
    case 'b':
    case 'B':
      return 0;
    case 'k':
    case 'K':
      return 10;
    case 'm':
    case 'M':
      return 20;
    case 'g':
    case 'G':
      return 30;
    case 't':
    case 'T':
      return 40;
    default:
      return std::nullopt;
  }
}

// What a value of this key looks like, for help and errors.
std::string value_form(const OptionKey& key) {
  switch (key.type) {
    case OptionType::kBool:
      return "on|off";
    case OptionType::kNumber:
      return "N";
    case OptionType::kSize:
      return "SIZE";
    case OptionType::kChoice:
      return std::string(key.choices);
    case OptionType::kText:
      break;
  }
  return "TEXT";
}

std::string range_text(const OptionKey& key) {
  if (key.max == UINT64_MAX && key.min == 0) return "";
  if (key.max == UINT64_MAX) return fmt::format(" of at least {}", key.min);
  return fmt::format(" from {} to {}", key.min, key.max);
}

}  // namespace

class OptionReader {
 public:
  OptionReader(std::string_view context, std::span<const OptionKey> keys)
      : context_(context), keys_(keys) {}

  Result<ParsedOptions> parse(std::string_view text, std::string_view implied_key) {
    bool first = true;
    for (const std::string& item : split_option_items(text)) {
      if (auto stored = take_item(item, first ? implied_key : std::string_view{}); !stored) {
        return stored.error();
      }
      first = false;
    }
    return std::move(parsed_);
  }

 private:
  Result<void> take_item(const std::string& item, std::string_view implied_key) {
    const size_t equals = item.find('=');
    const std::string_view name = std::string_view(item).substr(0, equals);
    if (equals != std::string::npos) {
      return store(name, std::string_view(item).substr(equals + 1));
    }
    if (item == "help" || item == "?") {
      parsed_.help_wanted_ = true;
      return {};
    }
    if (!implied_key.empty()) return store(implied_key, item);
    if (item.empty()) return fail("an empty item; look for a comma too many");
    return store_bare(name);
  }

  // A key alone means "on".
  Result<void> store_bare(std::string_view name) {
    const OptionKey* key = find(name);
    if (key == nullptr) return unknown(name);
    if (key->type == OptionType::kBool) return store(name, "on");
    return fail(fmt::format("'{0}' needs a value: {0}={1}", name, value_form(*key)));
  }

  Result<void> store(std::string_view name, std::string_view text) {
    const OptionKey* key = find(name);
    if (key == nullptr) return unknown(name);
    if (parsed_.has(name)) {
      if (!key->repeats) return fail(fmt::format("'{}' is given twice", name));
      parsed_.values_.find(name)->second.more.emplace_back(text);
      return {};
    }
    const std::optional<uint64_t> number = check(*key, text);
    if (!number) {
      return fail(fmt::format("{}={} is not {}", name, text, expectation(*key)));
    }
    parsed_.values_.emplace(name, ParsedOptions::Value{std::string(text), *number});
    return {};
  }

  // The value as a number (0 for texts), or nothing when it does not fit.
  static std::optional<uint64_t> check(const OptionKey& key, std::string_view text) {
    std::optional<uint64_t> number;
    switch (key.type) {
      case OptionType::kText:
        return 0;
      case OptionType::kBool:
        return parse_bool(text);
      case OptionType::kChoice: {
        const auto choices = split_choices(key.choices);
        if (std::find(choices.begin(), choices.end(), text) == choices.end()) return std::nullopt;
        return 0;
      }
      case OptionType::kNumber:
        number = parse_number(text);
        break;
      case OptionType::kSize:
        number = parse_size(text, key.unit);
        break;
    }
    if (!number || *number < key.min || *number > key.max) return std::nullopt;
    return number;
  }

  static std::string expectation(const OptionKey& key) {
    switch (key.type) {
      case OptionType::kBool:
        return "on or off";
      case OptionType::kNumber:
        return "a number" + range_text(key);
      case OptionType::kSize:
        return "a size such as 64K, 512M or 2G" + range_text(key);
      default:
        return "one of " + fmt::format("{}", fmt::join(split_choices(key.choices), ", "));
    }
  }

  const OptionKey* find(std::string_view name) const {
    for (const OptionKey& key : keys_) {
      if (key.name == name) return &key;
    }
    return nullptr;
  }

  Error unknown(std::string_view name) const {
    std::vector<std::string_view> names;
    for (const OptionKey& key : keys_) names.push_back(key.name);
    if (names.empty()) return fail(fmt::format("takes no properties, but '{}' is given", name));
    return fail(
        fmt::format("unknown property '{}'; the nearest is '{}'", name, nearest_name(name, names)));
  }

  Error fail(std::string_view text) const { return Error{fmt::format("{}: {}", context_, text)}; }

  std::string context_;
  std::span<const OptionKey> keys_;
  ParsedOptions parsed_;
};

std::string ParsedOptions::text(std::string_view key, std::string_view otherwise) const {
  const auto it = values_.find(key);
  return it == values_.end() ? std::string(otherwise) : it->second.text;
}

std::vector<std::string> ParsedOptions::texts(std::string_view key) const {
  const auto it = values_.find(key);
  if (it == values_.end()) return {};
  std::vector<std::string> all{it->second.text};
  all.insert(all.end(), it->second.more.begin(), it->second.more.end());
  return all;
}

bool ParsedOptions::flag(std::string_view key, bool otherwise) const {
  return number(key, otherwise ? 1 : 0) != 0;
}

uint64_t ParsedOptions::number(std::string_view key, uint64_t otherwise) const {
  const auto it = values_.find(key);
  return it == values_.end() ? otherwise : it->second.number;
}

Result<ParsedOptions> parse_options(std::string_view context, std::string_view text,
                                    std::span<const OptionKey> keys, std::string_view implied_key) {
  return OptionReader(context, keys).parse(text, implied_key);
}

std::vector<std::string> split_option_items(std::string_view text) {
  std::vector<std::string> items;
  if (text.empty()) return items;
  items.emplace_back();
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != ',') {
      items.back() += text[i];
    } else if (i + 1 < text.size() && text[i + 1] == ',') {
      items.back() += text[++i];
    } else {
      items.emplace_back();
    }
  }
  return items;
}

std::optional<bool> parse_bool(std::string_view text) {
  if (text == "on" || text == "yes" || text == "true" || text == "y") return true;
  if (text == "off" || text == "no" || text == "false" || text == "n") return false;
  return std::nullopt;
}

std::optional<uint64_t> parse_number(std::string_view text) {
  int base = 10;
  if (text.substr(0, 2) == "0x" || text.substr(0, 2) == "0X") {
    base = 16;
    text.remove_prefix(2);
  }
  uint64_t value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value, base);
  if (error != std::errc{} || stop != end) return std::nullopt;
  return value;
}

std::optional<uint64_t> parse_size(std::string_view text, uint64_t unit) {
  if (text.empty()) return std::nullopt;
  const bool hexadecimal = text.substr(0, 2) == "0x" || text.substr(0, 2) == "0X";
  if (!hexadecimal) {
    if (const auto shift = size_shift(text.back())) {
      unit = uint64_t{1} << *shift;
      text.remove_suffix(1);
    }
  }
  const auto value = parse_number(text);
  if (!value || (*value != 0 && unit > UINT64_MAX / *value)) return std::nullopt;
  return *value * unit;
}

std::string option_keys_help(std::span<const OptionKey> keys) {
  std::string out;
  for (const OptionKey& key : keys) {
    const std::string form = fmt::format("{}={}", key.name, value_form(key));
    // A form that is too long for its column has a line of its own.
    if (form.size() > 30) out += fmt::format("  {}\n", form);
    out += fmt::format("  {:<30} {}", form.size() > 30 ? "" : form, key.help);
    out += key.otherwise.empty() ? "\n" : fmt::format(" (default {})\n", key.otherwise);
  }
  return out;
}

}  // namespace vireo
