"""A client of QMP, and what a serial port on a socket says: for the cases that drive a machine."""

import json
import socket
import time

TIME_LIMIT = 240


def connect(path):
    """Waits until somebody listens there."""
    end = time.monotonic() + TIME_LIMIT
    while True:
        sock = socket.socket(socket.AF_UNIX)
        try:
            sock.connect(path)
            sock.settimeout(TIME_LIMIT)
            return sock
        except OSError:
            sock.close()
            if time.monotonic() > end:
                raise
            time.sleep(0.1)


class Refused(Exception):
    """The answer to a command is an error: its class and its text."""

    def __init__(self, error):
        super().__init__(error["class"], error["desc"])
        self.kind = error["class"]
        self.text = error["desc"]


class Lines:
    """A socket, line by line."""

    def __init__(self, path):
        self.sock = connect(path)
        self.file = self.sock.makefile("rwb")

    def read(self):
        line = self.file.readline()
        if not line:
            raise EOFError("the connection was closed")
        return line.decode(errors="replace").rstrip("\r\n")

    def until(self, start):
        """The first line that begins so."""
        while True:
            line = self.read()
            if line.startswith(start):
                return line

    def write(self, text):
        self.file.write(text.encode())
        self.file.flush()

    def close(self):
        self.file.close()
        self.sock.close()


class Qmp(Lines):
    """Commands and events; `events` holds those that came while an answer was waited for."""

    def __init__(self, path):
        super().__init__(path)
        self.events = []
        self.greeting = json.loads(self.read())["QMP"]
        self.execute("qmp_capabilities")

    def execute(self, command, **arguments):
        given = {name.replace("_", "-"): value for name, value in arguments.items()}
        self.write(json.dumps({"execute": command, "arguments": given, "id": command}) + "\n")
        while True:
            message = json.loads(self.read())
            if "event" in message:
                self.events.append(message)
                continue
            assert message["id"] == command, message
            if "error" in message:
                raise Refused(message["error"])
            return message["return"]

    def monitor(self, line):
        """A command of the human monitor."""
        text = self.execute("human-monitor-command", command_line=line)
        return text.replace("\r\n", "\n")

    def wait_event(self, name):
        """The first such event that nobody has waited for."""
        while True:
            for index, event in enumerate(self.events):
                if event["event"] == name:
                    del self.events[index]
                    return event
            self.events.append(json.loads(self.read()))

    def refused(self, command, **arguments):
        """The error of a command that must fail."""
        try:
            self.execute(command, **arguments)
        except Refused as error:
            return error
        raise AssertionError(command + " was not refused")
