#include "images/kernel/decompress.h"

#include <fmt/format.h>
#include <lz4.h>
#include <lzma.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <array>
#include <climits>
#include <string>

#include "images/kernel/byte_view.h"

namespace vireo {
namespace {

struct Magic {
  Compression format;
  std::string_view bytes;
};

using namespace std::string_view_literals;
constexpr std::array kMagics{
    Magic{Compression::kGzip, "\x1f\x8b"sv},
    Magic{Compression::kXz, "\xfd\x37zXZ\0"sv},
    Magic{Compression::kLz4, "\x02\x21\x4c\x18"sv},
    Magic{Compression::kZstd, "\x28\xb5\x2f\xfd"sv},
    Magic{Compression::kBzip2, "BZh"sv},
    Magic{Compression::kLzma, "\x5d\0\0"sv},
    Magic{Compression::kLzo, "\x89LZO"sv},
};

constexpr uint64_t kSizeBytes = 4;
// An lz4 legacy frame packs blocks of this size (its last may be shorter).
constexpr uint64_t kLz4BlockBytes = uint64_t{8} << 20;
// xz's decoder asks for the dictionary, which is at most the kernel's size.
constexpr uint64_t kXzMemoryLimit = uint64_t{1536} << 20;

using Input = std::span<const std::byte>;
using Output = std::span<std::byte>;

const uint8_t* octets(Input bytes) { return reinterpret_cast<const uint8_t*>(bytes.data()); }
uint8_t* octets(Output bytes) { return reinterpret_cast<uint8_t*>(bytes.data()); }

// Each unpacker fills exactly `out` from `in`; false when the data are damaged
// or do not have that size. The caller keeps `in` within the payload.
bool unpack_gzip(Input in, Output out) {
  z_stream stream{};
  constexpr int kGzipHeader = 16;
  if (inflateInit2(&stream, MAX_WBITS + kGzipHeader) != Z_OK) return false;
  stream.next_in = const_cast<Bytef*>(octets(in));
  stream.avail_in = static_cast<uInt>(in.size());
  stream.next_out = octets(out);
  stream.avail_out = static_cast<uInt>(out.size());
  const int status = inflate(&stream, Z_FINISH);
  const bool complete = status == Z_STREAM_END && stream.avail_out == 0;
  inflateEnd(&stream);
  return complete;
}

bool unpack_xz(Input in, Output out) {
  uint64_t memory = kXzMemoryLimit;
  size_t in_at = 0;
  size_t out_at = 0;
  const lzma_ret status = lzma_stream_buffer_decode(&memory, 0, nullptr, octets(in), &in_at,
                                                    in.size(), octets(out), &out_at, out.size());
  return status == LZMA_OK && out_at == out.size();
}

// The legacy frame: the magic number, then blocks, each after its packed length.
bool unpack_lz4(Input in, Output out) {
  const ByteView view(in);
  uint64_t at = sizeof(uint32_t);
  while (at < in.size()) {
    const uint64_t packed = view.get<uint32_t>(at);
    at += sizeof(uint32_t);
    const auto block = view.slice(at, packed);
    if (!block || packed > INT_MAX) return false;
    const int room = static_cast<int>(std::min<uint64_t>(out.size(), kLz4BlockBytes));
    const int done =
        LZ4_decompress_safe(reinterpret_cast<const char*>(block->data()),
                            reinterpret_cast<char*>(out.data()), static_cast<int>(packed), room);
    if (done < 0) return false;
    out = out.subspan(static_cast<size_t>(done));
    at += packed;
  }
  return out.empty();
}

bool unpack_zstd(Input in, Output out) {
  return ZSTD_decompress(out.data(), out.size(), in.data(), in.size()) == out.size();
}

bool unpack(Compression format, Input payload, Output out) {
  // gzip's own trailer holds the size; the others have it appended.
  const Input stream = payload.first(payload.size() - kSizeBytes);
  switch (format) {
    case Compression::kGzip:
      return unpack_gzip(payload, out);
    case Compression::kXz:
      return unpack_xz(stream, out);
    case Compression::kLz4:
      return unpack_lz4(stream, out);
    case Compression::kZstd:
      return unpack_zstd(stream, out);
    default:
      return false;
  }
}

std::string_view unsupported_name(Compression format) {
  switch (format) {
    case Compression::kBzip2:
      return "bzip2";
    case Compression::kLzma:
      return "lzma";
    case Compression::kLzo:
      return "lzo";
    default:
      return {};
  }
}

Error cannot_unpack(Compression format, std::string_view name) {
  const std::string_view known = unsupported_name(format);
  const std::string what =
      known.empty() ? std::string("in an unknown format") : fmt::format("with {}", known);
  return Error{
      fmt::format("{}: the kernel is packed {}, which only its own decompressor can "
                  "undo; add -kernel-entry ordinary",
                  name, what)};
}

Error damaged(std::string_view name, std::string_view what) {
  return Error{fmt::format("{}: the kernel's packed part is damaged: {}; copy or build it again",
                           name, what)};
}

}  // namespace

Compression detect_compression(std::span<const std::byte> payload) {
  const std::string_view text(reinterpret_cast<const char*>(payload.data()), payload.size());
  for (const Magic& magic : kMagics) {
    if (text.substr(0, magic.bytes.size()) == magic.bytes) return magic.format;
  }
  return Compression::kUnknown;
}

Result<ByteBuffer> unpack_kernel(std::span<const std::byte> payload, uint64_t limit,
                                 std::string_view name, BufferHint prepare) {
  const Compression format = detect_compression(payload);
  if (format == Compression::kUnknown || !unsupported_name(format).empty()) {
    return cannot_unpack(format, name);
  }
  // The smallest magic is two bytes long; anything this short holds no kernel.
  if (payload.size() < 2 * kSizeBytes || payload.size() > INT_MAX) {
    return damaged(name, fmt::format("it has {} bytes", payload.size()));
  }
  const uint64_t size = ByteView(payload).get<uint32_t>(payload.size() - kSizeBytes);
  const uint64_t most = std::min(limit, kMaxUnpackedKernel);
  if (size == 0 || size > most) {
    return damaged(name, fmt::format("it claims to unpack to {} bytes, of at most {}", size, most));
  }
  ByteBuffer out(size, prepare);
  if (!unpack(format, payload, out.span())) return damaged(name, "it does not unpack");
  return out;
}

}  // namespace vireo
