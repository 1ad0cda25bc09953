#include "virtio/p9/p9_device.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "machine/base/log.h"
#include "virtio/queue/chain_io.h"

namespace vireo {

Result<std::unique_ptr<VirtioP9>> VirtioP9::create(FileTree& tree, const VirtioP9Options& options,
                                                   std::function<FileTime()> now) {
  const std::string& tag = options.mount_tag;
  if (tag.empty() || tag.size() > kMaxMountTag) {
    return Error{fmt::format("mount_tag={} must be 1 to {} bytes long", tag, kMaxMountTag)};
  }
  return std::unique_ptr<VirtioP9>(new VirtioP9(tree, tag, std::move(now)));
}

VirtioP9::VirtioP9(FileTree& tree, std::string tag, std::function<FileTime()> now)
    : tag_(std::move(tag)),
      server_(tree, std::move(now)),
      message_(P9Server::kMaxMessage),
      reply_(P9Server::kMaxMessage) {}

uint32_t VirtioP9::config_size() const { return static_cast<uint32_t>(2 + tag_.size()); }

void VirtioP9::read_config(std::span<std::byte> out) const {
  const auto length = static_cast<uint16_t>(tag_.size());
  std::memcpy(out.data(), &length, sizeof length);
  std::memcpy(out.data() + sizeof length, tag_.data(), tag_.size());
}

QueueWork VirtioP9::process_queue(unsigned /*index*/, Virtqueue& queue) {
  uint64_t bytes = 0;
  for (unsigned taken = 0; taken < kRequestsPerEvent && bytes < kBytesPerEvent; ++taken) {
    const auto chain = queue.pop();
    if (!chain) return QueueWork::kDrained;
    const uint32_t written = answer(*chain);
    if (written == 0) {
      host().device_failed(fmt::format("9p: a chain of {} bytes and room for {} is no request",
                                       chain->readable_bytes(), chain->writable_bytes()));
      return QueueWork::kDrained;
    }
    queue.push(*chain, written);
    bytes += chain->readable_bytes() + written;
  }
  return QueueWork::kMore;
}

uint32_t VirtioP9::answer(const DescriptorChain& chain) {
  ChainReader in(host().memory(), chain);
  ChainWriter out(host().memory(), chain);
  if (out.remaining() < P9Server::kMinReply) return 0;
  const auto message = std::span(message_).first(std::min<size_t>(in.remaining(), message_.size()));
  const auto reply = std::span(reply_).first(std::min<size_t>(out.remaining(), reply_.size()));
  if (!in.read(message)) return 0;
  const uint32_t length = server_.answer(message, reply);
  if (length == 0) return 0;
  Log::print(LogItem::kVirtio, "9p {}: request type {} of {} bytes: answer type {} of {} bytes",
             tag_, static_cast<unsigned>(message[4]), message.size(),
             static_cast<unsigned>(reply[4]), length);
  return out.write(reply.first(length)) ? length : 0;
}

}  // namespace vireo
