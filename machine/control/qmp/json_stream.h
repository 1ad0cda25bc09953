// Cuts what a client sends into JSON values, which need no line ends between them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace vireo {

// Takes objects and arrays, of a size and depth that are bounded whatever comes. As QEMU does, it
// also takes strings in single quotes, and begins anew at a byte 0xff. After an error the rest of
// the line is dropped.
class JsonStream {
 public:
  static constexpr size_t kMaxBytes = 256 * 1024;
  static constexpr unsigned kMaxDepth = 64;

  // The text of a value, not yet parsed, or what is wrong.
  struct Piece {
    std::string text;
    std::string_view error;
  };
  // What is complete with this byte, if anything.
  std::optional<Piece> feed(uint8_t byte);
  // Forgets what is not complete.
  void clear() { *this = JsonStream(); }

 private:
  std::optional<Piece> begin(char c);
  std::optional<Piece> inside(char c);
  std::optional<Piece> in_string(char c);
  std::optional<Piece> finish();
  Piece fail(std::string_view error, bool rest_of_line);

  std::string text_;
  unsigned depth_ = 0;
  char quote_ = 0;  // of the string that is open
  bool escaped_ = false;
  bool skipping_ = false;  // to the end of the line
};

}  // namespace vireo
