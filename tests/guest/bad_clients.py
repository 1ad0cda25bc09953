"""Rubbish, too much, and clients that vanish, at a machine's gdb and QMP sockets:
bad_clients.py GDB-SOCKET QMP-SOCKET"""

import sys

from qmp_client import Qmp, connect

gdb_path, qmp_path = sys.argv[1:]
MIB = 1 << 20


def send(path, data):
    """Without reading, for as long as the machine takes it, and gone."""
    sock = connect(path)
    sock.settimeout(0.5)
    try:
        sock.sendall(data)
    except OSError:
        pass
    finally:
        sock.close()


def packet(contents):
    return b"$" + contents + b"#%02x" % (sum(contents) % 256)


def ask_gdb(contents):
    """One answer of a client that behaves."""
    sock = connect(gdb_path)
    with sock, sock.makefile("rb") as file:
        sock.sendall(packet(contents))
        assert file.read(2) == b"+$"
        answer = b""
        while not answer.endswith(b"#"):
            answer += file.read(1)
        return answer[:-1]


for rubbish in (b"\x00\xff\xfe{{{", b"GET / HTTP/1.0\r\n\r\n", b"$#00$#$$$###}", b"\x03" * 1000,
                b"$" + b"m" * (4 * MIB), packet(b"m" * MIB), packet(b"m0,ffffffffffffffff"),
                packet(b"X200000,ffffffff:") + b"\x7d" * MIB, b"-" * 100000,
                packet(b"g") * 20000, packet(b"qXfer:features:read:target.xml:0,fff") * 5000):
    send(gdb_path, rubbish)
assert ask_gdb(b"qAttached") == b"1"
assert len(ask_gdb(b"m0,1000")) == 0x2000

hello = b'{"execute": "qmp_capabilities"}\n'
for rubbish in (b"\x00\xff\xfe{{{", b"[" * MIB, b'{"execute": "' + b"a" * MIB + b'"}\n', b"\n" * MIB,
                b"'" * MIB, hello[:-5], hello + b'{"execute": "query-qmp-schema"}' * 5000):
    send(qmp_path, rubbish)
qmp = Qmp(qmp_path)
# An answer larger than what a channel holds back for its reader.
assert len(qmp.monitor("xp /65536xb 0x100000")) > 300000
assert qmp.execute("query-status")["status"] == "prelaunch"
qmp.execute("cont")
qmp.wait_event("SHUTDOWN")
print("done")
