// Fuzzes what reads gzip images: a good one, of which the input changes bytes and cuts the end; or
// the input itself. What can be opened reads the same in any order.
#include <algorithm>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "images/disk/gzip/gzip_disk.h"
#include "tests/fuzz/fuzz_digest.h"
#include "tests/fuzz/fuzz_input.h"
#include "tests/unit/images/disk/gzip/packed.h"
#include "tests/unit/images/disk/memory_file.h"

namespace vireo::fuzz {
namespace {

std::string good_image() {
  const std::string text = mixed_text(256 * 512, 1);
  return gzip_packed(text, 6) + gzip_packed(text.substr(0, 1024), 0) +
         gzip_packed(std::string(100 * 512, 'x'), 9, Z_FIXED);
}

void spoil(std::vector<std::byte>& bytes, FuzzInput& input) {
  for (uint32_t changes = input.below(4); changes > 0; --changes) {
    bytes[input.take<uint32_t>() % bytes.size()] ^= std::byte{input.take<uint8_t>()};
  }
  if (input.below(4) == 0) bytes.resize(input.take<uint32_t>() % bytes.size());
}

// In order, by one disk of which nothing is asked before.
std::vector<std::byte> whole(GzipDisk& disk) {
  std::vector<std::byte> out(static_cast<size_t>(disk.size()));
  if (!disk.read(0, out)) std::abort();
  return out;
}

void compare(GzipDisk& disk, const std::vector<std::byte>& expected, FuzzInput& input) {
  std::vector<std::byte> bytes(4096);
  for (uint32_t steps = input.below(12); steps > 0; --steps) {
    const uint64_t offset = input.take<uint32_t>() % disk.size();
    const uint64_t length = std::min<uint64_t>(input.below(4096), disk.size() - offset);
    const auto part = std::span(bytes).first(length);
    if (!disk.read(offset, part)) std::abort();
    if (!std::equal(part.begin(), part.end(), expected.begin() + static_cast<ptrdiff_t>(offset))) {
      std::abort();
    }
    digest().add(part);
  }
}

}  // namespace
}  // namespace vireo::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace vireo;
  using namespace vireo::fuzz;
  static const std::string good = good_image();
  FuzzInput input(data, size);
  const auto state = memory_state(good);
  if (input.below(4) == 0) {
    const auto bytes = std::as_bytes(std::span(data, size));
    state->bytes.assign(bytes.begin(), bytes.end());
  } else {
    spoil(state->bytes, input);
  }
  constexpr uint64_t kNear = 8192;
  const auto go_on = [](double) { return true; };
  auto first = GzipDisk::open(std::make_unique<MemoryFile>(state), go_on, kNear);
  if (!first) {
    digest().add(std::as_bytes(std::span(first.error().message)));
    return 0;
  }
  auto second = GzipDisk::open(std::make_unique<MemoryFile>(state), go_on, kNear);
  if (!second) std::abort();
  compare(**second, whole(**first), input);
  return 0;
}
