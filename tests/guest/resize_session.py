"""Gives a window another size when the guest is ready for it, by Xlib:
resize_session.py QMP-SOCKET SERIAL-SOCKET NAME WIDTH HEIGHT"""

import ctypes
import sys

from qmp_client import Lines

x = ctypes.CDLL('libX11.so.6')
x.XOpenDisplay.restype = ctypes.c_void_p
Window, Windows = ctypes.c_ulong, ctypes.POINTER(ctypes.c_ulong)
x.XDefaultRootWindow.restype = Window
x.XDefaultRootWindow.argtypes = [ctypes.c_void_p]
x.XQueryTree.argtypes = [ctypes.c_void_p, Window, Windows, Windows, ctypes.POINTER(Windows),
                         ctypes.POINTER(ctypes.c_uint)]
x.XFetchName.argtypes = [ctypes.c_void_p, Window, ctypes.POINTER(ctypes.c_char_p)]
x.XResizeWindow.argtypes = [ctypes.c_void_p, Window, ctypes.c_uint, ctypes.c_uint]
x.XSync.argtypes = [ctypes.c_void_p, ctypes.c_int]


def children(display, window):
    root, parent, found, count = Window(), Window(), Windows(), ctypes.c_uint()
    x.XQueryTree(display, window, ctypes.byref(root), ctypes.byref(parent), ctypes.byref(found),
                 ctypes.byref(count))
    return [found[i] for i in range(count.value)]


def find(display, window, name):
    """The first window of this name, below that one; None where there is none."""
    text = ctypes.c_char_p()
    if x.XFetchName(display, window, ctypes.byref(text)) and text.value.decode() == name:
        return window
    below = (find(display, child, name) for child in children(display, window))
    return next((found for found in below if found), None)


def main():
    _, serial_path, name, width, height = sys.argv[1:]
    serial = Lines(serial_path)
    assert serial.until('before') == 'before 1280x800'
    display = x.XOpenDisplay(None)
    window = find(display, x.XDefaultRootWindow(display), name)
    assert window, 'there is no such window'
    x.XResizeWindow(display, window, int(width), int(height))
    x.XSync(display, 0)
    assert serial.until('after') == f'after {width}x{height}'
    serial.until('vireo-guest: script exit 0')
    print('resized')


main()
