#include "machine/board/outside/outside_net.h"

#include <cstring>
#include <utility>

namespace vireo {
namespace {

constexpr unsigned kReady = 0;

// How a packet's offloads stand before its bytes in a recording.
struct OffloadRecord {
  uint8_t needs_checksum = 0;
  uint8_t checksum_valid = 0;
  uint8_t segments = 0;
  uint8_t ecn = 0;
  uint16_t checksum_start = 0;
  uint16_t checksum_offset = 0;
  uint16_t header_length = 0;
  uint16_t segment_size = 0;
};
static_assert(sizeof(OffloadRecord) == 12);

OutsideEvent as_event(const NetFrame& frame) {
  const FrameOffload& o = frame.offload;
  const OffloadRecord record{o.needs_checksum,  o.checksum_valid,  static_cast<uint8_t>(o.segments),
                             o.ecn,             o.checksum_start,  o.checksum_offset,
                             o.header_length,   o.segment_size};
  OutsideEvent event;
  event.data.resize(sizeof record + frame.bytes.size());
  std::memcpy(event.data.data(), &record, sizeof record);
  std::memcpy(event.data.data() + sizeof record, frame.bytes.data(), frame.bytes.size());
  return event;
}

// A recording may come from anywhere: what is no packet is none.
std::optional<NetFrame> as_frame(const OutsideEvent& event) {
  OffloadRecord record;
  if (event.data.size() < sizeof record + kEthernetHeader ||
      event.data.size() > sizeof record + kLargestFrame) {
    return std::nullopt;
  }
  std::memcpy(&record, event.data.data(), sizeof record);
  if (record.segments > static_cast<uint8_t>(FrameOffload::Segments::kTcp6)) return std::nullopt;
  NetFrame frame;
  frame.bytes = std::span<const std::byte>(event.data).subspan(sizeof record);
  frame.offload = {record.needs_checksum != 0,
                   record.checksum_valid != 0,
                   static_cast<FrameOffload::Segments>(record.segments),
                   record.ecn != 0,
                   record.checksum_start,
                   record.checksum_offset,
                   record.header_length,
                   record.segment_size};
  return frame;
}

}  // namespace

OutsideNet::OutsideNet(std::unique_ptr<NetBackend> inner, Outside& outside, uint32_t source)
    : inner_(std::move(inner)), outside_(outside), source_(source) {
  const auto ask = [&](auto question) {
    return source_ == 0 ? question() : outside_.value(question);
  };
  takes_offloads_ = ask([this] { return uint64_t{inner_ && inner_->takes_offloads()}; }) != 0;
  max_frame_ = static_cast<uint32_t>(
      ask([this] { return uint64_t{inner_ ? inner_->max_frame() : NetBackend::max_frame()}; }));
}

bool OutsideNet::ready() const {
  return outside_.level(source_, kReady, [this] {
    return uint64_t{inner_ == nullptr || inner_->ready()};
  }) != 0;
}

// In a replay the far end is not there.
void OutsideNet::send(const NetFrame& frame) {
  if (inner_ != nullptr && !outside_.replaying()) inner_->send(frame);
}

void OutsideNet::poll() {
  if (inner_ != nullptr && !outside_.replaying()) inner_->poll();
}

std::optional<NetFrame> OutsideNet::receive() {
  if (inner_ != nullptr && outside_.idle()) return inner_->receive();
  auto event = outside_.packet(source_, [this]() -> std::optional<OutsideEvent> {
    if (inner_ == nullptr) return std::nullopt;
    const auto frame = inner_->receive();
    if (!frame) return std::nullopt;
    return as_event(*frame);
  });
  if (!event) return std::nullopt;
  received_ = std::move(*event);
  return as_frame(received_);
}

void OutsideNet::flush() {
  if (inner_ != nullptr) inner_->flush();
}

std::string OutsideNet::description() const {
  return inner_ == nullptr ? "a recorded network" : inner_->description();
}

}  // namespace vireo
