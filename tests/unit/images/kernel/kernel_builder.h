// Builds small kernels for the tests: ELF files, packed payloads and bzImages.
#pragma once

#include <lz4.h>
#include <lzma.h>
#include <zlib.h>
#include <zstd.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <span>
#include <string_view>
#include <vector>

#include "images/kernel/setup_header.h"

namespace vireo::testing {

using Bytes = std::vector<std::byte>;

template <typename T>
void put(Bytes& bytes, size_t at, T value) {
  if (bytes.size() < at + sizeof(T)) bytes.resize(at + sizeof(T));
  std::memcpy(bytes.data() + at, &value, sizeof(T));
}

inline Bytes bytes_of(std::string_view text) {
  const auto* raw = reinterpret_cast<const std::byte*>(text.data());
  return Bytes(raw, raw + text.size());
}

// Compressible, but not constant.
inline Bytes sample_bytes(size_t size) {
  Bytes out(size);
  for (size_t i = 0; i < size; ++i) out[i] = static_cast<std::byte>(i * i / 64);
  return out;
}

struct TestSegment {
  uint64_t physical;
  uint64_t virtual_address;
  Bytes data;
  uint64_t memory_size;
};

inline constexpr size_t kElfHeader = 64;
inline constexpr size_t kElfProgramHeader = 56;

inline void put_program_header(Bytes& out, size_t index, uint32_t type, uint64_t offset,
                               const TestSegment& segment) {
  const size_t at = kElfHeader + index * kElfProgramHeader;
  put(out, at, type);
  put(out, at + 8, offset);
  put(out, at + 16, segment.virtual_address);
  put(out, at + 24, segment.physical);
  put(out, at + 32, uint64_t{segment.data.size()});
  put(out, at + 40, segment.memory_size);
}

// An ELF64 x86-64 executable of PT_LOAD segments and, unless empty, a PT_NOTE.
inline Bytes make_elf(uint64_t entry, const std::vector<TestSegment>& segments,
                      const Bytes& note = {}) {
  const size_t headers = segments.size() + (note.empty() ? 0 : 1);
  Bytes out(kElfHeader + headers * kElfProgramHeader);
  std::memcpy(out.data(),
              "\x7f"
              "ELF\2\1\1",
              7);
  put(out, 16, uint16_t{2});
  put(out, 18, uint16_t{62});
  put(out, 24, entry);
  put(out, 32, uint64_t{kElfHeader});
  put(out, 54, uint16_t{kElfProgramHeader});
  put(out, 56, static_cast<uint16_t>(headers));
  for (size_t i = 0; i < segments.size(); ++i) {
    put_program_header(out, i, 1, out.size(), segments[i]);
    out.insert(out.end(), segments[i].data.begin(), segments[i].data.end());
  }
  if (!note.empty()) {
    put_program_header(out, segments.size(), 4, out.size(), {0, 0, note, note.size()});
    out.insert(out.end(), note.begin(), note.end());
  }
  return out;
}

// An ELF32 i386 executable with one PT_LOAD segment.
inline Bytes make_elf32(uint32_t entry, const TestSegment& segment) {
  constexpr size_t kHeader = 52;
  constexpr size_t kProgramHeader = 32;
  Bytes out(kHeader + kProgramHeader);
  std::memcpy(out.data(),
              "\x7f"
              "ELF\1\1\1",
              7);
  put(out, 16, uint16_t{2});
  put(out, 18, uint16_t{3});
  put(out, 24, entry);
  put(out, 28, uint32_t{kHeader});
  put(out, 42, uint16_t{kProgramHeader});
  put(out, 44, uint16_t{1});
  const uint64_t fields[] = {1,
                             out.size(),
                             segment.virtual_address,
                             segment.physical,
                             segment.data.size(),
                             segment.memory_size};
  for (size_t i = 0; i < std::size(fields); ++i) {
    put(out, kHeader + 4 * i, static_cast<uint32_t>(fields[i]));
  }
  out.insert(out.end(), segment.data.begin(), segment.data.end());
  return out;
}

// A note of owner "Xen".
inline Bytes make_xen_note(uint32_t type, uint32_t value) {
  Bytes out;
  put(out, 0, uint32_t{4});
  put(out, 4, uint32_t{4});
  put(out, 8, type);
  put(out, 12, uint32_t{0x006e6558});
  put(out, 16, value);
  return out;
}

// A kernel of 20 KiB at 16 MiB with 12 KiB of cleared memory behind it.
inline Bytes make_vmlinux() {
  constexpr uint64_t kPhysical = 0x100'0000;
  return make_elf(kPhysical + 0x10,
                  {{kPhysical, 0xffff'ffff'8100'0000, sample_bytes(20 << 10), 32 << 10}});
}

// The same for i386, where the kernel's half begins at 3 GiB.
inline Bytes make_vmlinux32() {
  constexpr uint32_t kPhysical = 0x100'0000;
  return make_elf32(kPhysical + 0x10, {kPhysical, 0xc100'0000, sample_bytes(20 << 10), 32 << 10});
}

inline Bytes pack_gzip(const Bytes& in) {
  Bytes out(in.size() + 1024);
  z_stream stream{};
  deflateInit2(&stream, 9, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(in.data()));
  stream.avail_in = static_cast<uInt>(in.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

// Linux's build appends the unpacked size to all formats but gzip.
inline Bytes with_size(Bytes packed, size_t unpacked_size) {
  put(packed, packed.size(), static_cast<uint32_t>(unpacked_size));
  return packed;
}

inline Bytes pack_xz(const Bytes& in) {
  Bytes out(in.size() + 1024);
  size_t size = 0;
  lzma_easy_buffer_encode(6, LZMA_CHECK_CRC32, nullptr, reinterpret_cast<const uint8_t*>(in.data()),
                          in.size(), reinterpret_cast<uint8_t*>(out.data()), &size, out.size());
  out.resize(size);
  return with_size(out, in.size());
}

inline Bytes pack_lz4(const Bytes& in) {
  constexpr size_t kBlock = 8 << 20;
  Bytes out;
  put(out, 0, uint32_t{0x184c2102});
  for (size_t at = 0; at < in.size(); at += kBlock) {
    const int size = static_cast<int>(std::min(kBlock, in.size() - at));
    std::vector<char> block(static_cast<size_t>(LZ4_compressBound(size)));
    const int packed = LZ4_compress_default(reinterpret_cast<const char*>(in.data()) + at,
                                            block.data(), size, static_cast<int>(block.size()));
    put(out, out.size(), static_cast<uint32_t>(packed));
    const auto* raw = reinterpret_cast<const std::byte*>(block.data());
    out.insert(out.end(), raw, raw + packed);
  }
  return with_size(out, in.size());
}

inline Bytes pack_zstd(const Bytes& in) {
  Bytes out(ZSTD_compressBound(in.size()));
  out.resize(ZSTD_compress(out.data(), out.size(), in.data(), in.size(), 19));
  return with_size(out, in.size());
}

// A bzImage of boot protocol 2.15 with two sectors of set-up code. Its 64-bit
// entry is the 0x200th byte of the protected-mode part; the payload follows it.
inline constexpr size_t kTestSetupBytes = 3 * 512;
inline constexpr uint32_t kTestPayloadOffset = 0x400;

inline Bytes make_bzimage(const Bytes& payload, uint32_t init_size = 1 << 20) {
  const size_t head = kTestSetupBytes + kTestPayloadOffset;
  Bytes out((head + payload.size() + 15) & ~size_t{15});
  std::memset(out.data() + kTestSetupBytes, 0x90, kTestPayloadOffset);
  if (!payload.empty()) std::memcpy(out.data() + head, payload.data(), payload.size());
  put(out, setup::kSetupSects, uint8_t{2});
  put(out, setup::kSyssize, static_cast<uint32_t>((out.size() - kTestSetupBytes) / 16));
  put(out, setup::kBootFlag, setup::kBootFlagValue);
  put(out, setup::kJump, uint16_t{0x6aeb});
  put(out, setup::kHeaderMagic, setup::kHeaderMagicValue);
  put(out, setup::kVersion, uint16_t{0x020f});
  put(out, setup::kKernelVersion, uint16_t{0x100});
  put(out, setup::kLoadFlags, uint8_t{setup::kLoadedHigh | setup::kKaslrFlag});
  put(out, setup::kCode32Start, uint32_t{0x10'0000});
  put(out, setup::kInitrdAddrMax, uint32_t{0x7fff'ffff});
  put(out, setup::kKernelAlignment, uint32_t{0x20'0000});
  put(out, setup::kRelocatableKernel, uint8_t{1});
  put(out, setup::kXloadflags, uint16_t{0x7f});
  put(out, setup::kCmdlineSize, uint32_t{2047});
  put(out, setup::kPayloadOffset, kTestPayloadOffset);
  put(out, setup::kPayloadLength, static_cast<uint32_t>(payload.size()));
  put(out, setup::kSetupData, uint64_t{0xdead});
  put(out, setup::kPrefAddress, uint64_t{0x100'0000});
  put(out, setup::kInitSize, init_size);
  std::memcpy(out.data() + 0x300, "6.1.0-test", 11);
  return out;
}

inline bool mentions(std::string_view message, std::string_view part) {
  return message.find(part) != std::string_view::npos;
}

}  // namespace vireo::testing
