#!/usr/bin/env python3
# Talks to a guest by its serial line: talk.py TALK COMMAND...
# Each line of the file TALK is what the guest says (a regular expression), a tab, and the answer,
# with \r for the return key. All that the guest says goes to stdout; the status is the command's,
# or 1 when it ended before all was said.
import os
import re
import subprocess
import sys


def main():
    with open(sys.argv[1], encoding="ascii") as lines:
        talk = [line.rstrip("\n").split("\t") for line in lines]
    guest = subprocess.Popen(sys.argv[2:], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    heard = b""
    while said := os.read(guest.stdout.fileno(), 65536):
        sys.stdout.buffer.write(said)
        sys.stdout.buffer.flush()
        heard += said
        while talk and (found := re.search(talk[0][0].encode(), heard)):
            heard = heard[found.end():]
            answer = talk.pop(0)[1].replace("\\r", "\r")
            guest.stdin.write(answer.encode())
            guest.stdin.flush()
    status = guest.wait()
    if talk:
        print(f"the guest never said {talk[0][0]!r}", file=sys.stderr)
    sys.exit(status or bool(talk))


if __name__ == "__main__":
    main()
