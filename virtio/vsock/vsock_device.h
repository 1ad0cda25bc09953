// virtio-vsock: sockets between guest and host (VirtIO 1.4 section 5.10).
#pragma once

#include <map>
#include <memory>
#include <vector>

#include "virtio/device.h"
#include "virtio/vsock/vsock_connection.h"
#include "virtio/vsock/vsock_options.h"

namespace vireo {

// Packets of the guest are taken whether or not it gives room for answers: those wait as
// marks of their connections, and resets for connections that are not there in a list of
// fixed length, beyond which they are dropped. A packet from another address than the
// guest's, or to another than the host's, is dropped.
//
// A snapshot holds no connections, as their other ends are not in it: the guest is told by
// the transport reset event that they are lost.
class VirtioVsock final : public VirtioDevice {
 public:
  static constexpr uint64_t kKickDelayNs = 1'000;
  static constexpr unsigned kChainsPerEvent = 64;
  static constexpr size_t kMaxConnections = 256;
  static constexpr size_t kMaxStrayResets = 256;
  // The host's end of calls to the guest: numbers from here on.
  static constexpr uint32_t kFirstHostPort = 1u << 30;

  // The host must outlive the device.
  VirtioVsock(VsockHost& outside, const VirtioVsockOptions& options);

  uint16_t type_id() const override { return virtio_type::kVsock; }
  uint64_t device_features() const override;
  unsigned queue_count() const override { return 3; }
  uint16_t max_queue_size(unsigned) const override { return 128; }
  uint32_t config_size() const override { return 8; }
  void read_config(std::span<std::byte> out) const override;
  QueueWork process_queue(unsigned index, Virtqueue& queue) override;
  uint64_t kick_delay_ns() const override { return kKickDelayNs; }
  void reset() override;
  void visit(Archive& archive) override;

  // Calls from the host and bytes of connections, at the run loop's poll points. True when
  // anything came.
  bool poll_input();

  size_t connections() const { return connections_.size(); }

 private:
  using Ports = VsockConnection::Ports;

  QueueWork take_packets(Virtqueue& queue);
  QueueWork send_packets(Virtqueue& queue);
  QueueWork send_event(Virtqueue& queue);
  void take_packet(ChainReader& reader);
  void take_request(const virtio_vsock::Header& header, ChainReader& reader);
  void refuse(const virtio_vsock::Header& header);
  void settle(std::map<Ports, VsockConnection>::iterator at, VsockConnection::Fate fate);
  void add_reset(Ports ports, VsockType type);
  bool type_offered(VsockType type) const;
  bool accept_calls();
  bool has_packet() const;
  virtio_vsock::Header next_packet(uint32_t room, std::vector<std::byte>& data);

  struct StrayReset {
    Ports ports;
    VsockType type;
  };

  VsockHost& outside_;
  VirtioVsockOptions options_;
  bool running_ = false;  // a driver has given buffers to receive
  std::map<Ports, VsockConnection> connections_;
  Ports last_served_;  // they take turns
  std::vector<StrayReset> resets_;
  uint32_t next_host_port_ = kFirstHostPort;
  bool connections_lost_ = false;
};

}  // namespace vireo
