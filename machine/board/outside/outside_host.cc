#include "machine/board/outside/outside_host.h"

#include <utility>

#include "machine/board/outside/outside_channel.h"
#include "machine/board/outside/outside_net.h"

namespace vireo {
namespace {

constexpr unsigned kLiveInput = 0;  // a level of the host

class OutsideEntropy final : public EntropySource {
 public:
  OutsideEntropy(std::unique_ptr<EntropySource> inner, Outside& outside, uint32_t source)
      : inner_(std::move(inner)), outside_(outside), source_(source) {}

  size_t fill(std::span<std::byte> out) override {
    const auto bytes = outside_.packet(source_, [&]() -> std::optional<OutsideEvent> {
      const size_t count = inner_ == nullptr ? 0 : inner_->fill(out);
      if (count == 0) return std::nullopt;
      OutsideEvent event;
      event.data.assign(out.begin(), out.begin() + static_cast<ptrdiff_t>(count));
      return event;
    });
    if (!bytes) return 0;
    const size_t count = std::min(out.size(), bytes->data.size());
    std::copy_n(bytes->data.begin(), count, out.begin());
    return count;
  }

 private:
  std::unique_ptr<EntropySource> inner_;
  Outside& outside_;
  uint32_t source_;
};

uint64_t pack(const StopRequest& stop) {
  return uint64_t{static_cast<uint8_t>(stop.kind)} << 32 | static_cast<uint32_t>(stop.signal);
}

StopRequest unpack(uint64_t value) {
  const uint64_t kind = std::min<uint64_t>(value >> 32, 2);
  return {static_cast<StopRequest::Kind>(kind), static_cast<int>(value & 0x7f)};
}

// Outputs that disturb nobody when a replay has them, too.
bool harmless(const ChannelSpec& spec) {
  return spec.kind == ChannelSpec::Kind::kStdio || spec.kind == ChannelSpec::Kind::kFile;
}

}  // namespace

int64_t OutsideHost::Clock::unix_seconds() const {
  return static_cast<int64_t>(owner_.outside_.value(
      [this] { return static_cast<uint64_t>(owner_.host_.clock().unix_seconds()); }));
}

int64_t OutsideHost::local_offset_seconds() const {
  return static_cast<int64_t>(outside_.value(
      [this] { return static_cast<uint64_t>(host_.local_offset_seconds()); }));
}

uint64_t OutsideHost::random_seed() {
  return outside_.value([this] { return host_.random_seed(); });
}

Result<std::unique_ptr<ByteChannel>> OutsideHost::open_channel(const ChannelSpec& spec,
                                                               const std::string& label) {
  if (spec.observer) return host_.open_channel(spec, label);
  const uint32_t source = outside_.open_source(label);
  std::unique_ptr<ByteChannel> inner;
  if (source == 0 || !outside_.needs_no_host() || harmless(spec)) {
    auto opened = host_.open_channel(spec, label);
    if (!opened) return opened;
    inner = std::move(*opened);
  }
  return std::unique_ptr<ByteChannel>(
      std::make_unique<OutsideChannel>(std::move(inner), outside_, source));
}

Result<std::unique_ptr<NetBackend>> OutsideHost::open_net(const NetdevSpec& spec,
                                                          const VirtualClock& clock) {
  const uint32_t source = outside_.open_source("net " + spec.id);
  std::unique_ptr<NetBackend> inner;
  if (source == 0 || !outside_.needs_no_host()) {
    auto opened = host_.open_net(spec, clock);
    if (!opened) return opened;
    inner = std::move(*opened);
  }
  return std::unique_ptr<NetBackend>(
      std::make_unique<OutsideNet>(std::move(inner), outside_, source));
}

Result<std::unique_ptr<EntropySource>> OutsideHost::open_entropy(const std::string& path) {
  const uint32_t source = outside_.open_source("random " + path);
  auto inner = host_.open_entropy(path);
  if (!inner) return inner;
  return std::unique_ptr<EntropySource>(
      std::make_unique<OutsideEntropy>(std::move(*inner), outside_, source));
}

Result<std::unique_ptr<VsockHost>> OutsideHost::open_vsock(const std::string& path) {
  if (outside_.recording() || outside_.replaying()) {
    return Error{"the sockets of virtio-vsock cannot be recorded; leave the device out"};
  }
  return host_.open_vsock(path);
}

bool OutsideHost::has_live_input() const {
  const auto ask = [this] { return uint64_t{host_.has_live_input()}; };
  return outside_.level(Outside::kHost, kLiveInput, ask) != 0;
}

StopRequest OutsideHost::stop_request() {
  return unpack(outside_.stop([this] { return pack(host_.stop_request()); }));
}

uint64_t OutsideHost::wait_for_input(uint64_t timeout_ns) {
  return outside_.wait([&] { return host_.wait_for_input(timeout_ns); });
}

}  // namespace vireo
