"""Drives a booted guest by QMP: qmp_session.py QMP-SOCKET SERIAL-SOCKET"""

import socket
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


def free_port():
    """A TCP port of this host that nobody uses just now."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def plug_network(qmp, serial):
    """A network and a card on it come, lose their cable, and go."""
    assert qmp.refused("netdev_del", id="lan").kind == "DeviceNotFound"
    qmp.execute("netdev_add", type="user", id="lan", net="10.9.8.0/24",
                hostfwd=[{"str": f"tcp:127.0.0.1:{free_port()}-:22"}])
    assert "uplicate" in qmp.refused("netdev_add", type="user", id="lan").text
    qmp.execute("device_add", driver="virtio-net-pci", netdev="lan", id="card", bus="port",
                mac="52:54:00:aa:bb:cc")
    serial.write("card\n")
    serial.until("address 52:54:00:aa:bb:cc")
    serial.until("carrier 1")
    serial.until("from 10.9.8.2")
    qmp.execute("set_link", name="card", up=False)
    serial.until("carrier 0")
    assert "has a card" in qmp.refused("netdev_del", id="lan").text
    qmp.execute("device_del", id="card")
    assert qmp.wait_event("DEVICE_DELETED")["data"]["device"] == "card"
    qmp.execute("netdev_del", id="lan")


def ask_as_libvirt_does(qmp):
    """What such clients ask first, and what they look for in it."""
    names = {row["name"] for row in qmp.execute("query-commands")}
    schema = {row["name"]: row for row in qmp.execute("query-qmp-schema")}
    assert names <= set(schema), names - set(schema)
    assert schema["DEVICE_DELETED"]["meta-type"] == "event"
    members = schema[schema["netdev_del"]["arg-type"]]["members"]
    assert members == [{"name": "id", "type": "str"}], members
    assert qmp.execute("query-target") == {"arch": "x86_64"}
    assert [machine["name"] for machine in qmp.execute("query-machines")] == ["q35"]
    assert qmp.execute("query-block-jobs") == qmp.execute("query-jobs") == []
    assert qmp.execute("query-memory-size-summary")["base-memory"] == 512 << 20
    model = qmp.execute("query-cpu-model-expansion", type="full", model={"name": "max"})
    assert model["model"]["props"]["avx2"] is True
    refused = qmp.refused("screendump", filename="/tmp/none.ppm")
    assert (refused.kind, refused.text) == ("GenericError", "The machine has no display to dump")
    qmp.execute("chardev-add", id="memory",
                backend={"type": "ringbuf", "data": {"size": 4096}})
    assert "memory" in [row["label"] for row in qmp.execute("query-chardev")]
    qmp.execute("chardev-remove", id="memory")
    assert qmp.refused("chardev-remove", id="memory").kind == "GenericError"


def press(qmp, names, down):
    qmp.execute("input-send-event", events=[
        {"type": "key", "data": {"down": down, "key": {"type": "qcode", "data": name}}}
        for name in names])


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
ask_as_libvirt_does(qmp)
stop_and_go(qmp)
plug(qmp, serial)
plug_network(qmp, serial)
qmp.close()
bad_clients(qmp_path)
qmp = Qmp(qmp_path)
assert qmp.execute("query-status")["running"] is True
qmp.execute("system_reset")
reset = qmp.wait_event("RESET")
assert reset["data"] == {"guest": False, "reason": "host-qmp-system-reset"}, reset
serial.until("ready")
# Linux begins anew at three keys, by whatever way they come.
qmp.execute("send-key", keys=[{"type": "qcode", "data": key} for key in ("ctrl", "alt", "delete")])
assert qmp.wait_event("RESET")["data"] == {"guest": True, "reason": "guest-reset"}
serial.until("ready")
press(qmp, ("ctrl", "alt", "delete"), True)
assert qmp.wait_event("RESET")["data"]["guest"] is True
serial.until("ready")
qmp.execute("system_powerdown")
qmp.wait_event("POWERDOWN")
qmp.execute("quit")
end = qmp.wait_event("SHUTDOWN")
assert end["data"] == {"guest": False, "reason": "host-qmp-quit"}, end
assert end["timestamp"]["seconds"] >= 1767225600, end
print("done")
