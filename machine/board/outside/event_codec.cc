#include "machine/board/outside/event_codec.h"

namespace vireo {
namespace {

// Seven bits at a time, the lowest first; the top bit says that more follow (LEB128).
void put_number(std::vector<std::byte>& out, uint64_t value) {
  for (; value >= 0x80; value >>= 7) out.push_back(static_cast<std::byte>(value | 0x80));
  out.push_back(static_cast<std::byte>(value));
}

bool take_number(std::span<const std::byte>& bytes, uint64_t& value) {
  value = 0;
  for (unsigned shift = 0; shift < 64 && !bytes.empty(); shift += 7) {
    const auto byte = static_cast<uint8_t>(bytes.front());
    bytes = bytes.subspan(1);
    value |= uint64_t{byte & 0x7fu} << shift;
    if ((byte & 0x80) == 0) return true;
  }
  return false;
}

// What an event's first byte holds beside its kind.
constexpr uint8_t kHasSource = 0x10;
constexpr uint8_t kHasValue = 0x20;
constexpr uint8_t kHasData = 0x40;
constexpr uint8_t kHasAsked = 0x80;
constexpr uint8_t kKindMask = 0x0f;
static_assert(kOutsideKinds <= kKindMask + 1);

}  // namespace

// Mostly one instruction takes one nanosecond: then the second difference is small.
void EventEncoder::append(std::vector<std::byte>& out, const OutsideEvent& event) {
  uint8_t first = static_cast<uint8_t>(event.kind);
  if (event.source != 0) first |= kHasSource;
  if (event.value != 0) first |= kHasValue;
  if (!event.data.empty()) first |= kHasData;
  if (event.asked != 0) first |= kHasAsked;
  out.push_back(static_cast<std::byte>(first));
  const uint64_t instructions = event.instructions - instructions_;
  put_number(out, instructions);
  put_number(out, event.virtual_ns - virtual_ns_ - instructions);
  instructions_ = event.instructions;
  virtual_ns_ = event.virtual_ns;
  if (event.asked != 0) put_number(out, event.asked);
  if (event.source != 0) put_number(out, event.source);
  if (event.value != 0) put_number(out, event.value);
  if (event.data.empty()) return;
  put_number(out, event.data.size());
  out.insert(out.end(), event.data.begin(), event.data.end());
}

std::optional<OutsideEvent> EventDecoder::take(std::span<const std::byte>& bytes) {
  if (bytes.empty()) return std::nullopt;
  const auto first = static_cast<uint8_t>(bytes.front());
  bytes = bytes.subspan(1);
  if ((first & kKindMask) >= kOutsideKinds) return std::nullopt;
  OutsideEvent event;
  event.kind = static_cast<OutsideKind>(first & kKindMask);
  uint64_t instructions = 0, more_ns = 0, source = 0, length = 0;
  if (!take_number(bytes, instructions) || !take_number(bytes, more_ns)) return std::nullopt;
  if ((first & kHasAsked) && !take_number(bytes, event.asked)) return std::nullopt;
  if ((first & kHasSource) && !take_number(bytes, source)) return std::nullopt;
  if ((first & kHasValue) && !take_number(bytes, event.value)) return std::nullopt;
  if ((first & kHasData) && !take_number(bytes, length)) return std::nullopt;
  if (source > UINT32_MAX || length > bytes.size()) return std::nullopt;
  event.source = static_cast<uint32_t>(source);
  event.data.assign(bytes.begin(), bytes.begin() + static_cast<ptrdiff_t>(length));
  bytes = bytes.subspan(length);
  instructions_ += instructions;
  virtual_ns_ += instructions + more_ns;
  event.instructions = instructions_;
  event.virtual_ns = virtual_ns_;
  return event;
}

}  // namespace vireo
