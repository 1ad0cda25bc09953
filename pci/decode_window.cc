#include "pci/decode_window.h"

#include <fmt/format.h>

#include <algorithm>

namespace vireo {

std::vector<PciRange> DecodeWindow::reached(const PciUpstream& upstream) const {
  if (wanted_size_ == 0) return {};
  return upstream.reached(space_, {wanted_base_, wanted_base_ + (wanted_size_ - 1)});
}

bool DecodeWindow::stands_at(const std::vector<PciRange>& ranges) const {
  return std::equal(parts_.begin(), parts_.end(), ranges.begin(), ranges.end(),
                    [](const auto& part, const PciRange& range) { return part->range == range; });
}

bool DecodeWindow::place(PciUpstream& upstream, uint64_t order) {
  const std::vector<PciRange> ranges = reached(upstream);
  if (stands_at(ranges)) return false;
  unmap();
  for (const PciRange& range : ranges) {
    auto part = std::make_unique<Part>(range, range.first - wanted_base_, handler_);
    IoHandler& handler = part->skipped == 0 ? handler_ : *part;
    part->mapping = upstream.space(space_).map(range.first, range.last - range.first + 1, handler,
                                               name_, priority_, order);
    parts_.push_back(std::move(part));
  }
  return true;
}

std::string DecodeWindow::describe() const {
  if (parts_.empty()) return name_ + " off";
  const char* space = space_ == PciSpace::kIo ? "io" : "mem";
  return fmt::format("{} at {} {:#x}-{:#x}", name_, space, wanted_base_,
                     wanted_base_ + (wanted_size_ - 1));
}

void DecodeWindow::unmap() { parts_.clear(); }

}  // namespace vireo
