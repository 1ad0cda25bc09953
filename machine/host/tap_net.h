// A tap: an Ethernet interface of the host's kernel whose cable ends in this process.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "machine/base/net_backend.h"
#include "machine/base/result.h"
#include "machine/host/frame_queue.h"
#include "machine/host/host_source.h"
#include "machine/host/net_specs.h"
#include "machine/host/unique_fd.h"

namespace vireo {

// The kernel takes and gives frames with their offloads; the card settles what its driver
// does not take.
class TapNet final : public NetBackend, public HostSource {
 public:
  static Result<std::unique_ptr<NetBackend>> open(SourceSet& set, const std::string& name,
                                                  const TapSpec& spec);

  bool takes_offloads() const override { return true; }
  uint32_t max_frame() const override { return kLargestFrame; }
  void send(const NetFrame& frame) override;
  void poll() override;
  std::optional<NetFrame> receive() override { return queue_.take(); }
  std::string description() const override { return name_; }

  int wait_fd() const override { return queue_.empty() ? fd_.get() : -1; }
  bool live() const override { return true; }

 private:
  TapNet(SourceSet& set, std::string name, UniqueFd fd);

  std::string name_;
  UniqueFd fd_;
  FrameQueue queue_;
  std::vector<std::byte> buffer_;
};

}  // namespace vireo
