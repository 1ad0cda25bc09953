// A capture of a network's frames in the pcap file form, stamped with virtual time.
#pragma once

#include <cstdint>
#include <memory>

#include "machine/base/byte_channel.h"
#include "machine/base/net_backend.h"
#include "machine/base/virtual_clock.h"

namespace vireo {

// Stands between a card and its network and copies what passes, both ways. Times count from
// power-on, so the same run gives the same file. Frames are shown as they pass: a TCP
// segment whose cutting was left to the far end is one frame.
class NetDump final : public NetBackend {
 public:
  // Keeps at most `max_bytes` of each frame. The clock must outlive it.
  NetDump(std::unique_ptr<NetBackend> network, std::unique_ptr<ByteChannel> file,
          const VirtualClock& clock, uint32_t max_bytes);

  bool ready() const override { return network_->ready(); }
  void send(const NetFrame& frame) override;
  bool takes_offloads() const override { return network_->takes_offloads(); }
  uint32_t max_frame() const override { return network_->max_frame(); }
  void poll() override { network_->poll(); }
  std::optional<NetFrame> receive() override;
  void flush() override;
  std::string description() const override { return network_->description(); }

 private:
  void begin();
  void record(std::span<const std::byte> frame);

  std::unique_ptr<NetBackend> network_;
  std::unique_ptr<ByteChannel> file_;
  const VirtualClock& clock_;
  uint32_t max_bytes_;
  bool begun_ = false;
};

}  // namespace vireo
