#include "machine/control/qmp/json_stream.h"

#include <utility>

namespace vireo {
namespace {

constexpr uint8_t kStartAnew = 0xff;

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

}  // namespace

std::optional<JsonStream::Piece> JsonStream::feed(uint8_t byte) {
  const char c = static_cast<char>(byte);
  if (byte == kStartAnew) {
    const bool cut = !text_.empty();
    clear();
    if (cut) return Piece{"", "the value was broken off"};
    return std::nullopt;
  }
  if (skipping_) {
    skipping_ = c != '\n';
    return std::nullopt;
  }
  if (text_.empty()) return begin(c);
  if (text_.size() >= kMaxBytes) return fail("the value is too long", c != '\n');
  return quote_ != 0 ? in_string(c) : inside(c);
}

std::optional<JsonStream::Piece> JsonStream::begin(char c) {
  if (is_space(c)) return std::nullopt;
  if (c != '{' && c != '[') return fail("an object was expected", true);
  text_ = c;
  depth_ = 1;
  return std::nullopt;
}

std::optional<JsonStream::Piece> JsonStream::inside(char c) {
  if (c == '"' || c == '\'') {
    quote_ = c;
    text_ += '"';
    return std::nullopt;
  }
  text_ += c;
  if (c == '{' || c == '[') {
    if (++depth_ > kMaxDepth) return fail("the value is nested too deeply", true);
  }
  if (c != '}' && c != ']') return std::nullopt;
  return --depth_ == 0 ? finish() : std::nullopt;
}

// The parser knows strings in double quotes only, in which a single one needs no backslash.
std::optional<JsonStream::Piece> JsonStream::in_string(char c) {
  if (c == '\n') return fail("a string does not end", false);
  if (escaped_) {
    escaped_ = false;
    if (c == '\'') text_.pop_back();
  } else if (c == '\\') {
    escaped_ = true;
  } else if (c == quote_) {
    quote_ = 0;
    c = '"';
  } else if (c == '"') {
    text_ += '\\';
  }
  text_ += c;
  return std::nullopt;
}

std::optional<JsonStream::Piece> JsonStream::finish() {
  Piece piece{std::exchange(text_, {}), {}};
  clear();
  return piece;
}

JsonStream::Piece JsonStream::fail(std::string_view error, bool rest_of_line) {
  clear();
  skipping_ = rest_of_line;
  return {"", error};
}

}  // namespace vireo
