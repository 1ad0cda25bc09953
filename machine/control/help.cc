#include "machine/control/help.h"

#include <fmt/format.h>

#include <algorithm>

#include "machine/base/version.h"
#include "machine/board/run_result.h"
#include "machine/control/option_row.h"

namespace vireo {
namespace {

struct GroupTitle {
  OptionGroup group;
  std::string_view title;
};
constexpr GroupTitle kGroups[] = {
    {OptionGroup::kMachine, "Machine"},
    {OptionGroup::kBoot, "Kernel"},
    {OptionGroup::kDisks, "Disks and devices"},
    {OptionGroup::kNet, "Networks"},
    {OptionGroup::kSerial, "Serial ports and terminal"},
    {OptionGroup::kRun, "The run"},
    {OptionGroup::kTrace, "Tracing"},
    {OptionGroup::kAccepted, "Accepted for scripts that call QEMU"},
    {OptionGroup::kInformation, "Information"},
};

std::string row_help(const OptionRow& row) {
  std::string text = fmt::format("  {}{}{}{}{}\n", row.alias, row.alias.empty() ? "" : ", ",
                                 row.name, row.argument.empty() || row.takes_attached() ? "" : " ",
                                 row.argument);
  std::string_view rest = row.help;
  while (!rest.empty()) {
    const size_t end = std::min(rest.find('\n'), rest.size());
    text += fmt::format("        {}\n", rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return text;
}

std::string exit_codes_help() {
  return fmt::format(
      "\nExit codes:\n"
      "  {:<4} power-off by the guest, reset with -no-reboot, -until was met, Ctrl-A X\n"
      "  {:<4} the command line or the start failed; nothing was changed\n"
      "  {:<4} the guest told of its own panic\n"
      "  {:<4} triple fault with -no-reboot\n"
      "  {:<4} halted with interrupts off: nothing can wake the guest\n"
      "  {:<4} -fail-on was met\n"
      "  {:<4} the serial log is not that of -serial-expect\n"
      "  {:<4} -limit-insns or -limit-time was reached\n"
      "  {:<4} the run ended before -until was met\n"
      "  {:<4} internal error\n"
      "  odd  (v << 1) | 1 for a v written to isa-debug-exit\n"
      "  128+ the number of the signal that ended the run\n",
      kExitOk, kExitUsage, kExitGuestPanic, kExitTripleFault, kExitDeadHalt, kExitFailOn,
      kExitSerialDiffers, kExitLimit, kExitNotReached, kExitInternalError);
}

}  // namespace

std::string help_text() {
  std::string text =
      "usage: vireo -kernel FILE [OPTION...]\n"
      "\n"
      "Boots a Linux kernel on an emulated PC. Options are spelled as in QEMU.\n"
      "  vireo -kernel vmlinuz -initrd initrd.img -append \"console=ttyS0 root=/dev/vda\" \\\n"
      "        -drive file=root.img,format=raw,if=virtio\n"
      "vireo img --help tells of disk images, vireo trace --help of instruction traces.\n";
  for (const GroupTitle& group : kGroups) {
    text += fmt::format("\n{}:\n", group.title);
    for (const OptionRow& row : option_rows()) {
      if (row.group == group.group) text += row_help(row);
    }
  }
  return text + exit_codes_help();
}

std::string version_text() { return fmt::format("vireo {}\n", kVireoVersion); }

}  // namespace vireo
