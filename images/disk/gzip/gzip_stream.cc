#include "images/disk/gzip/gzip_stream.h"

#include <fmt/format.h>

#include <algorithm>
#include <new>

namespace vireo::gzip {
namespace {

constexpr int kWindowBits = 15;
constexpr int kRaw = -kWindowBits, kWithHeader = kWindowBits + 16;
constexpr uInt kWindowBytes = 1u << kWindowBits;
constexpr unsigned kTrailerBytes = 8;  // CRC-32 and length
// In data_type, behind Z_BLOCK (zlib.h): the end of a block; in the last one of a member.
constexpr int kBlockEnd = 128, kLastBlock = 64, kBitsLeft = 7;

}  // namespace

Stream::Stream(RandomFile& file, const Place& place)
    : file_(file), position_(place.unpacked), fetched_(place.packed), raw_(!place.member) {
  if (inflateInit2(&stream_, raw_ ? kRaw : kWithHeader) != Z_OK) throw std::bad_alloc();
  at_member_ = place.member;
  if (!raw_) return;
  if (place.bits != 0) {
    // The byte before is read with the next ones, and its upper bits are put in.
    --fetched_;
    if (fetch() && stream_.avail_in != 0) {
      const int bits = *stream_.next_in++ >> (8 - place.bits);
      --stream_.avail_in;
      (void)::inflatePrime(&stream_, place.bits, bits);
    }
  }
  (void)::inflateSetDictionary(&stream_, place.window.data(),
                               static_cast<uInt>(place.window.size()));
}

Stream::~Stream() { ::inflateEnd(&stream_); }

Error Stream::damaged() const {
  return Error{fmt::format("{}: damaged at byte {}: {}", file_.description(), packed_position(),
                           stream_.msg != nullptr ? stream_.msg : "no gzip file continues so")};
}

// The file's next bytes, where those before are used up.
Result<void> Stream::fetch() {
  if (stream_.avail_in != 0) return {};
  const uint64_t left = file_.size() - std::min(file_.size(), fetched_);
  const auto length = static_cast<size_t>(std::min<uint64_t>(input_.size(), left));
  if (length == 0) return {};
  const auto bytes = std::as_writable_bytes(std::span(input_)).first(length);
  if (auto got = file_.read(fetched_, bytes); !got) return got;
  fetched_ += length;
  stream_.next_in = input_.data();
  stream_.avail_in = static_cast<uInt>(length);
  return {};
}

Result<size_t> Stream::read(std::span<std::byte> out) {
  size_t done = 0;
  while (done < out.size() && !ended_) {
    const auto got = read_part(out.subspan(done));
    if (!got) return got.error();
    done += *got;
  }
  return done;
}

Result<size_t> Stream::read_part(std::span<std::byte> out) {
  stream_.next_out = reinterpret_cast<Bytef*>(out.data());
  stream_.avail_out = static_cast<uInt>(std::min<size_t>(out.size(), UINT32_MAX));
  const uInt room = stream_.avail_out;
  at_member_ = false;
  do {
    if (auto done = step(); !done) return done.error();
  } while (!ended_ && !at_member_ && stream_.avail_out != 0 &&
           (stream_.data_type & kBlockEnd) == 0);
  return room - stream_.avail_out;
}

Result<void> Stream::step() {
  if (auto got = fetch(); !got) return got;
  if (stream_.avail_in == 0) {
    return Error{
        fmt::format("{}: cut short: it ends within its packed bytes", file_.description())};
  }
  const uInt room = stream_.avail_out;
  const int status = ::inflate(&stream_, Z_BLOCK);
  position_ += room - stream_.avail_out;
  if (status == Z_STREAM_END) return end_member();
  if (status == Z_OK || status == Z_BUF_ERROR) return {};
  return damaged();
}

// zlib has read the trailer where it has read the header.
Result<void> Stream::end_member() {
  for (unsigned i = 0; raw_ && i < kTrailerBytes; ++i) {
    if (auto got = fetch(); !got) return got;
    if (stream_.avail_in == 0) return damaged();
    ++stream_.next_in;
    --stream_.avail_in;
  }
  const auto follows = member_follows();
  if (!follows) return follows.error();
  ended_ = !*follows;
  at_member_ = *follows;
  raw_ = false;
  (void)::inflateReset2(&stream_, kWithHeader);
  return {};
}

Result<bool> Stream::member_follows() {
  const uint64_t at = packed_position();
  std::array<std::byte, 2> mark{};
  if (at + mark.size() > file_.size()) return false;
  if (auto got = file_.read(at, mark); !got) return got.error();
  return mark[0] == std::byte{0x1f} && mark[1] == std::byte{0x8b};
}

std::optional<Place> Stream::place() const {
  if (at_member_) return Place{position_, packed_position(), 0, true, {}};
  const int at = stream_.data_type;
  if (ended_ || (at & kBlockEnd) == 0 || (at & kLastBlock) != 0) return std::nullopt;
  Place here{position_, packed_position(), static_cast<uint8_t>(at & kBitsLeft), false, {}};
  here.window.resize(kWindowBytes);
  uInt length = 0;
  (void)::inflateGetDictionary(const_cast<z_stream*>(&stream_), here.window.data(), &length);
  here.window.resize(length);
  here.window.shrink_to_fit();
  return here;
}

}  // namespace vireo::gzip
