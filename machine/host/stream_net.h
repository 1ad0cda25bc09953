// A cable to another machine: frames over a TCP or Unix stream, each behind its length in
// 4 bytes, big-endian (QEMU's -netdev socket and stream).
#pragma once

#include <cstdint>
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

// One machine listens, the other connects; there is one connection at a time. When it is
// lost, the listening side waits for the next; frames meanwhile go nowhere.
class StreamNet final : public NetBackend, public HostSource {
 public:
  static Result<std::unique_ptr<NetBackend>> open(SourceSet& set, const std::string& name,
                                                  const StreamNetSpec& spec);

  bool ready() const override { return output_.size() < kEnoughOutput; }
  void send(const NetFrame& frame) override;
  void poll() override;
  std::optional<NetFrame> receive() override { return queue_.take(); }
  std::string description() const override { return name_; }

  void add_waits(std::vector<pollfd>& waits) const override;
  void pump() override { write_out(); }
  bool live() const override { return peer_.valid() || listener_.valid(); }

 private:
  // Beyond this the guest is left waiting.
  static constexpr size_t kEnoughOutput = 1u << 20;

  StreamNet(SourceSet& set, std::string name) : HostSource(set), name_(std::move(name)) {}
  void accept_peer();
  void write_out();
  void read_in();
  void take_frames();
  void lose(const std::string& why);

  std::string name_;
  UniqueFd listener_;
  UniqueFd peer_;
  FrameQueue queue_;
  std::vector<std::byte> output_;  // not yet written
  std::vector<std::byte> input_;   // read, not yet a whole frame
};

}  // namespace vireo
