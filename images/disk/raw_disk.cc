// The raw format: a disk's bytes are its file's bytes.
#include <fmt/format.h>

#include <string>

#include "images/disk/check_range.h"
#include "images/disk/disk.h"
#include "images/disk/disk_format.h"

namespace vireo {
namespace {

constexpr uint64_t kSectorBytes = 512;

class RawDisk final : public BlockBackend {
 public:
  RawDisk(std::unique_ptr<DiskFile> file, const RawDiskOptions& options)
      : file_(std::move(file)), options_(options) {}

  uint64_t size() const override { return file_->size(); }
  bool read_only() const override { return options_.read_only; }
  std::string description() const override { return file_->description(); }

  Result<void> read(uint64_t offset, std::span<std::byte> out) override {
    if (auto fits = check_range(*this, offset, out.size()); !fits) return fits;
    return file_->read(offset, out);
  }

  Result<void> write(uint64_t offset, std::span<const std::byte> in) override {
    if (auto allowed = check_change(offset, in.size()); !allowed) return allowed;
    return settled(file_->write(offset, in));
  }

  Result<void> flush() override { return flushes() ? file_->sync() : Result<void>(); }

  Result<void> discard(uint64_t offset, uint64_t length) override {
    if (auto allowed = check_change(offset, length); !allowed) return allowed;
    return file_->discard(offset, length);
  }

  Result<void> write_zeroes(uint64_t offset, uint64_t length, bool may_unmap) override {
    if (auto allowed = check_change(offset, length); !allowed) return allowed;
    return settled(file_->zero(offset, length, may_unmap));
  }

  bool may_wait(BlockOperation operation, uint64_t offset, uint64_t length) override {
    if (operation == BlockOperation::kFlush) return flushes() && file_->may_wait(operation, 0, 0);
    const bool syncs = options_.flush == FlushPolicy::kEveryWrite;
    if (syncs && operation != BlockOperation::kRead) return true;
    return file_->may_wait(operation, offset, length);
  }
  bool concurrent() const override { return true; }

  Result<void> resize(uint64_t bytes) override {
    if (options_.read_only) return Error{fmt::format("{}: is read-only", description())};
    return file_->resize(bytes);
  }

 private:
  bool flushes() const { return options_.flush != FlushPolicy::kNever && !options_.read_only; }

  Result<void> check_change(uint64_t offset, uint64_t length) const {
    if (options_.read_only) return Error{fmt::format("{}: is read-only", description())};
    return check_range(*this, offset, length);
  }

  Result<void> settled(Result<void> done) {
    if (!done || options_.flush != FlushPolicy::kEveryWrite) return done;
    return file_->sync();
  }

  std::unique_ptr<DiskFile> file_;
  RawDiskOptions options_;
};

Result<void> check_format(DiskFile& file) {
  const auto looks_like = probe_format(file);
  if (!looks_like) return looks_like.error();
  if (*looks_like == "raw") return {};
  const std::string name = file.description();
  if (disk_format(*looks_like)) {
    return Error{
        fmt::format("{0}: looks like a {1} image; give format={1}, or format=raw if it is "
                    "raw all the same",
                    name, *looks_like)};
  }
  return Error{
      fmt::format("{0}: looks like a {1} image, which is not read; convert it with: "
                  "qemu-img convert -O qcow2 {0} NEW, or give format=raw if it is raw "
                  "all the same",
                  name, *looks_like)};
}

Result<void> check_size(const DiskFile& file) {
  const std::string name = file.description();
  if (file.size() == 0) {
    return Error{fmt::format("{0}: is empty; give it a size with: truncate -s 1G {0}", name)};
  }
  if (file.size() % kSectorBytes != 0) {
    return Error{
        fmt::format("{0}: size {1} is no multiple of 512; pad it with: "
                    "truncate -s %512 {0}",
                    name, file.size())};
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<BlockBackend>> make_raw_disk(std::unique_ptr<DiskFile> file,
                                                    const RawDiskOptions& options) {
  if (!options.format_is_raw) {
    if (auto raw = check_format(*file); !raw) return raw.error();
  }
  if (!options.any_size) {
    if (auto fits = check_size(*file); !fits) return fits.error();
  }
  return std::unique_ptr<BlockBackend>(std::make_unique<RawDisk>(std::move(file), options));
}

}  // namespace vireo
