// The host as a machine sees it: through the row of what comes from outside.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "machine/board/outside/outside.h"
#include "machine/host/host_services.h"

namespace vireo {

// Wraps channels, networks, randomness and the host's clock, so that recording and playing back
// happen in one place and no device knows of them. Files are input like the command line: disk
// images, folders and kernels are the same in a replay or it is another run.
//
// In a replay that needs no host networks and sockets are not opened; what the machine prints to
// standard output and to files goes there.
class OutsideHost final : public HostServices {
 public:
  OutsideHost(HostServices& host, Outside& outside) : host_(host), outside_(outside) {}

  const HostClock& clock() const override { return clock_; }
  int64_t local_offset_seconds() const override;
  uint64_t random_seed() override;

  Result<std::unique_ptr<ByteChannel>> open_channel(const ChannelSpec& spec,
                                                    const std::string& label) override;
  Result<std::unique_ptr<NetBackend>> open_net(const NetdevSpec& spec,
                                               const VirtualClock& clock) override;
  Result<std::unique_ptr<DiskFile>> open_disk_file(const DiskFileSpec& spec) override {
    return host_.open_disk_file(spec);
  }
  Result<std::unique_ptr<DiskFile>> create_scratch_file() override {
    return host_.create_scratch_file();
  }
  Result<std::vector<std::byte>> read_file(const std::string& path,
                                           const std::string& what) override {
    return host_.read_file(path, what);
  }
  Result<std::unique_ptr<FileTree>> open_folder(const FolderSpec& spec) override {
    return host_.open_folder(spec);
  }
  Result<std::unique_ptr<EntropySource>> open_entropy(const std::string& path) override;
  Result<std::unique_ptr<VsockHost>> open_vsock(const std::string& path) override;

  bool has_live_input() const override;
  StopRequest stop_request() override;
  uint64_t wait_for_input(uint64_t timeout_ns) override;

 private:
  class Clock final : public HostClock {
   public:
    explicit Clock(const OutsideHost& owner) : owner_(owner) {}
    int64_t unix_seconds() const override;

   private:
    const OutsideHost& owner_;
  };

  HostServices& host_;
  Outside& outside_;
  Clock clock_{*this};
};

}  // namespace vireo
