"""Reads a guest's console from the screen:
console_session.py QMP-SOCKET SERIAL-SOCKET FOLDER FRAME-BUFFER TEXT"""

import sys

from qmp_client import Lines, Qmp
from console_text import text


def main():
    qmp_path, serial_path, folder, frame_buffer, expected = sys.argv[1:]
    serial = Lines(serial_path)
    qmp = Qmp(qmp_path)
    serial.until(frame_buffer)
    serial.until('drawn')
    qmp.execute('screendump', filename=folder + '/screen.ppm')
    rows = text(folder + '/screen.ppm')
    assert rows[1] == expected, rows[:4]
    assert not any(rows[2:]), rows
    serial.write('on\n')
    serial.until('vireo-guest: script exit 0')
    print('done')


main()
