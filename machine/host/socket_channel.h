// A byte channel over a stream socket, as a server for one connection after the other or as
// a client that may try again.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "machine/base/result.h"
#include "machine/host/host_channel.h"
#include "machine/host/host_specs.h"
#include "machine/host/input_buffer.h"
#include "machine/host/socket_connection.h"
#include "machine/host/unique_fd.h"

namespace vireo {

// Never blocks after the start. Output while nobody is connected is dropped, as on an unplugged
// cable; so is output that the far end does not read although it had time to. Where the
// specification says that output is whole, such a far end is hung up on instead.
class SocketChannel final : public HostChannel {
 public:
  // Listens or connects. With wait=on it returns when the first connection is there, or with an
  // error when a signal ended the wait. `label` names the channel in messages.
  static Result<std::unique_ptr<SocketChannel>> open(SourceSet& set, const ChannelSpec& spec,
                                                     const std::string& label);
  ~SocketChannel() override;

  void write(std::span<const uint8_t> bytes) override;
  std::optional<uint8_t> read() override;
  void flush() override;
  bool connected() const override { return connection_.valid() && !connecting_; }
  bool take_arrival() override { return std::exchange(arrived_, false); }

  void add_waits(std::vector<pollfd>& waits) const override;
  uint64_t max_wait_ns() const override;
  void pump() override;
  bool take_news() override { return std::exchange(news_, false); }
  bool live() const override {
    return spec_.paces_idle && (spec_.server || connection_.valid() || retries());
  }

  // Of a TCP server; 0 otherwise.
  uint16_t port() const { return listener_.valid() ? bound_port(listener_.get()) : 0; }

 private:
  SocketChannel(SourceSet& set, ChannelSpec spec) : HostChannel(set), spec_(std::move(spec)) {}
  Result<void> start(const std::string& label);
  Result<void> wait_for_first(const std::string& label);
  bool retries() const { return spec_.reconnect_seconds != 0; }
  void look_for_connection();
  void try_to_connect();
  void begin();
  void end();
  bool make_room(size_t bytes);
  bool make_room_or_hang_up(size_t bytes);
  bool send_some();

  ChannelSpec spec_;
  std::vector<SocketAddress> addresses_;
  UniqueFd listener_;
  UniqueFd connection_;
  bool connecting_ = false;
  bool arrived_ = false;
  bool news_ = false;
  bool stalled_ = false;  // the far end did not keep up; wait for it no more
  size_t next_address_ = 0;
  uint64_t last_try_ns_ = 0;
  std::unique_ptr<InputBuffer> input_;
  std::vector<uint8_t> output_;
};

}  // namespace vireo
