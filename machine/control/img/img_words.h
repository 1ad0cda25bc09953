// The command line of `vireo img`.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "machine/base/result.h"
#include "machine/board/image_tool/image_tool.h"

namespace vireo {

struct ImgWords {
  std::vector<std::string> files;  // and a size, for `create`
  std::map<std::string, std::string, std::less<>> options;

  bool has(std::string_view option) const { return options.find(option) != options.end(); }
  std::string text(std::string_view option) const {
    const auto found = options.find(option);
    return found == options.end() ? std::string() : found->second;
  }
  // --output=json was given.
  bool json() const { return text("--output") == "json"; }
};

// `flags` and `values` are the options that the sub-command has, without and with a value. A value
// stands behind its option, or behind '='.
Result<ImgWords> parse_img_words(std::span<const std::string_view> words,
                                 std::span<const std::string_view> flags,
                                 std::span<const std::string_view> values);

// The format that option `option` names; none without it.
Result<std::optional<DiskFormat>> format_option(const ImgWords& words, std::string_view option);

// What -o says of a new image of this format.
Result<Qcow2Layout> layout_option(const ImgWords& words, DiskFormat format);

}  // namespace vireo
