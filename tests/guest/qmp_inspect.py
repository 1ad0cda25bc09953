"""Looks into a guest that has stopped, by the monitor's commands: qmp_inspect.py QMP-SOCKET"""

import os
import re
import sys
import tempfile
import time

from qmp_client import Qmp

qmp = Qmp(sys.argv[1])


def expect(command, *patterns):
    """The text of a command, in which each pattern must be found."""
    text = qmp.monitor(command)
    for pattern in patterns:
        assert re.search(pattern, text, re.M), f"{command}: no {pattern} in:\n{text}"
    return text


while qmp.execute("query-status")["running"]:
    time.sleep(0.1)
expect("info cpus", r"^\* CPU #0: pc=0xffffffff[0-9a-f]{8}", r"^  CPU #1: ")
registers = expect("info registers", r"^RIP=ffffffff[0-9a-f]{8} ", r"CR0=80050033 ",
                   r"^GDT= fffffe", r"^YMM15=")
assert qmp.monitor("info registers -a").count("RIP=") == 2
rip = re.search(r"RIP=([0-9a-f]+)", registers).group(1)
assert int(qmp.monitor("p $rip"), 16) == int(rip, 16)
assert len(expect("x /3i $rip", rf"^0x{rip}:  \w+").splitlines()) == 3
expect("x /2xg $rsp", r"^ffff[0-9a-f]{12}: 0x[0-9a-f]{16} 0x[0-9a-f]{16}$")
# The direct map shows the same bytes as the physical address that info tlb has for them.
linear, physical = re.search(r"^(ffff[89a-f][0-9a-f]{11}): ([0-9a-f]{16}) [X-]G",
                             expect("info tlb"), re.M).groups()
words = [qmp.monitor(f"{command} /8xg 0x{address}").split(": ")[1:]
         for command, address in (("x", linear), ("xp", physical))]
assert [text.split("\n")[0] for text in words[0]] == [text.split("\n")[0] for text in words[1]]
kernel = r"^ffff[0-9a-f]{12}-ffff[0-9a-f]{12} [0-9a-f]{16} -rw$"
# An idle processor keeps the tables of the last process that it ran: one of them those of sleep.
processes = ""
for number in 0, 1:
    qmp.monitor(f"cpu {number}")
    processes += expect("info mem", kernel)
assert re.search(r" ur-$", processes, re.M), processes
qmp.monitor("cpu 0")
expect("info virtio", r"^root \(virtio-blk0\): virtio-blk-pci, ACKNOWLEDGE DRIVER FEATURES_OK ",
       r"^  modern interface", r"^  taken: .*BLK_SIZE.*EVENT_IDX.*VERSION_1",
       r"^  queue 0: size \d+, descriptors 0x[0-9a-f]+000, driver area 0x",
       r"next available (\d+), next used \1, 0 in flight, [1-9]\d* done; vector \d+ \(0xfee")
expect("info pic", r"^pic0: ", r"^  pin 4 .* vector 0x[0-9a-f]{2} \w+ edge$")
expect("info irq", r"^ 4: [1-9]")
expect("info lapic", r"^local APIC 0: base 0xfee00900, on$", r"timer TSC deadline")
expect("info mtree", r"^  0000000000000000-[0-9a-f]{16} RAM$", r"^  03f8-03ff serial0$",
       r"^  00000000fed00000-.* HPET")
expect("info blockstats", r"^root: .*reads=[1-9]")
expect("info qtree", "virtio-blk-pci, root")
folder = tempfile.mkdtemp()
for command in ("memsave", "pmemsave"):
    address = linear if command == "memsave" else physical
    qmp.execute(command, val=int(address, 16), size=4096, filename=os.path.join(folder, command))
dumps = []
for command in ("memsave", "pmemsave"):
    with open(os.path.join(folder, command), "rb") as file:
        dumps.append(file.read())
assert dumps[0] == dumps[1] and len(dumps[0]) == 4096
qmp.execute("cont")
qmp.execute("quit")
print("done")
