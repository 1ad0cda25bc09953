#include "machine/devices/vga/vga_text.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "machine/devices/vga/vga_layout.h"

namespace vireo {
namespace {

constexpr unsigned kLettersPlane = 0, kAttributesPlane = 1, kFontPlane = 2;
constexpr unsigned kGlyphBytes = 32;

// Code page 437, in which PC fonts are drawn: what is not ASCII.
constexpr std::array<std::u8string_view, 33> kFirst{
    u8" ", u8"☺", u8"☻", u8"♥", u8"♦", u8"♣", u8"♠", u8"•", u8"◘", u8"○", u8"◙",
    u8"♂", u8"♀", u8"♪", u8"♫", u8"☼", u8"►", u8"◄", u8"↕", u8"‼", u8"¶", u8"§",
    u8"▬", u8"↨", u8"↑", u8"↓", u8"→", u8"←", u8"∟", u8"↔", u8"▲", u8"▼", u8" "};
constexpr std::array<std::u8string_view, 129> kLast{
    u8"⌂", u8"Ç", u8"ü", u8"é", u8"â", u8"ä", u8"à", u8"å", u8"ç", u8"ê", u8"ë", u8"è", u8"ï",
    u8"î", u8"ì", u8"Ä", u8"Å", u8"É", u8"æ", u8"Æ", u8"ô", u8"ö", u8"ò", u8"û", u8"ù", u8"ÿ",
    u8"Ö", u8"Ü", u8"¢", u8"£", u8"¥", u8"₧", u8"ƒ", u8"á", u8"í", u8"ó", u8"ú", u8"ñ", u8"Ñ",
    u8"ª", u8"º", u8"¿", u8"⌐", u8"¬", u8"½", u8"¼", u8"¡", u8"«", u8"»", u8"░", u8"▒", u8"▓",
    u8"│", u8"┤", u8"╡", u8"╢", u8"╖", u8"╕", u8"╣", u8"║", u8"╗", u8"╝", u8"╜", u8"╛", u8"┐",
    u8"└", u8"┴", u8"┬", u8"├", u8"─", u8"┼", u8"╞", u8"╟", u8"╚", u8"╔", u8"╩", u8"╦", u8"╠",
    u8"═", u8"╬", u8"╧", u8"╨", u8"╤", u8"╥", u8"╙", u8"╘", u8"╒", u8"╓", u8"╫", u8"╪", u8"┘",
    u8"┌", u8"█", u8"▄", u8"▌", u8"▐", u8"▀", u8"α", u8"ß", u8"Γ", u8"π", u8"Σ", u8"σ", u8"µ",
    u8"τ", u8"Φ", u8"Θ", u8"Ω", u8"δ", u8"∞", u8"φ", u8"ε", u8"∩", u8"≡", u8"±", u8"≥", u8"≤",
    u8"⌠", u8"⌡", u8"÷", u8"≈", u8"°", u8"∙", u8"·", u8"√", u8"ⁿ", u8"²", u8"■", u8" "};
constexpr uint8_t kFirstOfLast = 0x7f;

std::string letter(uint8_t code) {
  if (code >= kFirst.size() && code < kFirstOfLast) return std::string(1, static_cast<char>(code));
  const std::u8string_view text = code < kFirst.size() ? kFirst[code] : kLast[code - kFirstOfLast];
  return std::string(text.begin(), text.end());
}

// The two fonts of which bit 3 of an attribute chooses (sequencer register 3).
std::array<unsigned, 2> font_places(const VgaState& state) {
  constexpr unsigned kPlaces[] = {0x0000, 0x4000, 0x8000, 0xc000, 0x2000, 0x6000, 0xa000, 0xe000};
  const unsigned select = state.sequencer[3];
  return {kPlaces[(select & 3) | (select >> 2 & 4)],
          kPlaces[(select >> 2 & 3) | (select >> 3 & 4)]};
}

// One letter with all that its look depends on.
struct Cell {
  uint8_t code, attribute;
  bool cursor;
};

class TextPainter {
 public:
  explicit TextPainter(const VgaView& view)
      : view_(view), layout_(view.state), fonts_(font_places(view.state)) {
    for (unsigned i = 0; i < colours_.size(); ++i) colours_[i] = attribute_colour(view.state, i);
  }

  Picture picture() {
    Picture out(layout_.columns * layout_.cell_width(), layout_.height);
    for (unsigned y = 0; y < layout_.height; ++y) {
      const bool split = y > layout_.line_compare;
      const unsigned from = split ? y - layout_.line_compare - 1 : y;
      const unsigned row = from / layout_.cell_lines();
      const unsigned first = (split ? 0 : layout_.start) + row * layout_.pitch;
      const unsigned line = from % layout_.cell_lines() / (layout_.doubled_lines ? 2 : 1);
      for (unsigned column = 0; column < layout_.columns; ++column) {
        paint(cell(first + column), line, out.row(y) + size_t{column} * layout_.cell_width());
      }
    }
    return out;
  }

 private:
  Cell cell(unsigned place) const {
    const unsigned cursor = unsigned{view_.state.crtc[0x0e]} << 8 | view_.state.crtc[0x0f];
    return {plane_byte(view_, place, kLettersPlane), plane_byte(view_, place, kAttributesPlane),
            (place & 0xffff) == cursor};
  }

  bool under_cursor(const Cell& cell, unsigned line) const {
    const uint8_t start = view_.state.crtc[0x0a], end = view_.state.crtc[0x0b] & 0x1f;
    return cell.cursor && view_.cursor_on && (start & 0x20) == 0 && line >= (start & 0x1fu) &&
           line <= end;
  }

  // The points of a line of the letter, the leftmost in bit 8.
  unsigned points(const Cell& cell, unsigned line) const {
    const unsigned font = fonts_[cell.attribute >> 3 & 1];
    const unsigned eight = plane_byte(view_, font + cell.code * kGlyphBytes + line, kFontPlane);
    const bool joined = (mode() & 4) != 0 && cell.code >= 0xc0 && cell.code <= 0xdf;
    return eight << 1 | (joined ? eight & 1 : 0);
  }

  void paint(const Cell& cell, unsigned line, uint32_t* out) const {
    constexpr uint8_t kBlinking = 0x80;
    const bool blinks = (mode() & 8) != 0;
    unsigned front = cell.attribute & 15, back = cell.attribute >> 4;
    if (blinks) back &= 7;
    if (blinks && (cell.attribute & kBlinking) != 0 && !view_.blink_on) front = back;
    const unsigned bits = under_cursor(cell, line) ? 0x1ff : points(cell, line);
    const unsigned factor = layout_.wide ? 2 : 1;
    for (unsigned x = 0; x < layout_.cell_width(); ++x) {
      out[x] = colours_[(bits >> (8 - x / factor) & 1) != 0 ? front : back];
    }
  }

  uint8_t mode() const { return view_.state.attribute[0x10]; }

  const VgaView& view_;
  VgaLayout layout_;
  std::array<unsigned, 2> fonts_;
  std::array<uint32_t, 16> colours_{};
};

}  // namespace

Picture vga_letters(const VgaView& view) { return TextPainter(view).picture(); }

std::optional<std::string> vga_text(const VgaView& view) {
  if (view.linear || is_dark(view.state) || !is_text(view.state)) return std::nullopt;
  const VgaLayout layout(view.state);
  std::string text;
  for (unsigned row = 0; row < layout.rows(); ++row) {
    std::string line;
    for (unsigned column = 0; column < layout.columns; ++column) {
      const unsigned place = layout.start + row * layout.pitch + column;
      line += letter(plane_byte(view, place, kLettersPlane));
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

}  // namespace vireo
