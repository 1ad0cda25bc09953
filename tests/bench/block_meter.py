# Runs a machine whose guest says "begin NAME" and "end NAME" on its console, and meters between them.
#   block_meter.py COMMAND...
# Prints a line for each: name, bytes moved, seconds, CPU seconds of the machine, interrupts that the
# guest counted; values are separated by tabs. What vireo says by itself goes to stderr.
import os
import subprocess
import sys
import time


def cpu_seconds(pid):
    fields = open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


machine = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
begin = cpu = seconds = used = 0.0
name = ""
for raw in machine.stdout:
    line = raw.decode(errors="replace").strip()
    if line.startswith("begin "):
        begin, cpu = time.monotonic(), cpu_seconds(machine.pid)
    elif line.startswith("end "):
        name = line[4:]
        seconds, used = time.monotonic() - begin, cpu_seconds(machine.pid) - cpu
    elif line.startswith("moved "):
        moved, interrupts = line.split()[1:]
        print(name, moved, f"{seconds:.3f}", f"{used:.3f}", interrupts, sep="\t", flush=True)
sys.exit(machine.wait())
