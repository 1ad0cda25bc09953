// Every error line of the command line: it names the thing and the cure.
#include <doctest/doctest.h>

#include "machine/control/devices/device_row.h"
#include "machine/control/handlers.h"
#include "machine/control/instead_of.h"
#include "machine/control/option_row.h"
#include "tests/unit/control/parse.h"

namespace vireo {
namespace {

TEST_CASE("an unknown option is named with the nearest one") {
  CHECK(error_of({"-serail", "stdio"}) ==
        "unknown option -serail; the nearest is -serial (see --help)");
  CHECK(error_of({"--snapshots"}) ==
        "unknown option -snapshots; the nearest is -snapshot (see --help)");
}

TEST_CASE("a word that is no option points to -kernel and -drive") {
  CHECK(error_of({"disk.img"}) ==
        "'disk.img' is no option; a kernel is given with -kernel disk.img, a disk with -drive "
        "file=disk.img");
  CHECK(error_of({""}).find("'' is no option") == 0);
}

TEST_CASE("QEMU's short disk options point to -drive") {
  CHECK(error_of({"-hda", "disk.img"}) ==
        "-hda: the machine has no IDE disks; use -drive file=disk.img,format=raw");
  CHECK(error_of({"-cdrom", "x.iso"}) ==
        "-cdrom: the machine has no CD drive; use -drive file=x.iso,format=raw,readonly=on");
}

TEST_CASE("options and devices of QEMU's that are not here point to what is") {
  CHECK(error_of({"-usb"}) ==
        "-usb: there is no USB; use -device virtio-keyboard-pci, virtio-mouse-pci or "
        "virtio-tablet-pci");
  CHECK(error_of({"--daemonize"}) ==
        "-daemonize: use the shell's &, with -qmp or -monitor on a socket");
  CHECK(error_of({"-device", "e1000e,netdev=n"}) ==
        "-device e1000e: there is no such card; use virtio-net-pci");
  CHECK(error_of({"-device", "usb-storage,drive=d"}).find("virtio-blk-pci") != std::string::npos);
  CHECK(error_of({"-device", "usb-tablet"}).find("virtio-tablet-pci") != std::string::npos);
  CHECK(error_of({"-device", "virtio-vga"}).find("virtio-gpu-pci") != std::string::npos);
}

TEST_CASE("what is here is not called absent") {
  for (const std::string_view name : option_names()) CHECK(instead_of_option(name).empty());
  for (const std::string& name : device_names()) CHECK(instead_of_device(name).empty());
}

TEST_CASE("an option at the end lacks its argument") {
  CHECK(error_of({"-m"}) == "-m needs an argument: -m SIZE");
}

TEST_CASE("a machine without a kernel has nothing to boot") {
  CHECK(parse_words({}).error().message ==
        "nothing to boot; give -kernel FILE, or a disk by -drive file=FILE,format=raw (see "
        "--help)");
  CHECK(parse_words({"-append", "x"}).error().message ==
        "-append needs a kernel; give -kernel FILE, too");
  CHECK(parse_words({"-initrd", "x"}).error().message ==
        "-initrd needs a kernel; give -kernel FILE, too");
}

TEST_CASE("memory out of bounds names the bound") {
  CHECK(error_of({"-m", "8"}) == "-m 8: too little memory; give at least 16M");
  CHECK(error_of({"-m", "0"}) == "-m 0: too little memory; give at least 16M");
  CHECK(error_of({"-m", "1T"}) == "-m 1T: too much memory; give at most 512G");
  CHECK(error_of({"-m", "lots"}) == "-m: size=lots is not a size such as 64K, 512M or 2G");
  CHECK(error_of({"-m", ""}) == "-m: a size is missing, as in -m 512M");
  CHECK(error_of({"-m", "1G,maxmem=2G"}) == "-m: unknown property 'maxmem'; the nearest is 'size'");
}

TEST_CASE("machine, CPU and accelerator names are checked") {
  CHECK(error_of({"-M", "q3"}) ==
        "-machine: unknown machine 'q3'; the nearest is 'q35' (there are q35, pc)");
  CHECK(error_of({"-cpu", "max64"}) ==
        "-cpu: unknown model 'max64'; the nearest is 'max' (there are x86-64-v1, x86-64-v2, "
        "x86-64-v3, qemu64, max)");
  CHECK(error_of({"-cpu", "qemu64,+sse9"}) ==
        "-cpu: unknown feature 'sse9'; the nearest is 'sse' (-cpu help lists them)");
  CHECK(error_of({"-accel", "kvn"}) ==
        "-accel: unknown accelerator 'kvn'; the nearest is 'kvm' (there are tcg, kvm, hvf, whpx, "
        "xen)");
  CHECK(error_of({"-M", "q35,tpye=off"}) ==
        "-machine: unknown property 'tpye'; the nearest is 'type'");
}

TEST_CASE("-smp that does not come out is refused") {
  CHECK(error_of({"-smp", "0"}) == "-smp: cpus=0 is not a number from 1 to 64");
  CHECK(error_of({"-smp", "8,cores=16"}) ==
        "-smp 8,cores=16: sockets=1 x cores=16 x threads=1 are 16 vCPUs, not 8");
  CHECK(error_of({"-smp", "sockets=4,cores=8,threads=4"}) ==
        "-smp sockets=4,cores=8,threads=4: 128 vCPUs; give at most 64");
  CHECK(error_of({"-smp", "2,maxcpus=4"}) ==
        "-smp 2,maxcpus=4: vCPUs cannot be added later; use maxcpus=2");
}

TEST_CASE("what the machine does not have says so") {
  CHECK(error_of({"-vga", "qxl"}) == "-vga qxl: there is no such card; give std or none");
  CHECK(error_of({"-display", "gtk"}) ==
        "-display gtk: there is no such display; give sdl or none");
}

TEST_CASE("serial ports: unknown ends, too many, one terminal or file for two") {
  const std::string forms =
      " is none of stdio, mon:stdio, file:PATH, pty, pipe:PATH, unix:PATH, tcp:HOST:PORT, "
      "chardev:ID, null, none";
  CHECK(error_of({"-serial", "telnet::4444"}) == "-serial: 'telnet::4444'" + forms);
  CHECK(error_of({"-serial", "file:"}) == "-serial: 'file:'" + forms);
  CHECK(error_of({"-serial", "mon:"}) == "-serial: ''" + forms);
  CHECK(error_of({"-serial", "null", "-serial", "null", "-serial", "pty"}) ==
        "-serial pty: given more than 2 times, the number of ports there are");
  CHECK(error_of({"-serial", "stdio", "-debugcon", "stdio"}) ==
        "stdio is given to more than one of -serial, -debugcon, -monitor, -gdb and -chardev; "
        "share it by -serial mon:stdio, or use file:PATH, pty or null for the others");
  CHECK(error_of({"-serial", "tcp:localhost"}) ==
        "-serial: tcp:localhost needs a port, as in tcp:localhost:4444");
  CHECK(error_of({"-serial", "unix:/a,wait=off"}) ==
        "-serial: wait= is for a server; add server=on");
  CHECK(error_of({"-serial", "unix:/a,server=on,reconnect=1"}) ==
        "-serial: reconnect= is for a client; a server waits by itself");
  CHECK(error_of({"-serial", "unix:/a,sever=on"}) ==
        "-serial: unknown property 'sever'; the nearest is 'server'");
  CHECK(error_of({"-serial", "file:a", "-serial", "file:a"}) ==
        "file:a is given to two outputs; use two files");
  CHECK(error_of({"-debugcon", "null", "-debugcon", "null"}) ==
        "-debugcon: given twice, but there is one port");
}

TEST_CASE("chardevs: unknown kinds, missing and doubled properties") {
  CHECK(error_of({"-chardev", "sokcet,id=a"}) ==
        "-chardev: unknown kind 'sokcet'; the nearest is 'socket' (list: -chardev help)");
  CHECK(error_of({"-chardev", "null"}) == "-chardev null: id= is missing");
  CHECK(error_of({"-chardev", "file,id=a"}) == "-chardev file: path= is missing");
  CHECK(error_of({"-chardev", "socket,id=a,host=h"}) ==
        "-chardev socket: give path= for a local socket, or host= and port=");
  CHECK(error_of({"-chardev", "ringbuf,id=a,size=1000"}) ==
        "-chardev ringbuf: size=1000 is no power of two");
  CHECK(error_of({"-chardev", "null,id=a", "-chardev", "null,id=a"}) ==
        "-chardev: id=a is given twice; choose another");
  CHECK(error_of({"-mon", "mode=readline"}) ==
        "-mon: chardev= is missing; it names the id= of a -chardev");
}

TEST_CASE("scheduled commands: times, markers and commands are checked at the start") {
  CHECK(error_of({"-at", "soon,quit"}) == "-at: 'soon' is no time such as 2.5s, 800ms or 10us");
  CHECK(error_of({"-at", "5,quit"}) == "-at: '5' is no time such as 2.5s, 800ms or 10us");
  CHECK(error_of({"-at", "5s"}) == "-at: a command is missing, as in -at 2.5s,system_powerdown");
  CHECK(error_of({"-at", "5s,quti"}) ==
        "-at: unknown command 'quti'; the nearest is 'quit' (help lists all)");
  CHECK(error_of({"-at", "5s,device_del"}) == "-at: id is missing: device_del id");
  CHECK(error_of({"-at", "5s,device_del a b"}) == "-at: 'b' is too much: device_del id");
  CHECK(error_of({"-at", "marker=,quit"}) == "-at: marker= needs a regular expression");
  CHECK(error_of({"-at", "marker=[,quit"}).find("-at: marker=: '[' is no regular expression") == 0);
}

TEST_CASE("a file that the machine reads is not written") {
  const std::string words = " would overwrite a file that the machine reads; name another";
  CHECK(error_of({"-drive", "file=a", "-serial", "file:a"}) == "file:a" + words);
  CHECK(error_of({"-serial", "file:k"}) == "file:k" + words);
  CHECK(error_of({"-initrd", "i", "-debugcon", "file:i"}) == "file:i" + words);
  CHECK(error_of({"-drive", "file=a", "-D", "a"}) == "-D a" + words);
  CHECK(error_of({"-serial", "file:a", "-D", "a"}) == "file:a and -D a are one file; use two");
  CHECK(error_of({"-drive", "file=a", "-exit-report", "a"}) == "-exit-report a" + words);
  CHECK(error_of({"-serial-expect", "a", "-serial", "file:a"}) == "file:a" + words);
  CHECK(error_of({"-virtio-lint=a", "-exit-report", "a"}) ==
        "-virtio-lint a and -exit-report a are one file; use two");
}

TEST_CASE("drives: what is missing, unknown or of another kind") {
  CHECK(error_of({"-drive", "if=virtio"}) == "-drive: file= is missing");
  CHECK(error_of({"-drive", "file=a,if=ide"}) ==
        "-drive: if=ide: the machine has no such controller; use if=virtio");
  CHECK(error_of({"-drive", "file=a,if=none"}) ==
        "-drive: if=none needs id=, for drive= of a -device");
  CHECK(error_of({"-drive", "file=a,cahce=none"}) ==
        "-drive: unknown property 'cahce'; the nearest is 'cache'");
  CHECK(error_of({"-drive", "file=a,serial=123456789012345678901"}) ==
        "-drive: serial=123456789012345678901 is longer than 20 bytes");
}

TEST_CASE("drives given twice") {
  CHECK(error_of({"-drive", "file=a,id=d", "-drive", "file=b,id=d"}) ==
        "-drive: id=d is given twice; choose another");
  CHECK(error_of({"-drive", "file=a", "-drive", "file=a,readonly=on"}) ==
        "-drive: file=a is given twice; make both readonly=on or both snapshot=on, or use a copy");
}

TEST_CASE("a drive used twice names the cure") {
  CHECK(error_of({"-drive", "file=a,id=d", "-device", "virtio-blk-pci,drive=d"}) ==
        "drive 'd' has two devices; add if=none to the drive");
  CHECK(error_of({"-drive", "file=a,id=d,if=none", "-device", "virtio-blk-pci,drive=d", "-device",
                  "virtio-blk-pci,drive=d"}) == "drive 'd' has two devices; use one of them");
}

TEST_CASE("a device's drive must exist") {
  CHECK(error_of({"-device", "virtio-blk-pci,drive=d"}) ==
        "-device virtio-blk-pci: there is no drive 'd'; give -drive id=d,if=none,file=FILE");
  CHECK(error_of({"-drive", "file=a,id=disk0,if=none", "-device", "virtio-blk-pci,drive=dsik0"}) ==
        "-device virtio-blk-pci: there is no drive 'dsik0'; the nearest is 'disk0'");
  CHECK(error_of({"-device", "virtio-blk-pci"}) ==
        "-device virtio-blk-pci: drive= is missing; it names the id= of a -drive with if=none");
}

TEST_CASE("devices: unknown names and properties") {
  CHECK(error_of({"-device", "virtio-blk-pic,drive=d"}) ==
        "-device: unknown device 'virtio-blk-pic'; the nearest is 'virtio-blk-pci' (list: -device "
        "help)");
  CHECK(error_of({"-device", "virtio-blk-pci,drvie=d"}) ==
        "-device virtio-blk-pci: unknown property 'drvie'; the nearest is 'drive'");
  CHECK(error_of({"-device", "virtio-blk-pci-transitional,drive=d,disable-modern=on"})
            .find("unknown property 'disable-modern'") != std::string::npos);
}

TEST_CASE("device properties out of range") {
  CHECK(error_of({"-device", "virtio-blk-pci,drive=d,queue-size=100"}) ==
        "-device virtio-blk-pci: queue-size=100 is no power of two");
  CHECK(error_of({"-device", "virtio-blk-pci,drive=d,queue-size=2048"}) ==
        "-device virtio-blk-pci: queue-size=2048 is not a number from 4 to 1024");
  CHECK(error_of({"-device", "virtio-blk-pci,drive=d,num-queues=0"}) ==
        "-device virtio-blk-pci: num-queues=0 is not a number from 1 to 1024");
  CHECK(error_of({"-device", "virtio-blk-pci,drive=d,serial=123456789012345678901"}) ==
        "-device virtio-blk-pci: serial=123456789012345678901 is longer than 20 bytes");
  CHECK(error_of({"-device", "virtio-blk-pci,drive=d,disable-legacy=on,disable-modern=on"}) ==
        "-device virtio-blk-pci: disable-legacy=on and disable-modern=on leave no interface");
  CHECK(error_of({"-device", "virtio-blk-pci,drive=d,iommu_platform=on"}) ==
        "-device virtio-blk-pci: iommu_platform=on: the machine has no IOMMU; leave it off");
  CHECK(error_of({"-device", "isa-debug-exit,iobase=0x10000"}) ==
        "-device isa-debug-exit: iobase=0x10000 is not a number from 0 to 65535");
}

TEST_CASE("slots on the bus") {
  const auto addr_error = [](std::string_view addr) {
    const std::string device = "virtio-blk,drive=d,addr=" + std::string(addr);
    return error_of({"-device", device});
  };
  CHECK(addr_error("20") == "-device virtio-blk: addr=20 is no slot from 1 to 1e, as in addr=5");
  CHECK(addr_error("x") == "-device virtio-blk: addr=x is no slot from 1 to 1e, as in addr=5");
  CHECK(addr_error("5.") == "-device virtio-blk: addr=5. is no slot from 1 to 1e, as in addr=5");
  CHECK(addr_error("1f") ==
        "-device virtio-blk: addr=1f: slots 0 and 1f hold the host bridge and the LPC bridge; use "
        "1 to 1e");
  CHECK(addr_error("5.8") == "-device virtio-blk: addr=5.8 is no slot from 1 to 1e, as in addr=5");
}

TEST_CASE("devices given twice") {
  const std::string_view a = "file=a,if=none,id=a", b = "file=b,if=none,id=b";
  CHECK(error_of({"-drive", a, "-drive", b, "-device", "virtio-blk,drive=a,id=x", "-device",
                  "virtio-blk,drive=b,id=x"}) == "-device: id=x is given twice; choose another");
  CHECK(error_of({"-drive", a, "-drive", b, "-device", "virtio-blk,drive=a,addr=5", "-device",
                  "virtio-blk,drive=b,addr=05.0"}) ==
        "-device: addr=5.0 is given twice; choose another place");
  CHECK(error_of({"-device", "isa-debug-exit", "-device", "isa-debug-exit"}) ==
        "-device isa-debug-exit: given twice; one is enough");
}

TEST_CASE("time and chance") {
  CHECK(error_of({"-state-trace", "from=1"}) ==
        "-state-trace: say how often, for example every=1000000");
  CHECK(error_of({"-icount", "11"}) == "-icount: shift=11 is no number from 0 to 10");
  CHECK(error_of({"-icount", "shift=auto"}) ==
        "-icount: shift=auto follows the host's speed, so no two runs would be alike; give a "
        "number from 0 to 10");
  CHECK(error_of({"-rtc", "base=tomorrow"}) ==
        "-rtc: base=tomorrow is none of utc, localtime, a date as 2026-01-31, a time as "
        "2026-01-31T12:00:00");
  CHECK(error_of({"-rtc", "clock=host"}) == "-rtc: clock=host is not one of vm");
  CHECK(error_of({"-seed", "dice"}) == "-seed dice: give a number, or random");
}

TEST_CASE("trace items and the kernel's entry") {
  CHECK(error_of({"-d", "in_asm,exce"}) ==
        "-d: unknown item 'exce'; the nearest is 'exec' (list: -d help)");
  CHECK(error_of({"-kernel-entry", "slow"}) == "-kernel-entry slow: give fast or ordinary");
}

TEST_CASE("windows of traces") {
  CHECK(error_of({"-dwindow", "insns=5"}) ==
        "-dwindow: insns=5 is no range of counts such as 1000..2000");
  CHECK(error_of({"-dwindow", "insns=9..5"}) ==
        "-dwindow: insns=9..5 is no range of counts such as 1000..2000");
  CHECK(error_of({"-dwindow", "insns=1..2x"}) ==
        "-dwindow: insns=1..2x is no range of counts such as 1000..2000");
  CHECK(error_of({"-dwindow", "insns=1..2,marker=a"}) ==
        "-dwindow: give insns= or marker=, not both");
  CHECK(error_of({"-dwindow", "until=a"}) == "-dwindow: until= needs a marker=");
  CHECK(error_of({"-dwindow", "marker=("}) ==
        "-dwindow: marker=( is no regular expression; put a backslash before characters such as "
        "( [ * that stand for themselves");
  CHECK(error_of({"-trace-insns", "a,marker=b,until=["}).find("-trace-insns: until=[ is no") == 0);
  CHECK(error_of({"-dwindow", "instructions=1..2"}) ==
        "-dwindow: unknown property 'instructions'; the nearest is 'insns'");
}

TEST_CASE("files of traces and what goes into them") {
  CHECK(error_of({"-trace-insns", "insns=1..2"}) == "-trace-insns: give a file");
  CHECK(error_of({"-trace-json", "events=int"}) == "-trace-json: give a file");
  CHECK(error_of({"-trace-json", "a,events=virtoi"}) ==
        "-trace-json: unknown item 'virtoi'; the nearest is 'virtio'");
  CHECK(error_of({"-trace-json", "a,events=int:exec"}) ==
        "-trace-json: exec is text only; use -d exec");
  CHECK(error_of({"-dfilter", "1..zz"}) ==
        "-dfilter: '1..zz' is no range of addresses such as 0x1000..0x1fff, 0x1000+0x100 or "
        "0x1fff-0x100");
  CHECK(error_of({"-D"}) == "-D needs an argument: -D FILE");
}

}  // namespace
}  // namespace vireo
