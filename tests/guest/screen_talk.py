#!/usr/bin/env python3
# Sits at a machine's screen and keyboard:  screen_talk.py SOCKET TALK COMMAND...
#
# COMMAND is the machine, SOCKET where it has its QMP. Each line of the file TALK is what the screen
# shows (a regular expression), and after a tab the keys that are then struck, as `sendkey` names
# them. After a last line without keys the machine is ended; otherwise it ends by itself. What
# stands on the screen each time goes to stdout; the status is the machine's, or 1 when something
# was not shown.
import os
import re
import subprocess
import sys
import tempfile
import time

from picture import read
from qmp_client import Qmp
from screen_text import text_of

TIME_LIMIT = int(os.environ.get("SCREEN_TIME_LIMIT", "600"))


def screen(qmp):
    """The letters of a text mode, or those that a picture shows."""
    text = qmp.monitor('info screen')
    if not text.startswith('a picture of'):
        return text
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, 'screen.png')
        qmp.execute('screendump', filename=path, format='png')
        return text_of(*read(path))


def wait_for(qmp, pattern):
    end = time.monotonic() + TIME_LIMIT
    while True:
        text = screen(qmp)
        if re.search(pattern, text):
            return text
        if time.monotonic() > end:
            sys.exit(f'{text}\nthe screen does not show: {pattern}')
        time.sleep(0.2)


def talk(qmp, lines):
    for pattern, *keys in lines:
        print(wait_for(qmp, pattern), flush=True)
        struck = keys[0].split() if keys else []
        for key in struck:
            qmp.monitor(f'sendkey {key}')
    if not struck:
        qmp.execute('quit')


def main():
    path, talk_path, *command = sys.argv[1:]
    with open(talk_path, encoding='utf-8') as file:
        lines = [line.rstrip('\n').split('\t') for line in file]
    machine = subprocess.Popen(command)
    try:
        while not os.path.exists(path) and machine.poll() is None:
            time.sleep(0.1)
        if machine.poll() is None:
            talk(Qmp(path), lines)
    except BaseException:
        machine.kill()
        raise
    sys.exit(machine.wait())


main()
