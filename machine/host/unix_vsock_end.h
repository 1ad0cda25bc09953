// One connection of a virtio socket: a unix socket of the host.
#pragma once

#include <utility>

#include "machine/base/vsock_host.h"
#include "machine/host/host_source.h"
#include "machine/host/unique_fd.h"

namespace vireo {

class UnixVsockEnd final : public VsockEnd, private HostSource {
 public:
  // Takes a connected socket, non-blocking. `called_guest`: it is told when the guest answers.
  UnixVsockEnd(SourceSet& set, UniqueFd fd, bool called_guest)
      : HostSource(set), fd_(std::move(fd)), called_guest_(called_guest) {}

  std::optional<size_t> read(std::span<std::byte> out) override;
  std::optional<size_t> write(std::span<const std::byte> bytes) override;
  bool ended() const override { return ended_; }
  bool broken() const override { return broken_; }
  void end_writing() override;
  void established(uint32_t host_port) override;

 private:
  int wait_fd() const override { return starved_ && !ended_ ? fd_.get() : -1; }
  uint64_t max_wait_ns() const override;
  void pump() override;
  bool take_news() override { return std::exchange(news_, false); }
  bool live() const override { return true; }

  UniqueFd fd_;
  bool called_guest_;
  bool starved_ = false;  // the last read() found nothing
  bool full_ = false;     // the last write() found no room
  bool ended_ = false;
  bool broken_ = false;
  bool news_ = false;
};

// Whether a read would not wait.
bool socket_readable(int fd);

}  // namespace vireo
