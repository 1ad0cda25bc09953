"""Uses a machine's window whose firmware has come to its end: window_session.py QMP-SOCKET TITLE"""

import sys

from qmp_client import Qmp
from x_window import UsedWindow


def main():
    path, title = sys.argv[1:]
    qmp = Qmp(path)
    window = UsedWindow(title)
    grabbed = title + ' - Ctrl+Alt+G releases the mouse'

    window.until(lambda: 'No bootable device' in qmp.monitor('info screen'))
    width, height, lit = window.until(lambda: (found := window.picture())[2] > 2000 and found)
    assert (width, height) == (720, 400), (width, height)

    # The first click after the window got the focus may be for that alone.
    window.until(lambda: window.click() or window.title() == grabbed)
    window.press('Control_L', 'Alt_L', 'g')
    window.until(lambda: window.title() == title)
    window.press('Control_L', 'Alt_L', 'g')
    window.until(lambda: window.title() == grabbed)
    window.press('Control_L', 'Alt_L', 'g')
    window.until(lambda: window.title() == title)

    qmp.execute('stop')
    window.until(lambda: window.title() == title + ' [stopped]')
    qmp.execute('cont')
    window.until(lambda: window.title() == title)

    # Twice as wide and high: four points for each.
    window.resize(1440, 800)
    window.until(lambda: window.picture() == (1440, 800, 4 * lit))
    qmp.execute('quit')
    print('used')


main()
