// Everything that describes a machine before it is built: plain data, made by
// the command line or a test, read by the board. Checked by the command line:
// ids are unique, each drive is used at most once, numbers are in range.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cpu/cpu.h"
#include "cpu/cpu_topology.h"
#include "images/disk/disk_format.h"
#include "images/kernel/linux_loader.h"
#include "machine/board/pci_bridge_config.h"
#include "machine/board/trace_config.h"
#include "machine/board/virtio_device_config.h"
#include "machine/host/host_specs.h"
#include "machine/host/net_specs.h"

namespace vireo {

inline constexpr uint64_t kMiB = uint64_t{1} << 20;
inline constexpr uint64_t kGiB = uint64_t{1} << 30;

// Limit of -smp: what a set of processors is kept in has 64 bits.
inline constexpr unsigned kMaxProcessors = 64;

// Limits of -m. The upper one keeps RAM and the 64-bit PCI window inside 40
// physical address bits.
inline constexpr uint64_t kMinMemory = 16 * kMiB;
inline constexpr uint64_t kDefaultMemory = 512 * kMiB;
inline constexpr uint64_t kMaxMemory = 512 * kGiB;

// 2026-01-01 00:00:00 UTC: what the guest's clock says at power-on unless -rtc
// tells otherwise. Fixed, so that one command line always gives the same run.
inline constexpr int64_t kDefaultRtcUnixSeconds = 1767225600;

struct KernelConfig {
  std::string kernel_path;  // empty: no kernel given
  std::string initrd_path;  // empty: none
  std::string append;       // kernel command line
  KernelEntry entry = KernelEntry::kFast;
};

// -vga: the graphics card.
enum class VgaKind : uint8_t { kNone, kStandard };

// One -fw_cfg: a file of the firmware configuration device.
struct FwCfgFileConfig {
  std::string name;
  std::string path;  // of the host; empty: `text` is its content
  std::string text;
};

// One -drive: where a disk's bytes live. Its device is a BlkConfig that names it;
// if=virtio makes one by itself, so the board looks at devices only. A drive that no
// device names is not opened until one does, by device_add.
struct DriveConfig {
  std::string id;
  std::string path;
  // Without one a file that begins like another known format than raw is refused rather than
  // shown to the guest as it is.
  std::optional<DiskFormat> format;
  bool read_only = false;
  // Writes go to a temporary overlay; the file itself is opened read-only.
  bool snapshot = false;
  CacheMode cache = CacheMode::kWriteback;
  std::string serial;  // for a device that has none of its own
};

// Where firmware looks for something to start, and what it is told. Without a kernel the machine
// starts in firmware.
struct FirmwareConfig {
  std::string path;            // of its ROM; empty: none is run
  std::string boot_order;      // -boot order=: letters of drives as QEMU has them; empty: "cad"
  bool boot_menu = false;      // -boot menu=
  std::optional<uint16_t> menu_wait_ms;
  // -drive if=pflash: the units of the board's flash, in place of a ROM. Unit 1 comes with unit 0.
  std::array<std::optional<DriveConfig>, 2> flash;
  bool flash_secure = false;  // it takes commands in system management mode only
  bool run() const { return !path.empty() || flash[0]; }
};

// One -fsdev: a folder to share. Its device is a P9Config that names it.
struct FolderConfig {
  std::string id;
  FolderSpec spec;
};

// isa-debug-exit: a write of v ends the run with (v << 1) | 1.
struct DebugExitConfig {
  uint16_t iobase = 0x501;
  uint16_t iosize = 0x02;
};

// A port (0xe9) whose written bytes go to a channel, for early guest output.
struct DebugConsoleConfig {
  uint16_t iobase = 0xe9;
  ChannelSpec channel;
};

// -object rng-builtin and rng-random.
struct EntropySourceConfig {
  std::string id;
  std::string path;  // of the host; empty: seeded
  bool operator==(const EntropySourceConfig&) const = default;
};

// -object filter-dump: the frames of a network, in a file of the pcap form.
struct NetDumpConfig {
  std::string netdev;  // id of a NetdevSpec
  std::string path;
  uint32_t max_bytes = 65536;  // kept of each frame
  bool operator==(const NetDumpConfig&) const = default;
};

// One -chardev: a named channel that ports, consoles and monitors may use.
struct ChardevConfig {
  std::string id;
  ChannelSpec spec;
};

struct RtcConfig {
  enum class Base : uint8_t { kFixed, kHostUtc, kHostLocal };
  Base base = Base::kFixed;
  int64_t fixed_unix_seconds = kDefaultRtcUnixSeconds;  // for kFixed; UTC
};

// Whether an idle machine waits for the host's clock or jumps to the next
// event. Auto: waits when something outside can wake the guest (a terminal or
// a pty), jumps otherwise.
struct IcountConfig {
  unsigned shift = 0;  // one instruction takes 2^shift ns; 0..10
  OnOffAuto sleep = OnOffAuto::kAuto;
};

struct SeedConfig {
  uint64_t value = 1;
  bool from_host = false;  // -seed random: differs from run to run
};

// Trace lines with a hash of the whole state, for comparing runs.
struct StateTraceConfig {
  uint64_t every_ns = 0;  // of virtual time; 0: none
  uint64_t from_ns = 0, to_ns = UINT64_MAX;
  bool stop = false;  // the machine is switched off after to_ns
};

// -virtio-lint: rules of VirtIO that drivers are watched for.
struct VirtioLintConfig {
  bool on = false;
  std::string path;  // of the report; empty: stderr
};

// -loadvm and -snapshot-on-exit.
struct SnapshotConfig {
  // Where the state comes from; empty: from the kernel, which otherwise is not read before a
  // reset needs it. Whoever made the machine loads it.
  std::string load_path;
  bool verify = false;  // all of the memory, too
  std::string on_exit_path;  // what is saved when the run has ended; empty: nothing
  bool from_file() const { return !load_path.empty(); }
};

// -record: what comes from outside goes into a file.
struct RecordConfig {
  std::string path;            // empty: nothing is recorded
  bool goes_on = false;        // without the recording, when the file cannot take more
};

// -replay: it comes from such a file.
struct ReplayConfig {
  std::string path;  // empty: it comes from outside
  std::optional<uint64_t> until;  // this instruction; nothing: the end of the recording
  bool then_live = false;         // from there on from outside; otherwise the run ends there
};

struct MachineConfig {
  uint64_t memory_bytes = kDefaultMemory;  // a multiple of 1 MiB
  CpuTopology topology;                    // 1 to kMaxProcessors in all
  std::string cpu_model = "x86-64-v3";     // as -cpu takes it
  KernelConfig kernel;
  FirmwareConfig firmware;
  std::vector<FwCfgFileConfig> fw_cfg_files;
  VgaKind vga = VgaKind::kNone;
  // COM1, COM2; absent ones and Kind::kNone have no UART. At most one kStdio
  // among these and the debug console.
  std::vector<ChannelSpec> serials;
  std::vector<ChardevConfig> chardevs;
  std::vector<DriveConfig> drives;
  std::vector<FolderConfig> folders;
  std::vector<PciBridgeConfig> pci_bridges;        // in command-line order
  std::vector<VirtioDeviceConfig> virtio_devices;  // in command-line order
  std::vector<EntropySourceConfig> entropy_sources;
  std::vector<NetdevSpec> netdevs;
  std::vector<NetDumpConfig> net_dumps;
  std::optional<DebugExitConfig> debug_exit;
  std::optional<DebugConsoleConfig> debug_console;
  SnapshotConfig snapshots;
  RecordConfig record;
  ReplayConfig replay;
  bool no_reboot = false;    // a reset ends the run
  bool no_shutdown = false;  // a power-off stops the machine but not the process
  IcountConfig icount;
  RtcConfig rtc;
  SeedConfig seed;
  LogConfig log;
  SymbolsConfig symbols;
  EventFileConfig events;
  InsnTraceConfig insn_trace;
  StateTraceConfig state_trace;
  VirtioLintConfig virtio_lint;
  Slices slices;
  std::string name;  // -name, for messages
};

}  // namespace vireo
