#include "virtio/lint/net_checker.h"

#include <cstring>

#include "virtio/lint/chain_bytes.h"
#include "virtio/net/net_protocol.h"

namespace vireo {

using namespace virtio_net;

namespace {

// The smallest buffers that hold a whole frame, without a header of more than 12 bytes
// (5.1.9.3.1).
constexpr uint64_t kFrameBuffer = 1526, kLargeFrameBuffer = 65601;

}  // namespace

// The last queue, when it was negotiated: all others come in pairs.
bool NetChecker::is_control(unsigned queue) const {
  if (!in_force(kCtrlVq)) return false;
  return queue == (in_force(kMultiQueue) ? session().queues.size() - 1 : 2);
}

size_t NetChecker::header_bytes() const { return virtio_net::header_bytes(subject().features()); }

void NetChecker::on_chain(const WatchedChain& chain) {
  if (!chain.failure.empty()) return;
  if (is_control(chain.queue)) {
    check_control(chain);
  } else if (chain.queue % 2 == 0) {
    check_receive(chain);
  } else {
    check_transmit(chain);
  }
}

void NetChecker::check_receive(const WatchedChain& chain) {
  const uint64_t length = chain_lengths(chain).writable;
  uint64_t wanted = in_force(kGuestTso4 | kGuestTso6) ? kLargeFrameBuffer : kFrameBuffer;
  if (in_force(kMrgRxbuf)) wanted = header_bytes();
  // The legacy header is shorter by num_buffers.
  if (!in_force(virtio_feature::kVersion1)) wanted -= sizeof(Header) - header_bytes();
  if (length >= wanted) return;
  breach(LintRule::kNetBufferSmall, "queue {}: a receive buffer of {} bytes, {} wanted",
         chain.queue, length, wanted);
}

void NetChecker::check_transmit(const WatchedChain& chain) {
  const auto head = chain_head(subject().memory(), chain, header_bytes());
  if (!head) {
    breach(LintRule::kNetHeaderShort, "queue {}: {} bytes sent, the header has {}", chain.queue,
           chain_lengths(chain).readable, header_bytes());
    return;
  }
  Header header{};
  std::memcpy(&header, head->data(), head->size());
  if (header.num_buffers != 0) {
    breach(LintRule::kNetNumBuffers, "queue {}: num_buffers {}", chain.queue, header.num_buffers);
  }
  if (header.flags != 0 && !in_force(kCsum)) {
    breach(LintRule::kNetFlags, "queue {}: flags {:#x}, features {:#x}", chain.queue, header.flags,
           subject().features());
  }
  const uint8_t type = header.gso_type & static_cast<uint8_t>(~kGsoEcn);
  if (header.gso_type == kGsoNone) return;
  const bool negotiated =
      (type == kGsoTcp4 && in_force(kHostTso4)) || (type == kGsoTcp6 && in_force(kHostTso6));
  const bool ecn_ok = !(header.gso_type & kGsoEcn) || in_force(kHostEcn);
  if (negotiated && ecn_ok && (header.flags & kFlagNeedsCsum)) return;
  breach(LintRule::kNetSegmentation, "queue {}: gso_type {:#x}, flags {:#x}, features {:#x}",
         chain.queue, header.gso_type, header.flags, subject().features());
}

}  // namespace vireo
