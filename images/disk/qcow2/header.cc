#include "images/disk/qcow2/header.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "images/disk/big_endian.h"
#include "images/disk/qcow2/header_extensions.h"

namespace vireo::qcow2 {
namespace {

// Collects what read_header() checks; the first thing that is wrong is the error.
class HeaderReader {
 public:
  explicit HeaderReader(RandomFile& file) : file_(file) {}

  Result<Header> read() {
    if (file_.size() < kHeaderBytes2) return damaged("is too short for a qcow2 header");
    bytes_.resize(std::min<uint64_t>(file_.size(), uint64_t{1} << kMinClusterBits));
    if (auto done = file_.read(0, bytes_); !done) return done.error();
    if (number<uint32_t>(0) != kMagic) return damaged("is no qcow2 image");
    using Step = Result<void> (HeaderReader::*)();
    for (const Step step :
         {&HeaderReader::take_fixed, &HeaderReader::take_version_3, &HeaderReader::check_features,
          &HeaderReader::take_rest, &HeaderReader::check_tables}) {
      if (auto good = (this->*step)(); !good) return good.error();
    }
    return std::move(header_);
  }

 private:
  template <typename T>
  T number(uint64_t at) const {
    return load_big<T>(bytes_.data() + at);
  }

  Error damaged(std::string_view what) const {
    return Error{fmt::format("{}: {}", file_.description(), what)};
  }

  Result<void> take_fixed() {
    header_.version = number<uint32_t>(4);
    if (header_.version != 2 && header_.version != 3) {
      return damaged(
          fmt::format("qcow2 version {} is not known, only 2 and 3 are", header_.version));
    }
    header_.cluster_bits = number<uint32_t>(20);
    if (header_.cluster_bits < kMinClusterBits || header_.cluster_bits > kMaxClusterBits) {
      return damaged(
          fmt::format("clusters of 2^{} bytes cannot be; damaged", header_.cluster_bits));
    }
    header_.size = number<uint64_t>(kSizeAt);
    header_.l1_entries = number<uint32_t>(kL1EntriesAt);
    header_.l1_offset = number<uint64_t>(kL1OffsetAt);
    header_.refcount_table_offset = number<uint64_t>(kRefcountTableAt);
    header_.refcount_table_clusters = number<uint32_t>(kRefcountTableAt + 8);
    header_.snapshots = number<uint32_t>(kSnapshotsAt);
    header_.snapshots_offset = number<uint64_t>(kSnapshotsAt + 4);
    const auto encryption = number<uint32_t>(32);
    if (encryption == 0) return {};
    return damaged(
        fmt::format("is encrypted ({}), which is not supported; convert it with: "
                    "qemu-img convert",
                    encryption == 1   ? "AES"
                    : encryption == 2 ? "LUKS"
                                      : "of an unknown kind"));
  }

  Result<void> take_version_3() {
    if (header_.version < 3) return {};
    if (bytes_.size() < kHeaderBytes3) return damaged("is too short for a qcow2 header");
    header_.incompatible = number<uint64_t>(kIncompatibleAt);
    header_.compatible = number<uint64_t>(kCompatibleAt);
    header_.autoclear = number<uint64_t>(kAutoclearAt);
    header_.refcount_order = number<uint32_t>(96);
    header_.length = number<uint32_t>(100);
    if (header_.length < kHeaderBytes3 || header_.length > header_.cluster_bytes() ||
        header_.length > file_.size() || header_.length % 8 != 0) {
      return damaged(fmt::format("a header of {} bytes cannot be; damaged", header_.length));
    }
    if (header_.refcount_order > 6) {
      return damaged(
          fmt::format("refcounts of 2^{} bits cannot be; damaged", header_.refcount_order));
    }
    return {};
  }

  Result<void> check_features() {
    const uint64_t known = kDirty | kCorrupt | kCompressionType;
    const uint64_t unknown = header_.incompatible & ~known;
    if (unknown != 0) return damaged(unknown_features(file_, header_, unknown));
    const bool has_type = header_.length > kHeaderBytes3 && bytes_.size() > kHeaderBytes3;
    const auto type = has_type ? number<uint8_t>(kHeaderBytes3) : uint8_t{0};
    if (type > 1) return damaged(fmt::format("compression type {} is not known", type));
    if ((header_.incompatible & kCompressionType) != 0) {
      header_.compression = static_cast<Compression>(type);
    } else if (type != 0) {
      return damaged("has a compression type without the feature's bit; damaged");
    }
    return {};
  }

  Result<void> take_rest() {
    if (auto taken = take_backing_file(); !taken) return taken;
    return read_extensions(file_, header_, end_of_extensions_);
  }

  Result<void> take_backing_file() {
    const auto offset = number<uint64_t>(8);
    const auto length = number<uint32_t>(16);
    end_of_extensions_ = std::min(header_.cluster_bytes(), file_.size());
    if (offset == 0) return {};
    if (length > kMaxBackingName || offset > header_.cluster_bytes() ||
        length > header_.cluster_bytes() - offset || offset + length > file_.size()) {
      return damaged("the name of its backing file is beyond the first cluster; damaged");
    }
    header_.backing_file.resize(length);
    end_of_extensions_ = std::min(end_of_extensions_, offset);
    return file_.read(offset, std::as_writable_bytes(std::span(header_.backing_file)));
  }

  // A table of `bytes` at `offset`, which begins on a cluster and ends within the file.
  Result<void> check_table(std::string_view what, uint64_t offset, uint64_t bytes) const {
    if (offset % header_.cluster_bytes() != 0 || offset == 0) {
      return damaged(
          fmt::format("its {} at {} does not begin on a cluster; damaged", what, offset));
    }
    if (offset <= file_.size() && bytes <= file_.size() - offset) return {};
    return damaged(fmt::format("its {} at {} is beyond its end at {}; damaged, or cut short", what,
                               offset, file_.size()));
  }

  Result<void> check_tables() {
    const uint64_t l1_bytes = header_.l1_entries * 8;
    if (header_.size % 512 != 0) {
      return damaged(
          fmt::format("size {} is no multiple of 512; give it another with: "
                      "qemu-img resize",
                      header_.size));
    }
    if (l1_bytes > kMaxL1Bytes || header_.l1_entries_for(header_.size) > header_.l1_entries) {
      return damaged(
          fmt::format("an L1 table of {} entries does not go with a disk of {} bytes; "
                      "damaged",
                      header_.l1_entries, header_.size));
    }
    if (l1_bytes != 0) {
      if (auto good = check_table("L1 table", header_.l1_offset, l1_bytes); !good) return good;
    }
    const uint64_t refcount_bytes = header_.refcount_table_clusters << header_.cluster_bits;
    if (refcount_bytes == 0 || refcount_bytes > kMaxRefcountTableBytes) {
      return damaged(
          fmt::format("a refcount table of {} bytes cannot be; damaged", refcount_bytes));
    }
    if (auto good = check_table("refcount table", header_.refcount_table_offset, refcount_bytes);
        !good) {
      return good;
    }
    if (header_.snapshots == 0) return {};
    if (header_.snapshots > kMaxSnapshots) {
      return damaged(fmt::format("{} snapshots cannot be; damaged", header_.snapshots));
    }
    return check_table("snapshot table", header_.snapshots_offset, 1);
  }

  RandomFile& file_;
  std::vector<std::byte> bytes_;
  uint64_t end_of_extensions_ = 0;
  Header header_;
};

}  // namespace

uint64_t Header::l1_entries_for(uint64_t bytes) const {
  const unsigned shift = cluster_bits + (cluster_bits - 3);
  return (bytes >> shift) + ((bytes & ((uint64_t{1} << shift) - 1)) != 0 ? 1 : 0);
}

Result<Header> read_header(RandomFile& file) { return HeaderReader(file).read(); }

Result<std::vector<std::byte>> write_header(const Header& header) {
  const bool three = header.version >= 3;
  std::vector<std::byte> bytes(three ? kHeaderBytesNow : kHeaderBytes2);
  std::byte* at = bytes.data();
  store_big<uint32_t>(at, kMagic);
  store_big<uint32_t>(at + 4, header.version);
  store_big<uint32_t>(at + 20, header.cluster_bits);
  store_big<uint64_t>(at + kSizeAt, header.size);
  store_big<uint32_t>(at + kL1EntriesAt, static_cast<uint32_t>(header.l1_entries));
  store_big<uint64_t>(at + kL1OffsetAt, header.l1_offset);
  store_big<uint64_t>(at + kRefcountTableAt, header.refcount_table_offset);
  store_big<uint32_t>(at + kRefcountTableAt + 8,
                      static_cast<uint32_t>(header.refcount_table_clusters));
  if (three) {
    store_big<uint64_t>(at + kIncompatibleAt, header.incompatible);
    store_big<uint64_t>(at + kCompatibleAt, header.compatible);
    store_big<uint32_t>(at + 96, header.refcount_order);
    store_big<uint32_t>(at + 100, kHeaderBytesNow);
    store_big<uint8_t>(at + kHeaderBytes3, static_cast<uint8_t>(header.compression));
  }
  add_extensions(bytes, header);
  if (!header.backing_file.empty()) {
    store_big<uint64_t>(bytes.data() + 8, bytes.size());
    store_big<uint32_t>(bytes.data() + 16, static_cast<uint32_t>(header.backing_file.size()));
    const auto name = std::as_bytes(std::span(header.backing_file));
    bytes.insert(bytes.end(), name.begin(), name.end());
  }
  if (header.backing_file.size() > kMaxBackingName || bytes.size() > header.cluster_bytes()) {
    return Error{fmt::format("the backing file's name {} is too long for clusters of {} bytes",
                             header.backing_file, header.cluster_bytes())};
  }
  return bytes;
}

}  // namespace vireo::qcow2
