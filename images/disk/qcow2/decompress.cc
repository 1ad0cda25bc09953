#include "images/disk/qcow2/decompress.h"

#include <zlib.h>
#include <zstd.h>

namespace vireo::qcow2 {
namespace {

// Without zlib's header, and a window of 2^12 bytes.
constexpr int kWindow = -12;

bool inflate_cluster(std::span<const std::byte> in, std::span<std::byte> out) {
  z_stream stream{};
  if (inflateInit2(&stream, kWindow) != Z_OK) return false;
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(in.data()));
  stream.avail_in = static_cast<uInt>(in.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const int status = inflate(&stream, Z_FINISH);
  const bool full = stream.avail_out == 0;
  inflateEnd(&stream);
  return full && (status == Z_STREAM_END || status == Z_BUF_ERROR || status == Z_OK);
}

bool unpack_zstd(std::span<const std::byte> in, std::span<std::byte> out) {
  const std::unique_ptr<ZSTD_DCtx, decltype(&ZSTD_freeDCtx)> context(ZSTD_createDCtx(),
                                                                     &ZSTD_freeDCtx);
  ZSTD_inBuffer from = {in.data(), in.size(), 0};
  ZSTD_outBuffer to = {out.data(), out.size(), 0};
  while (to.pos < to.size) {
    const size_t in_before = from.pos, out_before = to.pos;
    const size_t status = ZSTD_decompressStream(context.get(), &to, &from);
    if (ZSTD_isError(status) || (from.pos == in_before && to.pos == out_before)) return false;
  }
  return true;
}

size_t deflate_cluster(std::span<const std::byte> in, std::span<std::byte> out) {
  z_stream stream{};
  if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, kWindow, 9, Z_DEFAULT_STRATEGY) !=
      Z_OK) {
    return 0;
  }
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(in.data()));
  stream.avail_in = static_cast<uInt>(in.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const int status = deflate(&stream, Z_FINISH);
  const size_t packed = out.size() - stream.avail_out;
  deflateEnd(&stream);
  return status == Z_STREAM_END ? packed : 0;
}

size_t pack_zstd(std::span<const std::byte> in, std::span<std::byte> out) {
  const size_t packed =
      ZSTD_compress(out.data(), out.size(), in.data(), in.size(), ZSTD_CLEVEL_DEFAULT);
  return ZSTD_isError(packed) ? 0 : packed;
}

}  // namespace

bool decompress_cluster(Compression how, std::span<const std::byte> in, std::span<std::byte> out) {
  return how == Compression::kZstd ? unpack_zstd(in, out) : inflate_cluster(in, out);
}

std::vector<std::byte> compress_cluster(Compression how, std::span<const std::byte> in) {
  // The room is smaller than the cluster: what does not fit is not worth it.
  std::vector<std::byte> out(in.size() - 1);
  out.resize(how == Compression::kZstd ? pack_zstd(in, out) : deflate_cluster(in, out));
  return out;
}

}  // namespace vireo::qcow2
