// -bios, -boot and -fw_cfg.
#include <doctest/doctest.h>

#include "tests/unit/control/parse.h"

using namespace vireo;

namespace {

MachineConfig config_of(Words words) {
  const auto parsed = parse_words(words);
  REQUIRE(parsed.ok());
  return parsed->config;
}

}  // namespace

TEST_CASE("without a kernel a machine with a drive starts in SeaBIOS, or in the firmware given") {
  CHECK(config_of({"-drive", "file=a"}).firmware.path == "/usr/share/seabios/bios-256k.bin");
  CHECK(config_of({"-bios", "b"}).firmware.path == "b");
  CHECK_FALSE(config_of({"-loadvm", "s"}).firmware.run());
  CHECK_FALSE(parse_good({"-drive", "file=a", "-bios", "b"}).config.firmware.run());
  const MachineConfig both = parse_good({"-bios", "./b"}).config;
  CHECK(both.firmware.path == "./b");
  CHECK_FALSE(both.kernel.kernel_path.empty());
}

TEST_CASE("firmware has a VGA to show itself on, a kernel one that is asked for") {
  CHECK(config_of({"-drive", "file=a"}).vga == VgaKind::kStandard);
  CHECK(config_of({"-drive", "file=a", "-vga", "none"}).vga == VgaKind::kNone);
  CHECK(parse_good({}).config.vga == VgaKind::kNone);
  CHECK(parse_good({"-vga", "std"}).config.vga == VgaKind::kStandard);
}

TEST_CASE("-boot tells the order of drives and whether to ask") {
  CHECK(parse_good({"-boot", "dc"}).config.firmware.boot_order == "dc");
  const auto firmware = parse_good({"-boot", "order=n,menu=on,splash-time=500"}).config.firmware;
  CHECK(firmware.boot_order == "n");
  CHECK(firmware.boot_menu);
  CHECK(firmware.menu_wait_ms == 500);
  CHECK(error_of({"-boot", "z"}) == "-boot z: order= takes up to three of c, d, a and n");
  CHECK(error_of({"-boot", "splash-time=70000"}).find("-boot: ") == 0);
}

TEST_CASE("-fw_cfg gives a file by name") {
  const auto files = parse_good({"-fw_cfg", "opt/a,string=x=1", "-fw_cfg", "name=opt/b,file=f"})
                         .config.fw_cfg_files;
  REQUIRE(files.size() == 2);
  CHECK(files[0].text == "x=1");
  CHECK(files[1].path == "f");
  CHECK(error_of({"-fw_cfg", "opt/a"}) == "-fw_cfg opt/a: give either file=FILE or string=TEXT");
  CHECK(error_of({"-fw_cfg", "string=a"}).find("-fw_cfg string=a: give name=NAME") == 0);
  CHECK(error_of({"-fw_cfg", "a,string=1", "-fw_cfg", "a,string=2"}).find("given twice") !=
        std::string::npos);
  const std::string longest = std::string(56, 'a') + ",string=";
  CHECK(error_of({"-fw_cfg", longest}).find("more than 55 letters") != std::string::npos);
}

TEST_CASE("-global moves the debug port, before or behind the option that makes it") {
  const std::string_view moved = "isa-debugcon.iobase=0x402";
  const auto before = parse_good({"-global", moved, "-debugcon", "null"}).config.debug_console;
  const auto behind = parse_good({"-debugcon", "null", "-global", moved}).config.debug_console;
  CHECK(before.value_or(DebugConsoleConfig{}).iobase == 0x402);
  CHECK(behind.value_or(DebugConsoleConfig{}).iobase == 0x402);
  CHECK_FALSE(parse_good({"-global", "isa-debugcon.iobase=0x402"}).config.debug_console);
  CHECK(error_of({"-global", "isa-debugcon.iobase=x"}).find("-global isa-debugcon") == 0);
}

TEST_CASE("-global lets the flash take commands in system management mode only") {
  const auto secure = [](const char* global) {
    return parse_good({"-global", global}).config.firmware.flash_secure;
  };
  CHECK(secure("cfi.pflash01.secure=on"));
  CHECK_FALSE(secure("cfi.pflash01.secure=off"));
  CHECK(secure("driver=cfi.pflash01,property=secure,value=on"));
  const auto refused = [](const char* global, const char* start) {
    CHECK(error_of({"-global", global}).find(start) == 0);
  };
  refused("cfi.pflash01.secure=maybe", "-global cfi.pflash01.secure=maybe: ");
  refused("driver=cfi.pflash01,propert=secure", "-global: ");
}

TEST_CASE("if=pflash gives the firmware and its variables, which are no disks") {
  const auto config = config_of({"-drive", "if=pflash,format=raw,readonly=on,file=code", "-drive",
                                 "if=pflash,unit=1,format=raw,file=vars"});
  REQUIRE(config.firmware.flash[0]);
  REQUIRE(config.firmware.flash[1]);
  CHECK(config.firmware.run());
  CHECK(config.firmware.path.empty());
  CHECK(config.firmware.flash[0]->path == "code");
  CHECK(config.firmware.flash[0]->read_only);
  CHECK(config.firmware.flash[1]->path == "vars");
  CHECK_FALSE(config.firmware.flash[1]->snapshot);
  CHECK(config.drives.empty());
  CHECK(config.virtio_devices.empty());
  CHECK(config_of({"-snapshot", "-drive", "if=pflash,file=c"}).firmware.flash[0]->snapshot);
  // It runs beside a kernel as well, which it starts.
  CHECK(parse_good({"-drive", "if=pflash,file=a"}).config.firmware.run());
}

TEST_CASE("flash that cannot be is refused by one line") {
  CHECK(error_of({"-drive", "if=pflash,unit=1,file=v"}) ==
        "-drive if=pflash: unit 1 holds variables only; give the firmware as unit 0, too");
  CHECK(error_of({"-drive", "if=pflash,unit=0,file=c", "-drive", "if=pflash,unit=0,file=d"}) ==
        "-drive if=pflash: unit=0 is given twice; there are units 0 and 1");
  CHECK(error_of({"-drive", "if=pflash,unit=2,file=c"}).find("unit=2") != std::string::npos);
  CHECK(error_of({"-drive", "if=virtio,unit=0,file=c"}) ==
        "-drive: unit= goes with if=pflash; leave it out");
  CHECK(error_of({"-drive", "if=pflash,file=c", "-bios", "b"}) ==
        "-bios b and -drive if=pflash are two firmwares; give one");
}
