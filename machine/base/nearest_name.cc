#include "machine/base/nearest_name.h"

#include <algorithm>

namespace vireo {
namespace {

// Shorter common beginnings than this say nothing about what was meant.
constexpr size_t kTellingPrefix = 3;

unsigned distance_for_help(std::string_view name, std::string_view candidate) {
  const size_t shorter = std::min(name.size(), candidate.size());
  const bool continues = name.substr(0, shorter) == candidate.substr(0, shorter);
  if (continues && shorter >= kTellingPrefix) return name.size() == candidate.size() ? 0 : 1;
  return edit_distance(name, candidate);
}

}  // namespace

// Optimal string alignment, three rows of the table at a time.
unsigned edit_distance(std::string_view a, std::string_view b) {
  const size_t width = b.size() + 1;
  std::vector<unsigned> before(width), above(width), row(width);
  for (size_t j = 0; j < width; ++j) row[j] = static_cast<unsigned>(j);
  for (size_t i = 1; i <= a.size(); ++i) {
    before.swap(above);
    above.swap(row);
    row[0] = static_cast<unsigned>(i);
    for (size_t j = 1; j < width; ++j) {
      const unsigned change = above[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, change});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) row[j] = std::min(row[j], before[j - 2] + 1);
    }
  }
  return row[b.size()];
}

std::string_view nearest_name(std::string_view name,
                              const std::vector<std::string_view>& candidates) {
  if (candidates.empty()) return {};
  return *std::min_element(candidates.begin(), candidates.end(),
                           [&](std::string_view a, std::string_view b) {
                             return distance_for_help(name, a) < distance_for_help(name, b);
                           });
}

}  // namespace vireo
