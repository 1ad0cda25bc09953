#include "machine/board/virtio/reported_disk.h"

#include <utility>

namespace vireo {
namespace {

class ReportedDisk final : public BlockBackend {
 public:
  ReportedDisk(std::unique_ptr<BlockBackend> disk, std::string drive, const MachineEvents& news)
      : disk_(std::move(disk)), drive_(std::move(drive)), news_(news) {}

  uint64_t size() const override { return disk_->size(); }
  bool read_only() const override { return disk_->read_only(); }
  Result<void> read(uint64_t offset, std::span<std::byte> out) override {
    return told("read", disk_->read(offset, out));
  }
  Result<void> write(uint64_t offset, std::span<const std::byte> in) override {
    return told("write", disk_->write(offset, in));
  }
  Result<void> flush() override { return told("flush", disk_->flush()); }
  Result<void> discard(uint64_t offset, uint64_t length) override {
    return told("write", disk_->discard(offset, length));
  }
  Result<void> write_zeroes(uint64_t offset, uint64_t length, bool may_unmap) override {
    return told("write", disk_->write_zeroes(offset, length, may_unmap));
  }
  // Its errors are the user's own.
  Result<void> resize(uint64_t bytes) override { return disk_->resize(bytes); }
  std::string description() const override { return disk_->description(); }

 private:
  Result<void> told(const char* operation, Result<void> result) const {
    if (!result) {
      news_.tell({.kind = MachineEvent::Kind::kBlockError,
                  .name = drive_,
                  .detail = operation,
                  .reason = result.error().message});
    }
    return result;
  }

  std::unique_ptr<BlockBackend> disk_;
  std::string drive_;
  const MachineEvents& news_;
};

}  // namespace

std::unique_ptr<BlockBackend> report_errors(std::unique_ptr<BlockBackend> disk, std::string drive,
                                            const MachineEvents& news) {
  return std::make_unique<ReportedDisk>(std::move(disk), std::move(drive), news);
}

}  // namespace vireo
