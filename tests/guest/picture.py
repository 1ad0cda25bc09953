#!/usr/bin/env python3
"""Says what pictures hold, PNG or PPM:  picture.py FILE...

For each its size, how many points are not black, and a checksum of all points.
"""
import hashlib
import struct
import sys
import zlib


def read_ppm(data):
    magic, width, height, top, points = data.split(maxsplit=4)
    assert (magic, top) == (b'P6', b'255')
    # The points begin after one white space: split() may have eaten some that look like it.
    size = int(width) * int(height) * 3
    return int(width), int(height), data[-size:]


def read_png(data):
    """Only what vireo writes: 8 bits a colour, no filters."""
    at, packed, width, height = 8, b'', 0, 0
    while at < len(data):
        length, name = struct.unpack('>I4s', data[at:at + 8])
        content = data[at + 8:at + 8 + length]
        (checksum,) = struct.unpack('>I', data[at + 8 + length:at + 12 + length])
        assert checksum == zlib.crc32(name + content), name
        if name == b'IHDR':
            width, height = struct.unpack('>II', content[:8])
        if name == b'IDAT':
            packed += content
        at += 12 + length
    rows = zlib.decompress(packed)
    stride = width * 3 + 1
    assert len(rows) == stride * height
    return width, height, b''.join(rows[y * stride + 1:(y + 1) * stride] for y in range(height))


def read(path):
    with open(path, 'rb') as file:
        data = file.read()
    return read_png(data) if data.startswith(b'\x89PNG') else read_ppm(data)


def main():
    for path in sys.argv[1:]:
        width, height, points = read(path)
        lit = sum(points[i:i + 3] != b'\0\0\0' for i in range(0, len(points), 3))
        print(f'{width}x{height} {lit} {hashlib.sha256(points).hexdigest()}')


if __name__ == "__main__":
    main()
