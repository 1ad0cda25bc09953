// Fuzzes what reads qcow2 images: a good one, of which the input changes numbers of the header and
// the tables, cuts the end, then reads, writes, resizes and checks what is left.
#include <memory>
#include <string>
#include <vector>

#include "images/disk/big_endian.h"
#include "images/disk/qcow2/check.h"
#include "images/disk/qcow2/create.h"
#include "images/disk/qcow2/qcow2_disk.h"
#include "tests/fuzz/fuzz_digest.h"
#include "tests/fuzz/fuzz_input.h"
#include "tests/unit/images/disk/memory_file.h"

namespace vireo::fuzz {
namespace {

using State = std::shared_ptr<MemoryFile::State>;

constexpr uint64_t kSize = 160 * 512;
constexpr uint64_t kLongestFile = 4 << 20;

// A file that does not follow a wrong number far.
class ShortFile final : public DiskFile {
 public:
  explicit ShortFile(const State& state) : file_(state) {}
  uint64_t size() const override { return file_.size(); }
  std::string description() const override { return "image"; }
  Result<void> read(uint64_t at, std::span<std::byte> out) override { return file_.read(at, out); }
  Result<void> write(uint64_t at, std::span<const std::byte> in) override {
    if (at > kLongestFile || in.size() > kLongestFile - at) return Error{"the host is full"};
    return file_.write(at, in);
  }
  Result<void> sync() override { return {}; }
  Result<void> discard(uint64_t at, uint64_t n) override { return file_.discard(at, n); }
  Result<void> zero(uint64_t at, uint64_t n, bool unmap) override {
    return file_.zero(at, n, unmap);
  }
  Result<void> resize(uint64_t) override { return Error{"the host is full"}; }

 private:
  MemoryFile file_;
};

State good_image(bool version_2) {
  State state = memory_state("");
  MemoryFile file(state);
  Qcow2Layout layout;
  layout.size = kSize;
  layout.cluster_bits = 9;
  layout.version = version_2 ? 2 : 3;
  (void)create_qcow2(file, layout);
  auto disk = Qcow2Disk::open(std::make_unique<MemoryFile>(state), false, FlushPolicy::kNever);
  if (!disk) return state;
  const std::vector<std::byte> text(3000, std::byte{'x'});
  for (uint64_t at = 0; at < kSize; at += 20 * 512) {
    (void)(*disk)->write(at, text);
    (void)(*disk)->write_packed(at + 8 * 512, std::span(text).first(512));
    (void)(*disk)->write_zeroes(at + 10 * 512, 1024, true);
  }
  return state;
}

// Numbers anywhere in the file, more often in the header; of the kinds that tables hold.
void spoil(std::vector<std::byte>& bytes, FuzzInput& input) {
  for (uint32_t changes = 1 + input.below(6); changes > 0; --changes) {
    const size_t room = input.below(3) == 0 ? 120 : bytes.size();
    const size_t at = input.take<uint32_t>() % (room / 4) * 4;
    if (input.below(2) == 0) {
      bytes[at + input.below(4)] = std::byte{input.take<uint8_t>()};
    } else if (at + 8 <= bytes.size()) {
      const uint64_t flags = uint64_t{input.take<uint8_t>()} << 56;
      store_big<uint64_t>(bytes.data() + at, input.below(200) * 512 | flags | input.below(2));
    }
  }
  if (input.below(6) == 0) bytes.resize(input.take<uint32_t>() % bytes.size());
}

void note(const Result<void>& done) {
  const std::string text = done ? "done" : done.error().message;
  digest().add(std::as_bytes(std::span(text)));
}

void use(BlockBackend& disk, FuzzInput& input) {
  std::vector<std::byte> bytes(4096);
  for (uint32_t steps = input.below(20); steps > 0; --steps) {
    const uint64_t offset = input.take<uint32_t>() % (disk.size() + 1);
    const uint64_t length = std::min<uint64_t>(input.below(4096), disk.size() - offset);
    const auto part = std::span(bytes).first(length);
    switch (input.below(6)) {
      case 0:
        note(disk.write(offset, part));
        break;
      case 1:
        note(disk.write_zeroes(offset, length, input.below(2) == 0));
        break;
      case 2:
        note(disk.discard(offset, length));
        break;
      case 3:
        note(disk.flush());
        break;
      case 4:
        if (input.below(4) == 0) note(disk.resize((1 + input.below(400)) * 512));
        break;
      default:
        note(disk.read(offset, part));
        digest().add(part);
    }
  }
}

void check(const State& state, FuzzInput& input) {
  ImageBytes file(std::make_unique<ShortFile>(state), FlushPolicy::kNever);
  const bool repair = input.below(2) == 0;
  const auto report = check_qcow2(
      file, {repair, repair},
      [](const std::string& line) { digest().add(std::as_bytes(std::span(line))); }, [](double) {});
  if (!report) digest().add(std::as_bytes(std::span(report.error().message)));
}

}  // namespace
}  // namespace vireo::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace vireo;
  using namespace vireo::fuzz;
  static const State good[2] = {good_image(false), good_image(true)};
  FuzzInput input(data, size);
  State state = memory_state("");
  state->bytes = good[input.below(2)]->bytes;
  spoil(state->bytes, input);
  check(state, input);
  auto disk =
      Qcow2Disk::open(std::make_unique<ShortFile>(state), input.below(3) == 0, FlushPolicy::kNever);
  if (!disk) {
    digest().add(std::as_bytes(std::span(disk.error().message)));
    return 0;
  }
  use(**disk, input);
  return 0;
}
