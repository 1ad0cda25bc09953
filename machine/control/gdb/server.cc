#include "machine/control/gdb/server.h"

#include <utility>

namespace vireo {
namespace {

// Of one poll, so that a client which floods the channel cannot hold up the machine.
constexpr size_t kMostBytes = 1 << 18;

constexpr uint8_t kPacketStart = '$';

}  // namespace

GdbServer::GdbServer(ControlPanel panel, std::unique_ptr<ByteChannel> channel,
                     std::optional<TimeTravelOptions> history)
    : panel_(std::move(panel)), channel_(std::move(channel)), history_(history) {
  panel_.input.enter(*this);
}

GdbServer::~GdbServer() { panel_.input.leave(*this); }

void GdbServer::begin() {
  end();
  stopped_before_ = panel_.run.stopped();
  reader_ = {};
  session_ = std::make_unique<GdbSession>(
      panel_, history_, [this](std::string_view contents) { send(contents); });
}

void GdbServer::end() {
  if (session_ == nullptr) return;
  if (!session_->over() && (!stopped_before_ || session_->went_on())) panel_.run.resume();
  session_.reset();
}

void GdbServer::send(std::string_view contents) {
  last_ = make_gdb_packet(contents);
  channel_->write({reinterpret_cast<const uint8_t*>(last_.data()), last_.size()});
}

void GdbServer::take(PacketReader::Event event) {
  using Event = PacketReader::Event;
  if (event == Event::kNone) return;
  if (event == Event::kInterrupt) return session_->interrupt();
  if (event == Event::kNack) {
    channel_->write({reinterpret_cast<const uint8_t*>(last_.data()), last_.size()});
    return;
  }
  const uint8_t reply = event == Event::kDamaged ? '-' : '+';
  if (!session_->silent()) channel_->write({&reply, 1});
  if (event == Event::kPacket) session_->take(reader_.packet());
  if (event == Event::kTooLong) session_->refuse();
}

bool GdbServer::poll_input() {
  auto byte = channel_->read();
  // A channel that knows of no arrivals has one with the first packet.
  if (channel_->take_arrival() || (byte == kPacketStart && session_ == nullptr)) begin();
  const bool came = byte.has_value();
  for (size_t taken = 1; byte && session_ != nullptr; ++taken) {
    take(reader_.feed(*byte));
    if (session_->over()) end();
    if (taken == kMostBytes) break;
    byte = channel_->read();
  }
  bool sent_on = false;
  if (session_ != nullptr && !channel_->connected()) end();
  if (session_ != nullptr) sent_on = session_->look();
  channel_->flush();
  return came || sent_on;
}

void GdbServer::finish(int exit_code) {
  if (session_ == nullptr) return;
  session_->tell_end(exit_code);
  channel_->flush();
}

}  // namespace vireo
