// The user-mode network: libslirp between a guest's frames and sockets of this process.
#pragma once

#include <poll.h>
#include <slirp/libslirp.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "machine/base/net_backend.h"
#include "machine/base/result.h"
#include "machine/base/virtual_clock.h"
#include "machine/host/frame_queue.h"
#include "machine/host/host_source.h"
#include "machine/host/net_specs.h"
#include "machine/host/user_net_plan.h"

namespace vireo {

// Its clock is the machine's, and its timers run at the machine's poll points: a guest that
// talks to the network's own services only (DHCP, ARP, a ping of the gateway) sees the same
// in every run. It counts as live while it holds a socket of the host.
class UserNet final : public NetBackend, public HostSource {
 public:
  // `name` begins every error. The clock must outlive the network.
  static Result<std::unique_ptr<NetBackend>> open(SourceSet& set, const std::string& name,
                                                  const UserNetSpec& spec,
                                                  const VirtualClock& clock);
  ~UserNet() override;

  // NetBackend.
  void send(const NetFrame& frame) override;
  uint32_t max_frame() const override { return kEthernetHeader + 65535; }
  void poll() override;
  std::optional<NetFrame> receive() override { return queue_.take(); }
  std::string description() const override { return name_; }

  // HostSource.
  void add_waits(std::vector<pollfd>& waits) const override;
  uint64_t max_wait_ns() const override;
  bool live() const override { return !sockets_.empty(); }

 private:
  struct Timer {
    SlirpTimerId id;
    void* argument;
    int64_t expires_ms = -1;  // not running
  };
  struct Callbacks;

  UserNet(SourceSet& set, std::string name, const VirtualClock& clock)
      : HostSource(set), name_(std::move(name)), clock_(clock) {}
  void start(const UserNetSpec& spec, const UserNetPlan& plan);
  Result<void> forward(const UserNetPlan& plan);
  void run_timers();
  void list_sockets();
  int64_t now_ms() const { return static_cast<int64_t>(clock_.now_ns() / 1'000'000); }

  std::string name_;
  const VirtualClock& clock_;
  Slirp* slirp_ = nullptr;
  FrameQueue queue_;
  std::vector<std::unique_ptr<Timer>> timers_;
  // What slirp waits for, and its next timer, as of the last poll.
  std::vector<pollfd> sockets_;
  uint32_t timeout_ms_ = UINT32_MAX;
};

}  // namespace vireo
