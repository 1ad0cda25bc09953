# The host's end of a throughput test: meters what a guest receives, then what it sends, in large
# pieces and in small ones.
#   net_meter.py BYTES PID-FILE
# Prints its port, then a line for each direction: name, bytes, seconds, and the seconds of CPU
# that the emulator used meanwhile.
import os
import socket
import sys
import time

amount, pid_file = int(sys.argv[1]), sys.argv[2]
chunk = bytes(1 << 16)


def cpu_seconds():
    pid = open(pid_file).read().strip()
    fields = open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def give(connection):
    for _ in range(amount // len(chunk)):
        connection.sendall(chunk)
    connection.shutdown(socket.SHUT_WR)
    # The guest closes its end when it has everything.
    while connection.recv(1 << 16):
        pass
    return amount


def take(connection):
    taken = 0
    while data := connection.recv(1 << 20):
        taken += len(data)
    return taken


server = socket.create_server(("127.0.0.1", 0))
print(server.getsockname()[1], flush=True)
for name, run in (("receives", give), ("sends", take), ("sends-1k", take)):
    connection, _ = server.accept()
    begin, cpu = time.monotonic(), cpu_seconds()
    done = run(connection)
    print(name, done, f"{time.monotonic() - begin:.3f}", f"{cpu_seconds() - cpu:.3f}", flush=True)
    connection.close()
