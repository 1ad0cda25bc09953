# Runs a machine until its serial line, on stdout, says something, and prints the seconds of CPU
# time and of the clock that this took, divided by a tab.
#   marker_meter.py REGEX COMMAND...
import os
import re
import resource
import subprocess
import sys
import time


def main():
    marker = re.compile(sys.argv[1].encode())
    begin = time.monotonic()
    machine = subprocess.Popen(sys.argv[2:], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    said = b""
    while not marker.search(said):
        more = os.read(machine.stdout.fileno(), 65536)
        if not more:
            sys.exit(f"the machine ended before it said {sys.argv[1]!r}")
        said += more
    machine.kill()
    machine.wait()
    clock = time.monotonic() - begin
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(f"{used.ru_utime + used.ru_stime:.2f}\t{clock:.2f}")


if __name__ == "__main__":
    main()
