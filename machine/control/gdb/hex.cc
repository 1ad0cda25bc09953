#include "machine/control/gdb/hex.h"

#include <algorithm>

namespace vireo {
namespace {

constexpr std::string_view kDigits = "0123456789abcdef";

}  // namespace

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::string to_hex(std::span<const std::byte> bytes) {
  std::string text;
  text.reserve(2 * bytes.size());
  for (const std::byte b : bytes) {
    text.push_back(kDigits[std::to_integer<unsigned>(b) >> 4]);
    text.push_back(kDigits[std::to_integer<unsigned>(b) & 15]);
  }
  return text;
}

std::string to_hex(std::string_view text) {
  return to_hex(std::as_bytes(std::span(text.data(), text.size())));
}

std::optional<std::vector<std::byte>> from_hex(std::string_view text) {
  if (text.size() % 2 != 0) return std::nullopt;
  std::vector<std::byte> bytes;
  for (size_t i = 0; i < text.size(); i += 2) {
    const int high = hex_digit(text[i]), low = hex_digit(text[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    bytes.push_back(static_cast<std::byte>(high << 4 | low));
  }
  return bytes;
}

bool PacketText::take(char c) {
  if (left_.empty() || left_.front() != c) return false;
  left_.remove_prefix(1);
  return true;
}

bool PacketText::take(std::string_view word) {
  if (left_.substr(0, word.size()) != word) return false;
  left_.remove_prefix(word.size());
  return true;
}

std::optional<uint64_t> PacketText::number() {
  uint64_t value = 0;
  size_t digits = 0;
  while (digits < left_.size() && hex_digit(left_[digits]) >= 0) {
    if (value >> 60 != 0) return std::nullopt;
    value = value << 4 | static_cast<uint64_t>(hex_digit(left_[digits]));
    ++digits;
  }
  if (digits == 0) return std::nullopt;
  left_.remove_prefix(digits);
  return value;
}

std::string_view PacketText::until(char end) {
  const std::string_view part = left_.substr(0, left_.find(end));
  left_.remove_prefix(std::min(part.size() + 1, left_.size()));
  return part;
}

}  // namespace vireo
