"""Gives a running guest a graphics card and a keyboard, looks at the cursor that the guest shows,
and takes both away:  virtio_gpu_plug_session.py QMP-SOCKET SERIAL-SOCKET FOLDER"""

import sys

from picture import read
from qmp_client import Lines, Qmp

RED = b'\xff\0\0'


def red_points(qmp, folder):
    """How many points of the screen are red, and the first and the last of them."""
    path = folder + '/screen.ppm'
    qmp.execute('screendump', filename=path)
    width, height, points = read(path)
    assert (width, height) == (640, 480), (width, height)
    found = [at // 3 for at in range(0, len(points), 3) if points[at:at + 3] == RED]
    places = [(at % width, at // width) for at in found]
    return len(found), min(places, default=None), max(places, default=None)


def cursor(qmp, serial, folder):
    def step(word):
        serial.until(word)
        found = red_points(qmp, folder)
        serial.write('on\n')
        return found

    assert step('shown') == (64 * 32, (100, 50), (163, 81))
    # Partly outside, on the left and below.
    assert step('moved') == (44 * 10, (0, 470), (43, 479))
    assert step('moved') == (64 * 32, (576, 0), (639, 31))
    assert step('hidden') == (0, None, None)


def keyboard(qmp, serial):
    serial.until('listening')
    qmp.execute('send-key', keys=[{'type': 'qcode', 'data': 'a'}])
    # A key that is pressed, a report, the same key that is released, a report.
    heard = [serial.read() for _ in range(4)]
    assert heard == ['01001e0001000000', '0' * 16, '01001e0000000000', '0' * 16], heard


def main():
    qmp_path, serial_path, folder = sys.argv[1:]
    serial = Lines(serial_path)
    qmp = Qmp(qmp_path)
    for round_number in range(2):
        serial.until('waiting')
        qmp.execute('device_add', driver='virtio-gpu-pci', id='card', bus='first', xres=640,
                    yres=480, packed=round_number == 1)
        qmp.execute('device_add', driver='virtio-keyboard-pci', id='keys', bus='second',
                    packed=round_number == 1)
        cursor(qmp, serial, folder)
        keyboard(qmp, serial)
        serial.until('enough')
        for name in 'card', 'keys':
            qmp.execute('device_del', id=name)
        assert {qmp.wait_event('DEVICE_DELETED')['data']['device'] for _ in range(2)} == {
            'card', 'keys'}
        serial.until('gone')
    serial.until('vireo-guest: script exit 0')
    print('done')


main()
