"""Reads what stands on a picture in the letters of the VGA's ROM, 8 by 16 points each, or in some
like them: of Linux's it takes T, f, m, v and w for others."""
import functools

ROM = '/usr/share/seabios/vgabios-stdvga.bin'
LETTER_A = bytes.fromhex('000010386cc6c6fec6c6c6c600000000')
POINTS_THAT_MAY_DIFFER = 10  # of 128: other programs' letters are not quite the ROM's


@functools.cache
def font():
    """The printable ASCII characters, by the number whose bits are their points."""
    with open(ROM, 'rb') as file:
        rom = file.read()
    start = rom.index(LETTER_A) - ord('A') * 16
    return {int.from_bytes(rom[start + code * 16:start + code * 16 + 16], 'big'): chr(code)
            for code in range(33, 127)}


@functools.cache
def nearest(points):
    """How many points of a cell differ from the most alike character, and that character."""
    if points in font():
        return 0, font()[points]
    return min(((points ^ known).bit_count(), letter) for known, letter in font().items())


@functools.cache
def character(cell):
    """The character of a cell, whose points are given as 0 to 255: light ones on dark, or dark ones
    on light, whatever shades there are. A blank for what is none."""
    dark, light = min(cell), max(cell)
    if light - dark < 32:
        return ' '
    drawn = sum(1 << (127 - i) for i, shade in enumerate(cell) if shade - dark > (light - dark) * .6)
    differ, letter = min(nearest(drawn), nearest(drawn ^ ((1 << 128) - 1)))
    return letter if differ <= POINTS_THAT_MAY_DIFFER else ' '


def lines_from(top, width, height, shades):
    lines = []
    for row in range(top, height - 15, 16):
        starts = range(row * width, (row + 16) * width, width)
        lines.append(''.join(
            character(b''.join(shades[start + left:start + left + 8] for start in starts))
            for left in range(0, width - 7, 8)).rstrip())
    return lines


def text_of(width, height, points):
    """The lines of a picture; `points` are three bytes each. Letters begin at the picture's upper
    edge, or half a letter below it, whichever reads better."""
    shades = bytes((points[i] + points[i + 1] + points[i + 2]) // 3
                   for i in range(0, len(points), 3))
    both = (lines_from(top, width, height, shades) for top in (0, 8))
    return '\n'.join(max(both, key=lambda lines: len(''.join(lines).replace(' ', ''))))
