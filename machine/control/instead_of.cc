#include "machine/control/instead_of.h"

#include <algorithm>
#include <span>

namespace vireo {
namespace {

struct Instead {
  std::string_view name;  // one that ends in '*' stands for all that begin so
  std::string_view text;
};

constexpr std::string_view kNoUsb =
    "there is no USB; use -device virtio-keyboard-pci, virtio-mouse-pci or virtio-tablet-pci";
constexpr std::string_view kNoServer =
    "pictures are not served; use -display sdl, or screendump in the monitor";
constexpr std::string_view kNoSound = "there is no sound; leave it out";
constexpr std::string_view kNoIommu = "there is no IOMMU; leave it out";
constexpr std::string_view kNoWatchdog = "there is no watchdog; -limit-time TIME ends a run";
constexpr std::string_view kUseNet = "there is no such card; use virtio-net-pci";
constexpr std::string_view kUseDisk =
    "there is no such disk; use -drive file=FILE,format=FORMAT, or virtio-blk-pci";
constexpr std::string_view kUseStd = "there is no such card; use -vga std";
constexpr std::string_view kUseGpu =
    "that card has a VGA half, which is not there; use virtio-gpu-pci, with -vga none or std";

constexpr Instead kOptions[] = {
    {"-usb", kNoUsb},
    {"-usbdevice", kNoUsb},
    {"-vnc", kNoServer},
    {"-spice", kNoServer},
    {"-sdl", "use -display sdl"},
    {"-curses", "there is no such display; use -nographic, or -display sdl"},
    {"-full-screen", "use Ctrl+Alt+F in the window of -display sdl"},
    {"-blockdev", "use -drive file=FILE,format=FORMAT,if=none,id=ID"},
    {"-daemonize", "use the shell's &, with -qmp or -monitor on a socket"},
    {"-incoming", "a machine does not move; use -loadvm FILE"},
    {"-trace", "use -d ITEM,... or -trace-json FILE"},
    {"-singlestep", "use -slices alone"},
    {"-pflash", "use -drive if=pflash,format=raw,file=FILE"},
    {"-no-acpi", "use -append acpi=off"},
    {"-no-hpet", "use -append nohpet"},
    {"-action", "use -no-reboot, -no-shutdown"},
    {"-tftp", "use -nic user,tftp=FOLDER"},
    {"-redir", "use -nic user,hostfwd=tcp::PORT-:PORT"},
    {"-balloon", "use -device virtio-balloon-pci"},
    {"-option-rom", "use romfile=FILE of a -device"},
    {"-watchdog", kNoWatchdog},
    {"-watchdog-action", kNoWatchdog},
    {"-soundhw", kNoSound},
    {"-numa", "there is one node of memory; leave it out"},
    {"-mem-path", "memory is the process's own; leave it out"},
    {"-mem-prealloc", "memory is the process's own; leave it out"},
    {"-sandbox", "the process needs no privileges; leave it out"},
    {"-runas", "the process needs no privileges; start it as that user"},
};

constexpr Instead kDevices[] = {
    {"e1000*", kUseNet},
    {"rtl8139", kUseNet},
    {"ne2k*", kUseNet},
    {"pcnet", kUseNet},
    {"i825*", kUseNet},
    {"igb", kUseNet},
    {"vmxnet3", kUseNet},
    {"ide-*", kUseDisk},
    {"ahci", kUseDisk},
    {"ich9-ahci", kUseDisk},
    {"nvme*", kUseDisk},
    {"scsi-*", kUseDisk},
    {"virtio-scsi*", kUseDisk},
    {"lsi*", kUseDisk},
    {"megasas*", kUseDisk},
    {"floppy", kUseDisk},
    {"usb-storage", kUseDisk},
    {"usb-*", kNoUsb},
    {"qemu-xhci", kNoUsb},
    {"nec-usb-xhci", kNoUsb},
    {"ich9-usb*", kNoUsb},
    {"piix*-usb*", kNoUsb},
    {"VGA", kUseStd},
    {"bochs-display", kUseStd},
    {"cirrus-vga", kUseStd},
    {"qxl*", kUseStd},
    {"vmware-svga", kUseStd},
    {"virtio-vga*", kUseGpu},
    {"virtio-gpu-gl*", "there are no 3D graphics; use virtio-gpu-pci"},
    {"intel-hda", kNoSound},
    {"ich9-intel-hda", kNoSound},
    {"hda-*", kNoSound},
    {"AC97", kNoSound},
    {"i6300esb", kNoWatchdog},
    {"ib700", kNoWatchdog},
    {"pvpanic*", "a panic is known by the kernel's last words on a serial port; leave it out"},
    {"ioh3420", "use pcie-root-port"},
    {"intel-iommu", kNoIommu},
    {"virtio-iommu*", kNoIommu},
    {"vfio-pci", "devices of the host cannot be given to a guest"},
    {"loader", "use -kernel, -initrd or -fw_cfg"},
    {"sga", "SeaBIOS is on the first serial port as it is; leave it out"},
    {"isa-debugcon", "use -debugcon CHANNEL"},
    {"isa-serial", "use -serial CHANNEL"},
    {"pci-serial", "use -serial CHANNEL"},
};

bool matches(std::string_view pattern, std::string_view name) {
  if (pattern.back() != '*') return pattern == name;
  pattern.remove_suffix(1);
  return name.substr(0, pattern.size()) == pattern;
}

std::string_view find(std::span<const Instead> rows, std::string_view name) {
  const auto row = std::find_if(rows.begin(), rows.end(),
                                [&](const Instead& r) { return matches(r.name, name); });
  return row == rows.end() ? std::string_view{} : row->text;
}

}  // namespace

std::string_view instead_of_option(std::string_view name) { return find(kOptions, name); }

std::string_view instead_of_device(std::string_view name) { return find(kDevices, name); }

}  // namespace vireo
