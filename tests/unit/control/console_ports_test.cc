// -device virtconsole and virtserialport: which device they belong to, and their numbers.
#include <doctest/doctest.h>

#include "tests/unit/control/parse.h"

namespace vireo {
namespace {

// The ports of a device: "NUMBER/NAME/CHARDEV ...".
std::string ports_of(const CommandLine& line, size_t device) {
  std::string text;
  for (const auto& port :
       std::get<ConsoleConfig>(line.config.virtio_devices.at(device).type).ports) {
    text += std::to_string(port.number) + "/" + port.name + "/" + port.chardev + " ";
  }
  return text;
}

TEST_CASE("ports go to the device that they name, or to the first, whatever comes first") {
  const auto line = parse_good({"-device", "virtserialport,chardev=x,name=a,bus=two.0", "-device",
                                "virtio-serial-pci,id=one", "-device", "virtio-serial-pci,id=two",
                                "-device", "virtserialport,name=b", "-chardev", "null,id=x"});
  CHECK(ports_of(line, 0) == "1/b/ ");
  CHECK(ports_of(line, 1) == "1/a/x ");
}

TEST_CASE("the first console is port 0; the others get the next free numbers") {
  const auto line = parse_good({"-device", "virtio-serial", "-device", "virtserialport,name=a",
                                "-device", "virtconsole,name=b", "-device", "virtconsole,name=c",
                                "-device", "virtserialport,name=d,nr=7"});
  CHECK(ports_of(line, 0) == "1/a/ 0/b/ 2/c/ 7/d/ ");
}

TEST_CASE("errors of ports name what is wrong") {
  CHECK(error_of({"-device", "virtconsole"}) ==
        "-device virtconsole: there is no virtio-serial device; give -device virtio-serial-pci");
  CHECK(error_of({"-device", "virtio-serial,id=v", "-device", "virtconsole,bus=w.0"}) ==
        "-device virtconsole: bus=w.0 is no virtio-serial device; give ID.0 for one with id=ID");
  CHECK(error_of({"-device", "virtio-serial", "-device", "virtserialport,nr=0"}) ==
        "-device virtserialport: nr=0 is for a virtconsole; use 1 or more");
  CHECK(error_of({"-device", "virtio-serial", "-device", "virtconsole,nr=3", "-device",
                  "virtserialport,nr=3"}) ==
        "-device virtserialport: nr=3 is given twice; choose another number");
  CHECK(error_of({"-device", "virtio-serial,max_ports=1", "-device", "virtconsole", "-device",
                  "virtconsole"}) ==
        "-device virtconsole: nr=1: the device has ports 0 to 0; raise its max_ports=");
}

}  // namespace
}  // namespace vireo
