#include "machine/control/img/img_words.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "machine/base/nearest_name.h"
#include "machine/base/option_parser.h"

namespace vireo {
namespace {

constexpr OptionKey kCreateKeys[] = {
    {"size", OptionType::kSize, "of the disk"},
    {"backing_file", OptionType::kText, "what is not written yet is read from this image"},
    {"backing_fmt", OptionType::kChoice, "the backing file's format", "raw|qcow2"},
    {"cluster_size", OptionType::kSize, "from 512 to 2M (default 64K)"},
    {"compat", OptionType::kChoice, "version 2 or 3 (default 1.1)", "0.10|1.1|v2|v3"},
    {"compression_type", OptionType::kChoice, "of compressed clusters (default zlib)", "zlib|zstd"},
    {"lazy_refcounts", OptionType::kBool, "others may put off writing refcounts"},
    {"refcount_bits", OptionType::kNumber, "1 to 64, a power of two (default 16)"},
    {"preallocation", OptionType::kChoice, "off, the only one", "off"},
};

bool among(std::string_view word, std::span<const std::string_view> names) {
  return std::find(names.begin(), names.end(), word) != names.end();
}

std::string_view nearest_option(std::string_view word, std::span<const std::string_view> flags,
                                std::span<const std::string_view> values) {
  std::vector<std::string_view> all(flags.begin(), flags.end());
  all.insert(all.end(), values.begin(), values.end());
  return nearest_name(word, all);
}

Result<unsigned> power_of_two(std::string_view key, uint64_t value, uint64_t least, uint64_t most) {
  if (std::has_single_bit(value) && value >= least && value <= most) {
    return static_cast<unsigned>(std::countr_zero(value));
  }
  return Error{fmt::format("-o {}={}: give a power of two from {} to {}", key, value, least, most)};
}

}  // namespace

Result<ImgWords> parse_img_words(std::span<const std::string_view> words,
                                 std::span<const std::string_view> flags,
                                 std::span<const std::string_view> values) {
  ImgWords out;
  for (size_t i = 0; i < words.size(); ++i) {
    const std::string_view word = words[i];
    if (word.size() < 2 || word.front() != '-') {
      out.files.emplace_back(word);
      continue;
    }
    const size_t equals = word.find('=');
    const std::string_view option = word.substr(0, equals);
    const bool attached = equals != std::string_view::npos;
    if (among(option, flags) && !attached) {
      out.options[std::string(option)] = "";
    } else if (!among(option, values)) {
      return Error{fmt::format("unknown option {}; the nearest is {} (see vireo img --help)", word,
                               nearest_option(word, flags, values))};
    } else if (attached) {
      out.options[std::string(option)] = word.substr(equals + 1);
    } else if (i + 1 == words.size()) {
      return Error{fmt::format("{} needs a value", word)};
    } else {
      out.options[std::string(option)] = words[++i];
    }
  }
  const std::string output = out.text("--output");
  if (output.empty() || output == "json" || output == "human") return out;
  return Error{fmt::format("--output={}: choose human or json", output)};
}

Result<std::optional<DiskFormat>> format_option(const ImgWords& words, std::string_view option) {
  if (!words.has(option)) return std::optional<DiskFormat>();
  const auto format = disk_format(words.text(option));
  if (format) return format;
  return Error{
      fmt::format("{} {}: the formats are raw, qcow2 and gzip", option, words.text(option))};
}

Result<Qcow2Layout> layout_option(const ImgWords& words, DiskFormat format) {
  Qcow2Layout layout;
  if (format == DiskFormat::kGzip) {
    return Error{"gzip images are only read; make a raw one and pack it by gzip"};
  }
  const auto parsed = parse_options("-o", words.text("-o"), kCreateKeys);
  if (!parsed) return parsed.error();
  const bool backing = words.has("-b") || words.has("-F") || parsed->has("backing_file");
  if (format == DiskFormat::kRaw && (words.has("-o") || backing)) {
    return Error{"a raw image has no such options; give -f qcow2, or -O qcow2"};
  }
  layout.size = parsed->number("size", 0);
  const auto cluster =
      power_of_two("cluster_size", parsed->number("cluster_size", 65536), 512, 2 << 20);
  if (!cluster) return cluster.error();
  const auto order = power_of_two("refcount_bits", parsed->number("refcount_bits", 16), 1, 64);
  if (!order) return order.error();
  const std::string compat = parsed->text("compat", "1.1");
  layout.cluster_bits = *cluster;
  layout.refcount_order = *order;
  layout.version = compat == "0.10" || compat == "v2" ? 2 : 3;
  layout.lazy_refcounts = parsed->flag("lazy_refcounts", false);
  if (parsed->text("compression_type") == "zstd") layout.compression = qcow2::Compression::kZstd;
  layout.backing_file = words.has("-b") ? words.text("-b") : parsed->text("backing_file");
  layout.backing_format = words.has("-F") ? words.text("-F") : parsed->text("backing_fmt");
  if (layout.backing_file.empty() || disk_format(layout.backing_format)) return layout;
  return Error{fmt::format("the backing file {} needs its format: give -F raw or -F qcow2",
                           layout.backing_file)};
}

}  // namespace vireo
