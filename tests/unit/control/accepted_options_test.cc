// What scripts for QEMU pass, and this machine takes without having it.
#include <doctest/doctest.h>

#include "machine/control/cpu_names.h"
#include "tests/unit/control/parse.h"

using namespace vireo;

TEST_CASE("what makes no difference is taken, and said where somebody might expect one") {
  const CommandLine line = parse_good(
      {"-bios", "qboot.rom", "-global", "PIIX4_PM.disable_s3=1", "-audiodev", "none,id=a", "-echr",
       "1", "-L", "folder", "-k", "en-us", "-no-fd-bootchk", "-machine",
       "q35,kernel_irqchip=split,vmport=off,usb=off,graphics=off,mem-merge=on"});
  CHECK(line.notes ==
        std::vector<std::string>{"-global PIIX4_PM.disable_s3=1: has no effect; give properties to "
                                 "-device",
                                 "-bios qboot.rom: not run; the kernel is entered directly"});
}

TEST_CASE("what would make a difference is not taken") {
  CHECK(error_of({"-audiodev", "pa,id=a"}) ==
        "-audiodev pa: there is no sound; use -audiodev none");
  CHECK(error_of({"-echr", "2"}).find("-echr 2: ") == 0);
  CHECK(error_of({"-global", "x"}).find("-global x: ") == 0);
  CHECK(error_of({"-machine", "q35,usb=on"}).find("-machine: usb=on") == 0);
}

TEST_CASE("a maker's processor is a model of the same level, which is said") {
  CHECK(model_in_place_of("host") == "max");
  CHECK(model_in_place_of("Nehalem") == "x86-64-v2");
  CHECK(model_in_place_of("Haswell-noTSX-IBRS") == "x86-64-v3");
  CHECK(model_in_place_of("EPYC-Rome") == "x86-64-v3");
  CHECK(model_in_place_of("EPYCs") == "");
  CHECK(model_in_place_of("qemu64") == "");
  const CommandLine line = parse_good({"-cpu", "Skylake-Client-v4,-avx2"});
  CHECK(line.config.cpu_model == "x86-64-v3,-avx2");
  CHECK(line.notes == std::vector<std::string>{"-cpu Skylake-Client-v4: x86-64-v3 stands for it"});
  CHECK(parse_good({"-cpu", "Penryn"}).config.cpu_model == "x86-64-v1,+ssse3");
}

TEST_CASE("a file for the process's number must be one of its own") {
  CHECK(parse_good({"-pidfile", "p"}).pidfile == "p");
  CHECK(error_of({"-pidfile", "a", "-exit-report", "a"}).find("are one file; use two") !=
        std::string::npos);
}
