#include "machine/board/net/net_dump.h"

#include <algorithm>
#include <utility>

namespace vireo {
namespace {

// The classic form: little-endian, times in microseconds.
constexpr uint32_t kMagic = 0xa1b2c3d4;
constexpr uint16_t kMajor = 2;
constexpr uint16_t kMinor = 4;
constexpr uint32_t kEthernet = 1;

struct FileHeader {
  uint32_t magic = kMagic;
  uint16_t major = kMajor;
  uint16_t minor = kMinor;
  uint32_t zone = 0;
  uint32_t accuracy = 0;
  uint32_t max_bytes;
  uint32_t link_type = kEthernet;
};
static_assert(sizeof(FileHeader) == 24);

struct FrameHeader {
  uint32_t seconds;
  uint32_t microseconds;
  uint32_t kept;
  uint32_t length;
};
static_assert(sizeof(FrameHeader) == 16);

template <typename T>
std::span<const uint8_t> bytes_of(const T& value) {
  return {reinterpret_cast<const uint8_t*>(&value), sizeof value};
}

}  // namespace

NetDump::NetDump(std::unique_ptr<NetBackend> network, std::unique_ptr<ByteChannel> file,
                 const VirtualClock& clock, uint32_t max_bytes)
    : network_(std::move(network)), file_(std::move(file)), clock_(clock), max_bytes_(max_bytes) {}

void NetDump::begin() {
  if (begun_) return;
  begun_ = true;
  FileHeader header{.max_bytes = max_bytes_};
  file_->write(bytes_of(header));
}

void NetDump::record(std::span<const std::byte> frame) {
  begin();
  const uint64_t us = clock_.now_ns() / 1000;
  const auto kept = frame.first(std::min<size_t>(frame.size(), max_bytes_));
  const FrameHeader header{static_cast<uint32_t>(us / 1'000'000),
                           static_cast<uint32_t>(us % 1'000'000),
                           static_cast<uint32_t>(kept.size()), static_cast<uint32_t>(frame.size())};
  file_->write(bytes_of(header));
  file_->write({reinterpret_cast<const uint8_t*>(kept.data()), kept.size()});
}

void NetDump::send(const NetFrame& frame) {
  record(frame.bytes);
  network_->send(frame);
}

std::optional<NetFrame> NetDump::receive() {
  const auto frame = network_->receive();
  if (frame) record(frame->bytes);
  return frame;
}

void NetDump::flush() {
  begin();
  file_->flush();
  network_->flush();
}

}  // namespace vireo
