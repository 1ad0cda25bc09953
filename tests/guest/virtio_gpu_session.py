"""Looks at a guest's virtio-gpu and works with its input devices:
virtio_gpu_session.py QMP-SOCKET SERIAL-SOCKET FOLDER"""

import struct
import sys

from qmp_client import Lines, Qmp
from console_text import text

EV_SYN, EV_KEY, EV_REL, EV_ABS = range(4)
SYN = (EV_SYN, 0, 0)
KEY_A, KEY_B, KEY_LEFTSHIFT, BTN_LEFT = 30, 48, 42, 0x110


def events(serial, count):
    """What the guest read from an event device."""
    lines = [serial.read() for _ in range(count)]
    assert serial.read() == 'heard', lines
    return [struct.unpack('<HHi', bytes.fromhex(line)) for line in lines]


def key(name, down):
    return {'type': 'key', 'data': {'down': down, 'key': {'type': 'qcode', 'data': name}}}


def button(down):
    return {'type': 'btn', 'data': {'button': 'left', 'down': down}}


def axis(kind, name, value):
    return {'type': kind, 'data': {'axis': name, 'value': value}}


def look(qmp, serial, folder):
    serial.until('1024x768')
    serial.until('0 virtio_gpudrmfb')
    serial.until('drawn')
    qmp.execute('screendump', filename=folder + '/screen.png', format='png')
    rows = text(folder + '/screen.png')
    assert len(rows) == 768 // 16, len(rows)
    assert rows[1] == 'virtio-gpu shows this', rows[:4]
    assert not any(rows[2:]), rows
    serial.write('on\n')


def keyboard(qmp, serial):
    serial.until('listening Keyboard')
    qmp.execute('send-key', keys=[{'type': 'qcode', 'data': name} for name in ('shift', 'a')])
    assert events(serial, 6) == [
        (EV_KEY, KEY_LEFTSHIFT, 1), SYN, (EV_KEY, KEY_A, 1), SYN, (EV_KEY, KEY_A, 0), SYN]


def tablet(qmp, serial):
    serial.until('listening Tablet')
    qmp.execute('input-send-event', events=[
        axis('abs', 'x', 1000), axis('abs', 'y', 99999), key('b', True)])
    qmp.execute('input-send-event', events=[axis('abs', 'x', 0), key('b', False)])
    assert events(serial, 5) == [
        (EV_ABS, 0, 1000), (EV_ABS, 1, 0x7fff), SYN, (EV_ABS, 0, 0), SYN]


def mouse(qmp, serial):
    serial.until('listening Mouse')
    qmp.execute('input-send-event', events=[axis('rel', 'y', -7), button(True)])
    assert events(serial, 4) == [(EV_REL, 1, -7), SYN, (EV_KEY, BTN_LEFT, 1), SYN]


def main():
    qmp_path, serial_path, folder = sys.argv[1:]
    serial = Lines(serial_path)
    qmp = Qmp(qmp_path)
    look(qmp, serial, folder)
    keyboard(qmp, serial)
    tablet(qmp, serial)
    mouse(qmp, serial)
    serial.until('vireo-guest: script exit 0')
    print('done')


main()
