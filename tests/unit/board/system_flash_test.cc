// Machines that start in flash chips, and the images of those.
#include "machine/board/system_flash.h"

#include <fmt/format.h>

#include "tests/unit/board/machine_bench.h"
#include "tests/unit/board/snapshot_bench.h"

using namespace vireo;
using namespace vireo::testing;

namespace {

constexpr size_t kCodeBytes = 0x20000, kVarsBytes = 0x2000;

// A firmware in protected mode with flat segments runs 32-bit `code`, in the flash itself.
std::vector<std::byte> flash_with(const std::vector<unsigned>& code) {
  std::vector<std::byte> flash(kCodeBytes, std::byte{0xf4});
  const auto put = [&flash](size_t at, const std::vector<unsigned>& bytes) {
    for (const unsigned byte : bytes) flash[at++] = static_cast<std::byte>(byte);
  };
  const size_t last = kCodeBytes - 0x10000;
  put(last + 0x100, {0, 0, 0, 0, 0, 0, 0, 0,                          // no segment
                     0xff, 0xff, 0, 0, 0, 0x9b, 0xcf, 0,              // 8: code
                     0xff, 0xff, 0, 0, 0, 0x93, 0xcf, 0,              // 16: data
                     0x17, 0, 0x00, 0x01, 0xff, 0xff});               // 0x118: GDTR
  put(last, {0x2e, 0x66, 0x0f, 0x01, 0x16, 0x18, 0x01,                // lgdt cs:[0x118]
             0xb8, 0x01, 0x00, 0x0f, 0x01, 0xf0,                      // lmsw 1
             0xb8, 0x10, 0x00, 0x8e, 0xd8,                            // mov ds, 16
             0x66, 0xea, 0x00, 0x02, 0xff, 0xff, 0x08, 0x00});        // jmp 8:0xffff0200
  put(last + 0x200, code);
  put(kCodeBytes - 16, {0xea, 0x00, 0x00, 0x00, 0xf0});               // jmp 0xf000:0
  return flash;
}

// mov byte [address], value
std::vector<unsigned> store8(uint32_t address, unsigned value) {
  return {0xc6,          0x05,          address & 0xff,     address >> 8 & 0xff,
          address >> 16 & 0xff, address >> 24, value};
}

// mov al, [address]; out 0xf4, al
std::vector<unsigned> exit_with(uint32_t address) {
  return {0xa0, address & 0xff, address >> 8 & 0xff, address >> 16 & 0xff, address >> 24,
          0xe6, 0xf4};
}

std::vector<unsigned> join(std::initializer_list<std::vector<unsigned>> parts) {
  std::vector<unsigned> all;
  for (const auto& part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}

constexpr uint32_t kCode = 0xfffe0000, kVars = kCode - kVarsBytes;

struct FlashBench : MachineBench {
  explicit FlashBench(const std::vector<unsigned>& code) : MachineBench(GuestCode()) {
    image("code", flash_with(code));
    image("vars", std::vector<std::byte>(kVarsBytes, std::byte{0xff}));
    config.kernel.kernel_path.clear();
    config.firmware.flash[0] = drive("code");
    config.firmware.flash[0]->read_only = true;
    config.firmware.flash[1] = drive("vars");
  }
  void image(const std::string& path, std::vector<std::byte> bytes) {
    host.images[path] = std::make_shared<MemoryFile::State>();
    host.images[path]->bytes = std::move(bytes);
  }
  static DriveConfig drive(const std::string& path) {
    DriveConfig drive;
    drive.id = drive.path = path;
    drive.format = DiskFormat::kRaw;
    return drive;
  }
  std::byte kept(size_t at) { return host.images["vars"]->bytes[at]; }
};

}  // namespace

TEST_CASE("a machine starts in unit 0 and finds unit 1 right below") {
  FlashBench bench(exit_with(kVars + 0x1fff));
  bench.host.images["vars"]->bytes[0x1fff] = std::byte{0x2a};
  CHECK(bench.run().exit_code == debug_exit_code(0x2a));
}

TEST_CASE("what is programmed is in the image, and is read back from the array") {
  FlashBench bench(join({store8(kVars + 5, 0x40), store8(kVars + 5, 0x2b), store8(kVars + 5, 0xff),
                         exit_with(kVars + 5)}));
  CHECK(bench.run().exit_code == debug_exit_code(0x2b));
  CHECK(bench.kept(5) == std::byte{0x2b});
  CHECK(bench.kept(6) == std::byte{0xff});
}

TEST_CASE("a read-only unit refuses by its status") {
  FlashBench bench(join({store8(kVars, 0x40), store8(kVars, 0), exit_with(kVars)}));
  bench.config.firmware.flash[1]->read_only = true;
  CHECK(bench.run().exit_code ==
        (debug_exit_code(Pflash::kReady | Pflash::kProgramError) & 0xff));
  CHECK(bench.kept(0) == std::byte{0xff});
}

TEST_CASE("the end of unit 0 is seen below 1 MiB") {
  FlashBench bench(exit_with(0xfff00));
  bench.host.images["code"]->bytes[kCodeBytes - 0x100] = std::byte{0x17};
  CHECK(bench.run().exit_code == debug_exit_code(0x17));
}

TEST_CASE("images of a size that no flash has are refused") {
  FlashBench odd({});
  odd.image("vars", std::vector<std::byte>(5120));
  CHECK(odd.build().error().message ==
        "-drive if=pflash: vars: 5120 bytes; a flash image has a multiple of 4 KiB");
  for (const size_t bytes : {size_t{0}, size_t{1000}}) {
    FlashBench bad({});
    bad.image("vars", std::vector<std::byte>(bytes));
    CHECK(bad.build().error().message ==
          fmt::format("-drive if=pflash: vars: {} bytes; a flash image has a multiple of 4 KiB",
                      bytes));
  }
  FlashBench large({});
  large.image("vars", std::vector<std::byte>(0x7f0000));
  CHECK(large.build().error().message ==
        "-drive if=pflash: vars: 8128 KiB; the flash images may have 8 MiB in all");
  FlashBench missing({});
  missing.host.images.erase("vars");
  CHECK(missing.build().error().message == "vars: no such file");
}

TEST_CASE("a snapshot holds what was programmed, and puts it into the image") {
  const auto code = join({store8(kVars, 0x40), store8(kVars, 0x2c), store8(kVars, 0xff),
                          {0xb9, 0xc8, 0, 0, 0, 0xe2, 0xfe}, exit_with(kVars)});
  const SnapshotFolder folder;
  FlashBench first(code);
  REQUIRE(first.build().ok());
  end_at(*first.machine, 100);
  (void)first.run();
  REQUIRE(first.machine->snapshots().save(folder.file("s"), {}).ok());
  FlashBench second(code);
  second.config.snapshots.load_path = folder.file("s");
  REQUIRE(second.build().ok());
  REQUIRE(second.machine->snapshots().load(folder.file("s"), {}).ok());
  CHECK(second.kept(0) == std::byte{0x2c});
  CHECK(second.run().exit_code == debug_exit_code(0x2c));
}
