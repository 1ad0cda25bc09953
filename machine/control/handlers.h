// What the options of the command line do, one function for each that needs more
// than a line. All take QEMU's spelling; errors begin with the option's name.
#pragma once

#include <string>
#include <string_view>

#include "machine/base/result.h"
#include "machine/control/draft.h"

namespace vireo {

// machine_options.cc
Result<void> take_machine(Draft& draft, std::string_view argument);
Result<void> take_cpu(Draft& draft, std::string_view argument);
Result<void> take_memory(Draft& draft, std::string_view argument);
Result<void> take_accel(Draft& draft, std::string_view argument);
Result<void> take_kernel_entry(Draft& draft, std::string_view argument);
Result<void> take_name(Draft& draft, std::string_view argument);

// boot_options.cc
Result<void> take_bios(Draft& draft, std::string_view argument);
Result<void> take_boot(Draft& draft, std::string_view argument);
Result<void> take_fw_cfg(Draft& draft, std::string_view argument);

// screen_options.cc
Result<void> take_vga(Draft& draft, std::string_view argument);
Result<void> take_display(Draft& draft, std::string_view argument);

// smp_option.cc
Result<void> take_smp(Draft& draft, std::string_view argument);

// channel_options.cc
Result<void> take_serial(Draft& draft, std::string_view argument);
Result<void> take_debugcon(Draft& draft, std::string_view argument);

// chardev_option.cc
Result<void> take_chardev(Draft& draft, std::string_view argument);

// monitor_options.cc
Result<void> take_monitor(Draft& draft, std::string_view argument);
Result<void> take_mon(Draft& draft, std::string_view argument);
Result<void> take_qmp(Draft& draft, std::string_view argument);
Result<void> take_qmp_pretty(Draft& draft, std::string_view argument);
Result<void> take_at(Draft& draft, std::string_view argument);

// gdb_options.cc
Result<void> take_gdb(Draft& draft, std::string_view argument);
Result<void> take_gdb_history(Draft& draft, std::string_view argument);

// drive_option.cc, folder_options.cc, devices/device_option.cc, objects/object_option.cc
Result<void> take_drive(Draft& draft, std::string_view argument);
Result<void> take_device(Draft& draft, std::string_view argument);
Result<void> take_fsdev(Draft& draft, std::string_view argument);
Result<void> take_virtfs(Draft& draft, std::string_view argument);
Result<void> take_object(Draft& draft, std::string_view argument);

// net/nic_options.cc
Result<void> take_netdev(Draft& draft, std::string_view argument);
Result<void> take_nic(Draft& draft, std::string_view argument);
Result<void> take_net(Draft& draft, std::string_view argument);

// time_options.cc
Result<void> take_icount(Draft& draft, std::string_view argument);
Result<void> take_rtc(Draft& draft, std::string_view argument);
Result<void> take_seed(Draft& draft, std::string_view argument);

// ends/ends_options.cc
Result<void> take_until(Draft& draft, std::string_view argument);
Result<void> take_fail_on(Draft& draft, std::string_view argument);
Result<void> take_limit_insns(Draft& draft, std::string_view argument);
Result<void> take_limit_time(Draft& draft, std::string_view argument);

// trace_options.cc
Result<void> take_log_items(Draft& draft, std::string_view argument);
Result<void> take_log_filter(Draft& draft, std::string_view argument);
Result<void> take_log_window(Draft& draft, std::string_view argument);
Result<void> take_symbols(Draft& draft, std::string_view argument);
Result<void> take_trace_insns(Draft& draft, std::string_view argument);
Result<void> take_trace_json(Draft& draft, std::string_view argument);

// state_options.cc
Result<void> take_state_trace(Draft& draft, std::string_view argument);
Result<void> take_slices(Draft& draft, std::string_view argument);

// snapshot_options.cc
Result<void> take_loadvm(Draft& draft, std::string_view argument);
Result<void> take_snapshot_at(Draft& draft, std::string_view argument);
Result<void> take_snapshot_at_marker(Draft& draft, std::string_view argument);
Result<void> take_snapshot_on_exit(Draft& draft, std::string_view argument);

// record_options.cc
Result<void> take_record(Draft& draft, std::string_view argument);
Result<void> take_replay(Draft& draft, std::string_view argument);

// lint_option.cc
Result<void> take_virtio_lint(Draft& draft, std::string_view argument);

// accepted_options.cc
Result<void> take_global(Draft& draft, std::string_view argument);
Result<void> take_audiodev(Draft& draft, std::string_view argument);
Result<void> take_pidfile(Draft& draft, std::string_view argument);

// Accepts exactly `only`, what a script says to switch off a thing that this
// machine does not have. `reason` says so for anything else.
Result<void> accept_only(std::string_view option, std::string_view argument, std::string_view only,
                         std::string_view reason);

}  // namespace vireo
