// -object and the random sources of -device virtio-rng-pci.
#include <doctest/doctest.h>

#include "tests/unit/control/parse.h"

namespace vireo {
namespace {

TEST_CASE("random sources and the device that uses one") {
  const auto line =
      parse_good({"-object", "rng-random,id=r,filename=/dev/hwrng", "-object", "rng-builtin,id=b",
                  "-device", "virtio-rng-pci,rng=r,max-bytes=1024,period=1000"});
  const MachineConfig& config = line.config;
  REQUIRE(config.entropy_sources.size() == 2);
  CHECK(config.entropy_sources[0] == EntropySourceConfig{"r", "/dev/hwrng"});
  CHECK(config.entropy_sources[1] == EntropySourceConfig{"b", ""});
  REQUIRE(config.virtio_devices.size() == 1);
  const auto& rng = std::get<RngConfig>(config.virtio_devices[0].type);
  CHECK(rng == RngConfig{"r", {.max_bytes = 1024, .period_ms = 1000}});
}

TEST_CASE("errors of -object name what is wrong") {
  CHECK(error_of({"-object", "rng-random"}) ==
        "-object rng-random: id= is missing; devices name it by that");
  CHECK(error_of({"-object", "rng-builtn,id=a"}) ==
        "-object: unknown object 'rng-builtn'; the nearest is 'rng-builtin' (list: -object help)");
  CHECK(error_of({"-object", "rng-builtin,id=a", "-object", "rng-random,id=a"}) ==
        "-object rng-random: id=a is given twice; choose another");
  CHECK(error_of({"-device", "virtio-rng-pci,max-bytes=0"})
            .find("-device virtio-rng-pci: max-bytes=0") == 0);
}

}  // namespace
}  // namespace vireo
