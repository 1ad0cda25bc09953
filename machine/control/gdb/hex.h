// Numbers and bytes as the texts of gdb's packets have them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vireo {

// -1 for what is no digit.
int hex_digit(char c);

// Two digits a byte.
std::string to_hex(std::span<const std::byte> bytes);
std::string to_hex(std::string_view text);
// Nothing unless it is digits throughout, an even number of them.
std::optional<std::vector<std::byte>> from_hex(std::string_view text);

// Reads a packet from its front. What cannot be read leaves it as it is.
class PacketText {
 public:
  explicit PacketText(std::string_view text) : left_(text) {}

  bool take(char c);
  bool take(std::string_view word);
  // At least one digit, of a number of 64 bits.
  std::optional<uint64_t> number();
  // Up to `end`, which is removed with it, or to the end of the packet.
  std::string_view until(char end);
  std::string_view rest() const { return left_; }
  bool empty() const { return left_.empty(); }

 private:
  std::string_view left_;
};

}  // namespace vireo
