#include "virtio/lint/small_checkers.h"

#include <algorithm>
#include <cstring>

#include "virtio/balloon/balloon_protocol.h"
#include "virtio/console/console_protocol.h"
#include "virtio/lint/chain_bytes.h"
#include "virtio/vsock/vsock_protocol.h"

namespace vireo {
namespace {

// Queues of a balloon (5.5.2), with deflate between: the third is there with STATS_VQ, and what
// follows is not told in arrays of numbers.
constexpr unsigned kInflate = 0, kStats = 2;
// As many page numbers of a chain are looked at; Linux gives 256.
constexpr uint64_t kMaxPages = 1024;

constexpr unsigned kSocketTransmit = 1;  // 5.10.2

// What a driver may say (5.3.6.2): the other events are the device's.
bool is_drivers_event(virtio_console::ControlEvent event) {
  using virtio_console::ControlEvent;
  return event == ControlEvent::kDeviceReady || event == ControlEvent::kPortReady ||
         event == ControlEvent::kPortOpen;
}

}  // namespace

void RngChecker::on_chain(const WatchedChain& chain) {
  const uint64_t readable = chain_lengths(chain).readable;
  if (!chain.failure.empty() || readable == 0) return;
  breach(LintRule::kRngReadable, "queue {}: {} readable bytes", chain.queue, readable);
}

void ConsoleChecker::on_chain(const WatchedChain& chain) {
  if (!chain.failure.empty()) return;
  const ChainLengths lengths = chain_lengths(chain);
  const bool transmits = chain.queue % 2 != 0;
  if ((transmits ? lengths.writable : lengths.readable) != 0) {
    breach(LintRule::kConsoleDirection, "{} queue {}: {} readable bytes, {} writable ones",
           transmits ? "transmit" : "receive", chain.queue, lengths.readable, lengths.writable);
  }
  const bool multiport = in_force(virtio_console::kMultiport);
  if (multiport && chain.queue == virtio_console::kControlTransmit) check_control(chain);
}

void ConsoleChecker::check_control(const WatchedChain& chain) {
  using virtio_console::ControlMessage;
  const uint64_t bytes = chain_lengths(chain).readable;
  const auto message = chain_header<ControlMessage>(subject().memory(), chain);
  if (message && bytes == sizeof(ControlMessage) && is_drivers_event(message->event)) return;
  breach(LintRule::kConsoleControl, "queue {}: a message of {} bytes, event {}", chain.queue, bytes,
         message ? static_cast<int>(message->event) : -1);
}

void BalloonChecker::on_chain(const WatchedChain& chain) {
  if (!chain.failure.empty() || chain.queue > kStats) return;
  const bool stats = chain.queue == kStats;
  if (stats && !in_force(virtio_balloon::kStatsQueue)) return;
  const ChainLengths lengths = chain_lengths(chain);
  if (lengths.writable != 0) {
    breach(LintRule::kBalloonDirection, "queue {}: {} writable bytes", chain.queue,
           lengths.writable);
  }
  if (!stats) return check_pages(chain, lengths.readable);
  if (lengths.readable % virtio_balloon::kStatBytes == 0) return;
  breach(LintRule::kBalloonStats, "queue {}: statistics of {} bytes", chain.queue,
         lengths.readable);
}

void BalloonChecker::check_pages(const WatchedChain& chain, uint64_t bytes) {
  const char* queue = chain.queue == kInflate ? "inflate" : "deflate";
  if (bytes == 0 || bytes % sizeof(uint32_t) != 0) {
    breach(LintRule::kBalloonPages, "{} queue: {} bytes of page numbers", queue, bytes);
  }
  const uint64_t pages = std::min(bytes / sizeof(uint32_t), kMaxPages);
  const auto numbers = chain_head(subject().memory(), chain, pages * sizeof(uint32_t));
  for (uint64_t i = 0; numbers && i < pages; ++i) {
    uint32_t page = 0;
    std::memcpy(&page, numbers->data() + i * sizeof page, sizeof page);
    const GuestAddr addr{page * virtio_balloon::kPageBytes};
    if (subject().memory().contains(addr, virtio_balloon::kPageBytes)) continue;
    return breach(LintRule::kBalloonPages, "{} queue: page {:#x} is no memory", queue, page);
  }
}

void VsockChecker::on_chain(const WatchedChain& chain) {
  if (!chain.failure.empty()) return;
  const ChainLengths lengths = chain_lengths(chain);
  const bool transmits = chain.queue == kSocketTransmit;
  if ((transmits ? lengths.writable : lengths.readable) != 0) {
    breach(LintRule::kVsockDirection, "queue {}: {} readable bytes, {} writable ones", chain.queue,
           lengths.readable, lengths.writable);
  }
  if (transmits) check_packet(chain, lengths.readable);
}

void VsockChecker::check_packet(const WatchedChain& chain, uint64_t bytes) {
  using namespace virtio_vsock;
  const auto head = chain_head(subject().memory(), chain, kHeaderBytes);
  Header header;
  if (head) std::memcpy(static_cast<void*>(&header), head->data(), kHeaderBytes);
  if (!head || header.length != bytes - kHeaderBytes) {
    return breach(LintRule::kVsockHeader, "queue {}: a packet of {} bytes, its header says {}",
                  chain.queue, bytes, header.length);
  }
  const auto cid = config_head<uint64_t>();
  if (header.src_cid == cid && header.dst_cid <= UINT32_MAX) return;
  breach(LintRule::kVsockAddress, "queue {}: from {:#x} to {:#x}, guest_cid is {:#x}", chain.queue,
         header.src_cid, header.dst_cid, cid);
}

}  // namespace vireo
