"""The letters of a console on a screen: console_text.py PICTURE

The console's first row holds the printable ASCII characters from ! on, by which the letters of the
other rows are known; they have 8 by 16 points. Prints the rows as text, without their ends.
"""
import sys

from picture import read

WIDTH, HEIGHT = 8, 16
LETTERS = ''.join(map(chr, range(33, 127)))


def cells(picture, row):
    """Each letter's points, as whether they are lit."""
    width, _, points = picture
    for column in range(width // WIDTH):
        yield tuple(
            any(points[at:at + 3])
            for y in range(row * HEIGHT, (row + 1) * HEIGHT)
            for at in range((y * width + column * WIDTH) * 3,
                            (y * width + (column + 1) * WIDTH) * 3, 3))


def rows(picture):
    known = dict(zip(cells(picture, 0), LETTERS))
    known[(False,) * (WIDTH * HEIGHT)] = ' '
    for row in range(picture[1] // HEIGHT):
        yield ''.join(known.get(cell, '?') for cell in cells(picture, row)).rstrip()


def text(path):
    return list(rows(read(path)))


if __name__ == '__main__':
    print('\n'.join(text(sys.argv[1])))
