// -fsdev, -virtfs and -device virtio-9p-pci: shared folders.
#include <doctest/doctest.h>

#include "tests/unit/control/parse.h"

namespace vireo {
namespace {

const P9Config& share(const MachineConfig& config, size_t index = 0) {
  return std::get<P9Config>(config.virtio_devices.at(index).type);
}

TEST_CASE("-fsdev and -device share a folder") {
  const auto parsed =
      parse_good({"-fsdev", "local,id=f,path=/srv,security_model=passthrough,readonly=on",
                  "-device", "virtio-9p-pci,fsdev=f,mount_tag=data"});
  REQUIRE(parsed.config.folders.size() == 1);
  CHECK(parsed.config.folders[0].spec ==
        FolderSpec{"/srv", true, FolderSpec::Security::kPassthrough});
  CHECK(share(parsed.config).folder == "f");
  CHECK(share(parsed.config).options.mount_tag == "data");
}

TEST_CASE("-virtfs is both in one, in the order of the devices") {
  const auto parsed = parse_good({"-virtfs", "local,path=/srv,mount_tag=data", "-device",
                                  "virtio-9p-pci,fsdev=data,mount_tag=again"});
  CHECK(parsed.config.folders[0].spec == FolderSpec{"/srv", false, FolderSpec::Security::kNone});
  CHECK(share(parsed.config, 0).options.mount_tag == "data");
  CHECK(share(parsed.config, 1).options.mount_tag == "again");
}

TEST_CASE("P9-04: mount tags are unique") {
  CHECK(error_of({"-virtfs", "local,path=/a,mount_tag=t,id=a", "-virtfs",
                  "local,path=/b,mount_tag=t,id=b"}) ==
        "-device virtio-9p-pci: mount_tag=t is given twice; choose another");
}

TEST_CASE("what is wrong with a shared folder is named") {
  CHECK(error_of({"-fsdev", "local,id=f"}) == "-fsdev: path= is missing");
  CHECK(error_of({"-fsdev", "local,path=/a"}) ==
        "-fsdev: id= is missing; a -device names it by that");
  CHECK(error_of({"-fsdev", "id=f,path=/a"}) == "-fsdev: begin with local,");
  CHECK(error_of({"-fsdev", "local,id=f,path=/a", "-fsdev", "local,id=f,path=/b"}) ==
        "-fsdev: id=f is given twice; choose another");
  CHECK(error_of({"-virtfs", "local,path=/a"}) ==
        "-virtfs: mount_tag= is missing; the guest mounts it by that");
  CHECK(error_of({"-device", "virtio-9p-pci,fsdev=f,mount_tag=t"}) ==
        "-device virtio-9p-pci: there is no -fsdev 'f'; give -fsdev local,id=f,path=FOLDER");
  CHECK(error_of({"-device", "virtio-9p-pci,mount_tag=t"}) ==
        "-device virtio-9p-pci: fsdev= is missing; it names the id= of a -fsdev");
  CHECK(error_of({"-virtfs", "local,path=/a,mount_tag=123456789012345678901234567890123"}) ==
        "-virtfs: mount_tag=123456789012345678901234567890123 is longer than 32 bytes");
}

}  // namespace
}  // namespace vireo
