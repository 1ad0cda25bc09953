// A byte channel over named pipes: PATH.in towards the machine and PATH.out from it.
#pragma once

#include <memory>
#include <string>

#include "machine/base/result.h"
#include "machine/host/host_source.h"
#include "machine/host/stream_channel.h"

namespace vireo {

// Where only PATH is there it serves both directions (a device, a bidirectional pipe). The
// pipes must exist (mkfifo). They are held open at both ends, so that programs may come and go.
class FifoChannel final : public HostChannel {
 public:
  static Result<std::unique_ptr<FifoChannel>> open(SourceSet& set, const std::string& path,
                                                   const std::string& label);

  void write(std::span<const uint8_t> bytes) override;
  std::optional<uint8_t> read() override { return input_.take(); }
  int wait_fd() const override { return input_.starved() && !input_.ended() ? in_.get() : -1; }
  bool live() const override { return true; }

 private:
  FifoChannel(SourceSet& set, UniqueFd in, UniqueFd out)
      : HostChannel(set), in_(std::move(in)), out_(std::move(out)), input_(in_.get()) {}

  UniqueFd in_, out_;
  InputBuffer input_;
};

}  // namespace vireo
