// A gzip file on its way out: unpacked from its beginning, or from a place in the middle that was
// noted before (RFC 1951, RFC 1952).
#pragma once

#include <zlib.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "machine/base/random_file.h"
#include "machine/base/result.h"

namespace vireo::gzip {

// A place where unpacking can begin: a member's header, or the end of a deflate block in it with
// the 32 KiB before it, which what follows refers to.
struct Place {
  uint64_t unpacked = 0;  // bytes before it
  uint64_t packed = 0;    // of the file, before the first byte that is not used up
  uint8_t bits = 0;       // of the byte before that one, not used up yet
  bool member = true;     // a header comes next
  std::vector<uint8_t> window = {};
};

// Does not own the file. Members follow each other; what is behind the last one and is none is
// not looked at, as gzip does.
class Stream {
 public:
  Stream(RandomFile& file, const Place& place);
  ~Stream();
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  // Unpacks the next bytes: fewer than asked for only at the end. Checksums and lengths are
  // checked of members that were unpacked from their header. Errors: damaged, cut short.
  Result<size_t> read(std::span<std::byte> out);
  // The same, up to the end of a deflate block, of a member, or of what there is.
  Result<size_t> read_part(std::span<std::byte> out);
  bool ended() const { return ended_; }
  uint64_t position() const { return position_; }  // in what is unpacked
  uint64_t packed_position() const { return fetched_ - stream_.avail_in; }
  // Behind a read_part(): this place, if unpacking can begin here.
  std::optional<Place> place() const;

 private:
  Result<void> fetch();
  Result<void> step();
  Result<void> end_member();
  Result<bool> member_follows();
  Error damaged() const;

  RandomFile& file_;
  z_stream stream_{};
  uint64_t position_ = 0;
  uint64_t fetched_ = 0;    // of the file
  bool raw_ = false;        // within a member whose header was not read
  bool at_member_ = false;  // between two
  bool ended_ = false;
  std::array<uint8_t, size_t{64} << 10> input_;
};

}  // namespace vireo::gzip
