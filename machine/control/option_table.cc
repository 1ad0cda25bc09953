// The table of options. The order is that of --help.
#include "machine/control/handlers.h"
#include "machine/control/help.h"
#include "machine/control/option_row.h"

namespace vireo {
namespace {

using Argument = std::string_view;

Result<void> done() { return {}; }

// Handlers of one line stand in their row.
constexpr OptionRow kRows[] = {
    {"-machine", "-M", "q35", OptionGroup::kMachine, "machine type; -M help lists them",
     take_machine},
    {"-cpu", "", "MODEL[,+FEATURE][,-FEATURE]", OptionGroup::kMachine,
     "CPU model (default x86-64-v3) and changes to its features; -cpu help lists both", take_cpu},
    {"-smp", "", "[cpus=]N[,sockets=N][,cores=N][,threads=N]", OptionGroup::kMachine,
     "number of vCPUs, 1 to 64 (default 1), and how they divide", take_smp},
    {"-m", "", "SIZE", OptionGroup::kMachine,
     "RAM, in MiB or with K, M, G: 16M to 512G, default 512M,\nrounded up to MiB", take_memory},
    {"-vga", "", "std|none", OptionGroup::kMachine,
     "graphics card: std, a VGA with a linear frame buffer, is the default\n"
     "where a BIOS starts or with a window; none otherwise. Others are devices:\n"
     "-device virtio-gpu-pci",
     take_vga},
    {"-display", "", "sdl|none", OptionGroup::kMachine,
     "sdl shows the screen in a window, with a graphics card; none (default)\n"
     "does not, and without -nographic and -serial the serial port's output\n"
     "is dropped, too",
     take_display},
    {"-name", "", "TEXT", OptionGroup::kMachine, "name of the machine", take_name},

    {"-kernel", "", "FILE", OptionGroup::kBoot, "bzImage or ELF vmlinux to boot",
     [](Draft& d, Argument a) {
       d.config.kernel.kernel_path = a;
       return done();
     }},
    {"-initrd", "", "FILE", OptionGroup::kBoot, "initial RAM disk",
     [](Draft& d, Argument a) {
       d.config.kernel.initrd_path = a;
       return done();
     }},
    {"-append", "", "TEXT", OptionGroup::kBoot, "kernel command line",
     [](Draft& d, Argument a) {
       d.config.kernel.append = a;
       return done();
     }},
    {"-kernel-entry", "", "fast|ordinary", OptionGroup::kBoot,
     "fast (default): vireo unpacks a bzImage and enters the kernel\n"
     "proper; ordinary: the guest unpacks and randomises itself",
     take_kernel_entry},

    {"-bios", "", "FILE", OptionGroup::kBoot,
     "firmware to start in when there is no -kernel; without it SeaBIOS\n"
     "(/usr/share/seabios/bios-256k.bin)",
     take_bios},
    {"-boot", "", "[order=]LETTERS[,menu=on]", OptionGroup::kBoot,
     "what firmware starts from: c disk, d CD-ROM, a floppy, n network;\n"
     "-boot help lists the properties",
     take_boot},
    {"-fw_cfg", "", "[name=]NAME,file=FILE|string=TEXT", OptionGroup::kBoot,
     "a file that firmware and the guest's qemu_fw_cfg driver find", take_fw_cfg},

    {"-drive", "", "file=FILE[,PROPERTY=VALUE...]", OptionGroup::kDisks,
     "disk from a raw image or block device, by itself a virtio-blk\n"
     "disk (if=virtio), or the firmware's flash (if=pflash); -drive\n"
     "help lists the properties",
     take_drive},
    {"-device", "", "NAME[,PROPERTY=VALUE...]", OptionGroup::kDisks,
     "add a device; -device help lists them, -device NAME,help its\nproperties", take_device},
    {"-object", "", "NAME,id=ID[,PROPERTY=VALUE...]", OptionGroup::kDisks,
     "what stands behind a device; -object help lists them", take_object},
    {"-virtfs", "", "local,path=FOLDER,mount_tag=TAG[,readonly=on]", OptionGroup::kDisks,
     "a folder of the host, which the guest mounts with\n"
     "mount -t 9p -o trans=virtio TAG WHERE",
     take_virtfs},
    {"-fsdev", "", "local,id=ID,path=FOLDER[,readonly=on]", OptionGroup::kDisks,
     "the same for a -device virtio-9p-pci,fsdev=ID,mount_tag=TAG", take_fsdev},
    {"-snapshot", "", "", OptionGroup::kDisks,
     "forget what is written to disks (snapshot=on for all)",
     [](Draft& d, Argument) {
       d.snapshot = true;
       return done();
     }},

    {"-netdev", "", "TYPE,id=ID[,PROPERTY=VALUE...]", OptionGroup::kNet,
     "a network for netdev= of a -device virtio-net-pci; -netdev help\nlists the types",
     take_netdev},
    {"-nic", "", "TYPE[,PROPERTY=VALUE...]|none", OptionGroup::kNet,
     "a network and its card in one: -nic user. Without it there is none", take_nic},
    {"-net", "", "nic[,...]|TYPE[,...]|none", OptionGroup::kNet,
     "the old way: -net nic -net user make a card and its network", take_net},

    {"-nographic", "", "", OptionGroup::kSerial,
     "first serial port on the terminal, Ctrl-C goes to the guest\n"
     "(Ctrl-A H shows the keys); what happens without -serial, too",
     [](Draft& d, Argument) {
       d.nographic = true;
       return done();
     }},
    {"-serial", "", "CHANNEL", OptionGroup::kSerial,
     "far end of a serial port, twice for both ports: stdio, mon:stdio,\n"
     "file:PATH, pty, pipe:PATH, unix:PATH or tcp:HOST:PORT (with\n"
     ",server=on and ,wait=off to listen, ,reconnect=N to try again),\n"
     "chardev:ID, null, none. With stdio Ctrl-C ends vireo, with\n"
     "mon:stdio it goes to the guest and Ctrl-A C leads to a monitor",
     take_serial},
    {"-debugcon", "", "CHANNEL", OptionGroup::kSerial, "far end of the debug port 0xe9",
     take_debugcon},
    {"-chardev", "", "KIND,id=ID[,PROPERTY=VALUE...]", OptionGroup::kSerial,
     "a channel for chardev:ID and chardev=ID; -chardev help lists the\n"
     "kinds, -chardev KIND,help their properties",
     take_chardev},
    {"-monitor", "", "CHANNEL", OptionGroup::kSerial,
     "take commands from there while the machine runs (help lists them);\n"
     "without it Ctrl-A C leads to a monitor where the terminal is the\n"
     "first serial port by itself; none: nowhere",
     take_monitor},
    {"-qmp", "", "CHANNEL", OptionGroup::kSerial,
     "take commands of QEMU's machine protocol (QMP, JSON) from there, as\n"
     "from unix:PATH,server=on,wait=off",
     take_qmp},
    {"-qmp-pretty", "", "CHANNEL", OptionGroup::kSerial, "the same, answers on several lines",
     take_qmp_pretty},
    {"-mon", "", "[chardev=]ID[,mode=readline|control]", OptionGroup::kSerial,
     "a monitor, or with mode=control QMP, by a -chardev", take_mon},

    {"-gdb", "", "CHANNEL", OptionGroup::kRun,
     "wait for gdb there: tcp::PORT (this host only), tcp:HOST:PORT,\n"
     "unix:PATH, or a channel as for -serial. The guest runs meanwhile",
     take_gdb},
    {"-gdb-history", "", "off|[memory=]SIZE,...", OptionGroup::kRun,
     "states of the machine that are kept for gdb to go back to: none, or\n"
     "as many as fit; -gdb-history help for all properties",
     take_gdb_history},
    {"-s", "", "", OptionGroup::kRun, "the same as -gdb tcp:127.0.0.1:1234",
     [](Draft& d, Argument) { return take_gdb(d, "tcp:127.0.0.1:1234"); }},
    {"-S", "", "", OptionGroup::kRun, "start stopped; gdb or a monitor lets the machine go on",
     [](Draft& d, Argument) {
       d.start_stopped = true;
       return done();
     }},
    {"-no-reboot", "", "", OptionGroup::kRun, "a reset by the guest ends the run",
     [](Draft& d, Argument) {
       d.config.no_reboot = true;
       return done();
     }},
    {"-no-shutdown", "", "", OptionGroup::kRun, "after a power-off wait for Ctrl-A X or a signal",
     [](Draft& d, Argument) {
       d.config.no_shutdown = true;
       return done();
     }},
    {"-at", "", "TIME,COMMAND", OptionGroup::kRun,
     "run a command of the monitor at this time of the guest's clock (as\n"
     "2.5s or 800ms), in each run at the same instruction. Or\n"
     "marker=REGEX[,after=TIME],COMMAND: when a line of the first serial\n"
     "port matches. Doubled commas stand for one in REGEX. Or\n"
     "insns=N,COMMAND: after exactly so many instructions",
     take_at},
    {"-until", "", "REGEX", OptionGroup::kRun,
     "end the run with code 0 when a line of the first serial port\n"
     "matches; a prompt counts once the guest has paused after it",
     take_until},
    {"-fail-on", "", "REGEX", OptionGroup::kRun, "end it with code 18 when a line matches",
     take_fail_on},
    {"-serial-expect", "", "FILE", OptionGroup::kRun,
     "the guest must print this log on the first serial port: the first\n"
     "other line is shown and ends the run with code 20. In FILE,\n"
     "%%re REGEX stands for a line that varies, %%skip for any lines",
     [](Draft& d, Argument a) {
       d.ends.serial_expect = a;
       return done();
     }},
    {"-limit-insns", "", "N", OptionGroup::kRun,
     "end the run with code 22 after so many instructions: 500M, 20G", take_limit_insns},
    {"-limit-time", "", "TIME", OptionGroup::kRun, "or after so much of the guest's time: 30s",
     take_limit_time},
    {"-pidfile", "", "FILE", OptionGroup::kRun, "write the number of this process to a file",
     take_pidfile},
    {"-exit-report", "", "FILE", OptionGroup::kRun,
     "write how the run ended as JSON: reason, exit code, instructions,\n"
     "time, a hash of the machine's state, counters of each device",
     [](Draft& d, Argument a) {
       d.ends.exit_report = a;
       return done();
     }},
    {"-record", "", "FILE[,onerror=continue]", OptionGroup::kRun,
     "record what comes from outside (input, packets, time) for -replay;\n"
     "when the file is full the run ends, or goes on without it",
     take_record},
    {"-replay", "", "FILE[,until=insns=N][,then=live]", OptionGroup::kRun,
     "run again what was recorded, with the same command line. The run\n"
     "ends with the recording or at an instruction, or goes on from there\n"
     "with input from outside (then=live)",
     take_replay},
    {"-loadvm", "", "FILE[,verify=on]", OptionGroup::kRun,
     "go on from a snapshot. Unlike QEMU's a file of its own, given by\n"
     "its path; the other options must describe the same machine, but\n"
     "-kernel may be left out",
     take_loadvm},
    {"-snapshot-at-marker", "", "REGEX[,file=FILE][,quit=on]", OptionGroup::kRun,
     "save the machine when a line of the first serial port matches, to\n"
     "vireo.snapshot or FILE; quit=on ends the run then, compress=on\n"
     "makes a smaller file, which starts more slowly",
     take_snapshot_at_marker},
    {"-snapshot-at", "", "TIME|insns=N[,file=FILE][,quit=on]", OptionGroup::kRun,
     "the same at a time of the guest's clock, or after exactly so many\n"
     "instructions",
     take_snapshot_at},
    {"-snapshot-on-exit", "", "FILE", OptionGroup::kRun, "save the machine when the run has ended",
     take_snapshot_on_exit},
    {"-icount", "", "[shift=]N[,sleep=on|off|auto]", OptionGroup::kRun,
     "an instruction takes 2^N ns of the guest's time (0 to 10, default\n"
     "0). sleep=on lets idle time pass on the host, off skips it; auto:\n"
     "on for a terminal or pty",
     take_icount},
    {"-rtc", "", "base=utc|localtime|DATE", OptionGroup::kRun,
     "the guest's clock at power-on: the host's, or a date like\n"
     "2026-01-31T12:00:00. Default 2026-01-01, so that runs repeat",
     take_rtc},
    {"-seed", "", "N|random", OptionGroup::kRun,
     "seed of the guest's hardware randomness, default 1", take_seed},

    {"-d", "", "ITEM[,ITEM...]", OptionGroup::kTrace, "write trace lines; -d help lists the items",
     take_log_items},
    {"-D", "", "FILE", OptionGroup::kTrace, "write them to a file instead of stderr",
     [](Draft& d, Argument a) {
       d.config.log.path = a;
       return done();
     }},
    {"-dfilter", "", "START..END|START+SIZE|START-SIZE[,...]", OptionGroup::kTrace,
     "in_asm, exec and cpu are about code at these addresses only", take_log_filter},
    {"-dwindow", "", "insns=A..B|marker=REGEX[,until=REGEX]", OptionGroup::kTrace,
     "write them only between two instruction counts, or from a line of the\n"
     "first serial port that matches to another",
     take_log_window},
    {"-symbols", "", "FILE[,offset=N]", OptionGroup::kTrace,
     "names for addresses of code: a System.map, a copy of /proc/kallsyms,\n"
     "or a vmlinux; offset= is what the kernel moved itself by",
     take_symbols},
    {"-trace-json", "", "FILE[,events=ITEM:ITEM...]", OptionGroup::kTrace,
     "write events of devices and processors as lines of JSON",
     take_trace_json},
    {"-trace-insns", "", "FILE[,insns=A..B][,marker=REGEX[,until=REGEX]]", OptionGroup::kTrace,
     "record every instruction, the registers it changed and the memory it\n"
     "wrote; vireo trace show, diff and stat read the file",
     take_trace_insns},
    {"-state-trace", "", "every=N[,from=N][,to=N][,stop=on]", OptionGroup::kTrace,
     "a trace line with a hash of the whole machine each N ns of the\n"
     "guest's time: two runs are the same as long as their lines are",
     take_state_trace},
    {"-virtio-lint", "", "[=FILE]", OptionGroup::kTrace,
     "report where the guest's virtio drivers break the specification, on\n"
     "stderr or in a file; -virtio-lint=help lists the rules",
     take_virtio_lint},
    {"-slices", "", "blocks|alone|random[,seed=N]", OptionGroup::kTrace,
     "how the CPU takes instructions: by blocks (default), each alone, or\n"
     "in stretches of random length; the run is the same, only slower",
     take_slices},

    {"-accel", "", "LIST", OptionGroup::kAccepted, "tcg stands for vireo's own engine", take_accel},
    {"-enable-kvm", "", "", OptionGroup::kAccepted, "the same as -accel kvm",
     [](Draft& d, Argument) { return take_accel(d, "kvm"); }},
    {"-parallel", "", "none", OptionGroup::kAccepted, "there is no parallel port",
     [](Draft&, Argument a) {
       return accept_only("-parallel", a, "none", "there is no parallel port");
     }},
    {"-nodefaults", "", "", OptionGroup::kAccepted,
     "no serial port and monitor but those of -serial and -monitor",
     [](Draft& d, Argument) {
       d.nodefaults = true;
       return done();
     }},
    {"-global", "", "DRIVER.PROPERTY=VALUE", OptionGroup::kAccepted,
     "isa-debugcon.iobase=PORT, cfi.pflash01.secure=on|off; others have no effect", take_global},
    {"-audiodev", "", "none", OptionGroup::kAccepted, "there is no sound", take_audiodev},
    {"-echr", "", "1", OptionGroup::kAccepted, "the escape key is Ctrl-A",
     [](Draft&, Argument a) {
       return accept_only("-echr", a, "1", "the escape key is Ctrl-A");
     }},
    {"-L", "", "FOLDER", OptionGroup::kAccepted, "nothing is read from there",
     [](Draft&, Argument) { return done(); }},
    {"-k", "", "LANGUAGE", OptionGroup::kAccepted, "keys are told by their places, not letters",
     [](Draft&, Argument) { return done(); }},
    {"-no-fd-bootchk", "", "", OptionGroup::kAccepted, "there is no floppy drive",
     [](Draft&, Argument) { return done(); }},
    {"-no-user-config", "", "", OptionGroup::kAccepted, "there are no configuration files",
     [](Draft&, Argument) { return done(); }},

    {"-help", "-h", "", OptionGroup::kInformation, "this text",
     [](Draft& d, Argument) {
       d.print = help_text();
       return done();
     }},
    {"-version", "", "", OptionGroup::kInformation, "name and version",
     [](Draft& d, Argument) {
       d.print = version_text();
       return done();
     }},
};

}  // namespace

std::span<const OptionRow> option_rows() { return kRows; }

std::vector<std::string_view> option_names() {
  std::vector<std::string_view> names;
  for (const OptionRow& row : kRows) {
    names.push_back(row.name);
    if (!row.alias.empty()) names.push_back(row.alias);
  }
  return names;
}

const OptionRow* find_option(std::string_view name) {
  if (name.substr(0, 2) == "--") name.remove_prefix(1);
  for (const OptionRow& row : kRows) {
    if (row.name == name || (!row.alias.empty() && row.alias == name)) return &row;
  }
  return nullptr;
}

}  // namespace vireo
