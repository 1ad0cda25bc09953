"""Gives a window another size when the guest is ready for it:
resize_session.py QMP-SOCKET SERIAL-SOCKET NAME WIDTH HEIGHT"""

import sys

from qmp_client import Lines
from x_window import UsedWindow


def main():
    _, serial_path, name, width, height = sys.argv[1:]
    serial = Lines(serial_path)
    assert serial.until('before') == 'before 1280x800'
    UsedWindow(name).resize(int(width), int(height))
    assert serial.until('after') == f'after {width}x{height}'
    serial.until('vireo-guest: script exit 0')
    print('resized')


main()
