// The real outside world behind HostServices: files, terminals, signals, clocks.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "machine/host/host_services.h"
#include "machine/host/host_source.h"
#include "machine/host/signals.h"
#include "machine/host/standard_fds.h"
#include "machine/host/wall_clock.h"
#include "machine/host/window.h"

namespace vireo {

// One for each process, made before the machine and destroyed after it: it
// takes over the process's signals while it exists.
class SystemHost final : public HostServices {
 public:
  // Serial ports on "stdio" use these descriptors; tests give others.
  explicit SystemHost(int in_fd = 0, int out_fd = 1) : in_fd_(in_fd), out_fd_(out_fd) {
    fill_standard_fds();
  }

  const HostClock& clock() const override { return clock_; }
  int64_t local_offset_seconds() const override { return host_local_offset_seconds(); }
  uint64_t random_seed() override { return host_random_seed(); }

  Result<std::unique_ptr<ByteChannel>> open_channel(const ChannelSpec& spec,
                                                    const std::string& label) override;
  Result<std::unique_ptr<NetBackend>> open_net(const NetdevSpec& spec,
                                               const VirtualClock& clock) override;
  Result<std::unique_ptr<DiskFile>> open_disk_file(const DiskFileSpec& spec) override;
  Result<std::unique_ptr<DiskFile>> create_scratch_file() override;
  Result<std::unique_ptr<FileTree>> open_folder(const FolderSpec& spec) override;
  Result<std::vector<std::byte>> read_file(const std::string& path,
                                           const std::string& what) override;
  Result<std::unique_ptr<EntropySource>> open_entropy(const std::string& path) override;
  Result<std::unique_ptr<VsockHost>> open_vsock(const std::string& path) override;

  // The window that was opened last; null: there is none. It lives as long as somebody has it.
  std::shared_ptr<Window> window() const { return window_.lock(); }

  bool has_live_input() const override;
  StopRequest stop_request() override;
  uint64_t wait_for_input(uint64_t timeout_ns) override;

 private:
  Result<std::unique_ptr<ByteChannel>> open_stdio(const ChannelSpec& spec,
                                                  const std::string& label);
  Result<std::unique_ptr<ByteChannel>> open_window();
  bool take_news();
  Result<std::unique_ptr<ByteChannel>> open_pty(const std::string& label);

  SignalWatch signals_;
  WallClock clock_;
  SourceSet sources_;
  int in_fd_;
  int out_fd_;
  std::weak_ptr<Window> window_;
  std::string stdio_user_;  // label of the port that has it
};

}  // namespace vireo
