"""Drives a booted guest by QMP: qmp_session.py QMP-SOCKET SERIAL-SOCKET"""

import sys

from qmp_client import Lines, Qmp, connect

qmp_path, serial_path = sys.argv[1:]


def look_around(qmp):
    assert qmp.greeting["version"]["package"].startswith("vireo"), qmp.greeting
    names = {row["name"] for row in qmp.execute("query-commands")}
    assert {"qmp_capabilities", "stop", "cont", "device_add", "query-block"} <= names
    assert qmp.execute("query-kvm") == {"enabled": False, "present": False}
    assert qmp.execute("query-name") == {"name": "ci-7"}
    assert qmp.refused("query-nothing").kind == "CommandNotFound"
    cpus = qmp.execute("query-cpus-fast")
    assert [cpu["cpu-index"] for cpu in cpus] == [0, 1], cpus
    (disk,) = [row for row in qmp.execute("query-block") if row["device"] == "root"]
    assert disk["inserted"]["drv"] == "raw", disk
    (stats,) = [row for row in qmp.execute("query-blockstats") if row["device"] == "root"]
    assert stats["stats"]["rd_operations"] > 10, stats
    ids = [device["id"] for bus in qmp.execute("query-pci") for device in bus["devices"]]
    assert {"vendor": 0x8086, "device": 0x29C0} in [
        {"vendor": one["vendor"], "device": one["device"]} for one in ids], ids
    assert "VM status: running" in qmp.monitor("info status")


def stop_and_go(qmp):
    qmp.execute("stop")
    qmp.wait_event("STOP")
    assert qmp.execute("query-status")["status"] == "paused"
    still = qmp.monitor("info status")
    assert qmp.monitor("info status") == still  # its time stands still
    qmp.execute("cont")
    qmp.wait_event("RESUME")
    assert qmp.execute("query-status")["running"] is True


def plug(qmp, serial):
    assert qmp.refused("device_del", id="disk").kind == "DeviceNotFound"
    qmp.execute("device_add", driver="virtio-blk-pci", drive="card", id="disk", bus="port")
    serial.write("disk\n")
    serial.until("came")
    qmp.execute("block_resize", device="card", size=128 << 20)
    serial.until("grew")
    qmp.execute("device_del", id="disk")
    gone = qmp.wait_event("DEVICE_DELETED")
    assert gone["data"] == {"device": "disk", "path": "/machine/peripheral/disk"}, gone


def bad_clients(qmp_path):
    for text in (b"\x00\xff\xfe{{{", b"[" * 100000, b'{"execute": "' + b"a" * 400000 + b'"}\n',
                 b"GET / HTTP/1.0\r\n\r\n", b'{"execute": "qmp_capabilities"'):
        sock = connect(qmp_path)
        try:
            sock.sendall(text)
        finally:
            sock.close()


qmp, serial = Qmp(qmp_path), Lines(serial_path)
serial.until("ready")
look_around(qmp)
stop_and_go(qmp)
plug(qmp, serial)
qmp.close()
bad_clients(qmp_path)
qmp = Qmp(qmp_path)
assert qmp.execute("query-status")["running"] is True
qmp.execute("system_reset")
reset = qmp.wait_event("RESET")
assert reset["data"] == {"guest": False, "reason": "host-qmp-system-reset"}, reset
serial.until("ready")
qmp.execute("system_powerdown")
qmp.wait_event("POWERDOWN")
qmp.execute("quit")
end = qmp.wait_event("SHUTDOWN")
assert end["data"] == {"guest": False, "reason": "host-qmp-quit"}, end
assert end["timestamp"]["seconds"] >= 1767225600, end
print("done")
