// What did the user mean? Spelling distance, for error messages.
#pragma once

#include <string_view>
#include <vector>

namespace vireo {

// Edits (insert, drop, change or swap neighbours) that turn `a` into `b`.
unsigned edit_distance(std::string_view a, std::string_view b);

// The candidate nearest to `name`; the first of equals, and one that continues
// `name` (or that `name` continues) before one of other letters. Empty only when
// there are no candidates.
std::string_view nearest_name(std::string_view name,
                              const std::vector<std::string_view>& candidates);

}  // namespace vireo
