"""A window on an X server, looked at and used as its user does, by Xlib."""

import ctypes
import subprocess
import struct
import time

from qmp_client import TIME_LIMIT

x = ctypes.CDLL('libX11.so.6')
Window, Windows = ctypes.c_ulong, ctypes.POINTER(ctypes.c_ulong)
Display, Text = ctypes.c_void_p, ctypes.c_char_p
x.XOpenDisplay.restype = Display
x.XDefaultRootWindow.restype = Window
x.XDefaultRootWindow.argtypes = [Display]
x.XQueryTree.argtypes = [Display, Window, Windows, Windows, ctypes.POINTER(Windows),
                         ctypes.POINTER(ctypes.c_uint)]
x.XFetchName.argtypes = [Display, Window, ctypes.POINTER(Text)]
x.XMoveResizeWindow.argtypes = [Display, Window, ctypes.c_int, ctypes.c_int, ctypes.c_uint,
                                ctypes.c_uint]
x.XSync.argtypes = [Display, ctypes.c_int]
x.XStringToKeysym.restype = ctypes.c_ulong
x.XStringToKeysym.argtypes = [Text]
x.XKeysymToKeycode.restype = ctypes.c_ubyte
x.XKeysymToKeycode.argtypes = [Display, ctypes.c_ulong]

KEY_PRESS, KEY_RELEASE, BUTTON_PRESS, BUTTON_RELEASE = 2, 3, 4, 5
MASKS = {KEY_PRESS: 1, KEY_RELEASE: 2, BUTTON_PRESS: 4, BUTTON_RELEASE: 8}


class InputEvent(ctypes.Structure):
    """XKeyEvent and XButtonEvent, which differ in what `code` is; as long as an XEvent."""
    _fields_ = [('type', ctypes.c_int), ('serial', ctypes.c_ulong), ('sent', ctypes.c_int),
                ('display', Display), ('window', Window), ('root', Window), ('below', Window),
                ('time', ctypes.c_ulong), ('x', ctypes.c_int), ('y', ctypes.c_int),
                ('x_root', ctypes.c_int), ('y_root', ctypes.c_int), ('state', ctypes.c_uint),
                ('code', ctypes.c_uint), ('same_screen', ctypes.c_int),
                ('rest', ctypes.c_long * 24)]


x.XSendEvent.argtypes = [Display, Window, ctypes.c_int, ctypes.c_long, ctypes.POINTER(InputEvent)]


class UsedWindow:
    """The first window whose title begins so; waits until it is there."""

    def __init__(self, title):
        self.display = x.XOpenDisplay(None)
        assert self.display, 'there is no X server'
        root = x.XDefaultRootWindow(self.display)
        self.window = self.until(lambda: self.find(root, title))

    @staticmethod
    def until(what):
        """Asks again and again until the answer is yes, and returns it."""
        end = time.monotonic() + TIME_LIMIT
        while not (answer := what()):
            assert time.monotonic() < end, 'that did not happen'
            time.sleep(0.1)
        return answer

    def find(self, window, title):
        if self.title_of(window).startswith(title):
            return window
        below = (self.find(child, title) for child in self.children(window))
        return next((found for found in below if found), None)

    def children(self, window):
        root, parent, found, count = Window(), Window(), Windows(), ctypes.c_uint()
        x.XQueryTree(self.display, window, ctypes.byref(root), ctypes.byref(parent),
                     ctypes.byref(found), ctypes.byref(count))
        return [found[i] for i in range(count.value)]

    def title_of(self, window):
        text = Text()
        there = x.XFetchName(self.display, window, ctypes.byref(text))
        return text.value.decode() if there else ''

    def title(self):
        return self.title_of(self.window)

    def resize(self, width, height):
        """From the screen's corner on, so that all of it is seen."""
        x.XMoveResizeWindow(self.display, self.window, 0, 0, width, height)
        x.XSync(self.display, 0)

    def send(self, kind, code):
        event = InputEvent(type=kind, display=self.display, window=self.window, x=100, y=100,
                           code=code, same_screen=1)
        x.XSendEvent(self.display, self.window, 1, MASKS[kind], ctypes.byref(event))
        x.XSync(self.display, 0)

    def click(self):
        self.send(BUTTON_PRESS, 1)
        self.send(BUTTON_RELEASE, 1)

    def press(self, *names):
        """Keys that are held together."""
        codes = [x.XKeysymToKeycode(self.display, x.XStringToKeysym(name.encode()))
                 for name in names]
        for code in codes:
            self.send(KEY_PRESS, code)
        for code in reversed(codes):
            self.send(KEY_RELEASE, code)

    def picture(self):
        """Width, height, and how many points are lit, by xwd: big-endian words, of which the first
        is the header's length; colours follow, then points."""
        data = subprocess.run(['xwd', '-silent', '-id', str(self.window)], check=True,
                              stdout=subprocess.PIPE).stdout
        words = struct.unpack('>25I', data[:100])
        header, width, height, bits, stride, colours = (words[i] for i in (0, 4, 5, 11, 12, 19))
        points = data[header + colours * 12:]
        size = bits // 8
        lit = sum(any(points[y * stride + i * size:y * stride + i * size + 3])
                  for y in range(height) for i in range(width))
        return width, height, lit
