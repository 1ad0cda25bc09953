#include "images/kernel/decompress.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "tests/unit/images/kernel/kernel_builder.h"

namespace vireo {
namespace {

using namespace testing;
using namespace std::string_view_literals;

constexpr uint64_t kLimit = uint64_t{64} << 20;

struct Format {
  Compression compression;
  Bytes (*pack)(const Bytes&);
};
constexpr Format kFormats[] = {{Compression::kGzip, pack_gzip},
                               {Compression::kXz, pack_xz},
                               {Compression::kLz4, pack_lz4},
                               {Compression::kZstd, pack_zstd}};

void check_same(const Result<ByteBuffer>& unpacked, const Bytes& expected) {
  REQUIRE(unpacked.ok());
  REQUIRE(unpacked->span().size() == expected.size());
  CHECK(std::equal(expected.begin(), expected.end(), unpacked->span().begin()));
}

TEST_CASE("each format is known by its magic and unpacks to what was packed") {
  const Bytes original = sample_bytes(100'000);
  for (const Format& format : kFormats) {
    const Bytes packed = format.pack(original);
    CHECK(detect_compression(packed) == format.compression);
    check_same(unpack_kernel(packed, kLimit, "vmlinuz"), original);
  }
}

TEST_CASE("an lz4 payload may have several blocks") {
  const Bytes original = sample_bytes((17 << 20) + 5);
  check_same(unpack_kernel(pack_lz4(original), kLimit, "vmlinuz"), original);
}

TEST_CASE("a payload cut anywhere is an error that names the file") {
  for (const Format& format : kFormats) {
    const Bytes packed = format.pack(sample_bytes(3000));
    for (size_t size = 0; size < packed.size(); ++size) {
      const Bytes cut(packed.begin(), packed.begin() + static_cast<std::ptrdiff_t>(size));
      const auto unpacked = unpack_kernel(cut, kLimit, "vmlinuz");
      REQUIRE_FALSE(unpacked.ok());
      CHECK(mentions(unpacked.error().message, "vmlinuz: the kernel"));
    }
  }
}

TEST_CASE("damaged bytes never unpack to something of another size") {
  for (const Format& format : kFormats) {
    const Bytes packed = format.pack(sample_bytes(3000));
    for (size_t at = 6; at + 4 < packed.size(); ++at) {
      Bytes damaged = packed;
      damaged[at] ^= std::byte{0x41};
      const auto unpacked = unpack_kernel(damaged, kLimit, "vmlinuz");
      if (unpacked.ok()) CHECK(unpacked->span().size() == 3000);
    }
  }
}

TEST_CASE("a claimed size over the limit is refused before anything is unpacked") {
  const Bytes packed = pack_zstd(sample_bytes(10'000));
  const auto unpacked = unpack_kernel(packed, 9'999, "vmlinuz");
  REQUIRE_FALSE(unpacked.ok());
  CHECK(mentions(unpacked.error().message, "10000 bytes, of at most 9999"));
}

TEST_CASE("a claimed size that differs from the data's is refused") {
  for (const Format& format : kFormats) {
    for (uint32_t wrong : {2999u, 3001u, 0u}) {
      Bytes packed = format.pack(sample_bytes(3000));
      put(packed, packed.size() - 4, wrong);
      CHECK_FALSE(unpack_kernel(packed, kLimit, "vmlinuz").ok());
    }
  }
}

TEST_CASE("formats for the guest's own decompressor name the option to use") {
  for (std::string_view magic : {"BZh91AY&SY"sv, "\x5d\0\0\x80\0abcdefg"sv, "\x89LZO\0\r\n"sv}) {
    const auto unpacked = unpack_kernel(bytes_of(magic), kLimit, "vmlinuz");
    REQUIRE_FALSE(unpacked.ok());
    CHECK(mentions(unpacked.error().message, "-kernel-entry ordinary"));
  }
}

TEST_CASE("an unknown format says so") {
  const auto unpacked = unpack_kernel(bytes_of("nothing known"), kLimit, "vmlinuz");
  REQUIRE_FALSE(unpacked.ok());
  CHECK(mentions(unpacked.error().message, "in an unknown format"));
}

}  // namespace
}  // namespace vireo
