// The part of NetChecker about control commands (VirtIO 1.4 section 5.1.9.5).
#include <cstdint>

#include "virtio/lint/chain_bytes.h"
#include "virtio/lint/net_checker.h"
#include "virtio/net/net_protocol.h"

namespace vireo {

using namespace virtio_net;

namespace {

constexpr uint64_t bit(unsigned n) { return feature_bit(n); }

constexpr uint8_t kAnyCommand = 0xff;
constexpr uint8_t kCoalescing = 6;

// Which feature a command needs: the first row that fits.
struct ControlNeed {
  uint8_t command_class, command;
  uint64_t feature;
};
constexpr ControlNeed kNeeds[] = {
    {control_class::kRx, rx_command::kPromisc, kCtrlRx},
    {control_class::kRx, rx_command::kAllMulti, kCtrlRx},
    {control_class::kRx, rx_command::kAllUni, kCtrlRxExtra},
    {control_class::kRx, rx_command::kNoMulti, kCtrlRxExtra},
    {control_class::kRx, rx_command::kNoUni, kCtrlRxExtra},
    {control_class::kRx, rx_command::kNoBroadcast, kCtrlRxExtra},
    {control_class::kMac, mac_command::kTableSet, kCtrlRx},
    {control_class::kMac, mac_command::kAddrSet, kCtrlMacAddr},
    {control_class::kVlan, kAnyCommand, kCtrlVlan},
    {control_class::kAnnounce, kAnyCommand, kGuestAnnounce},
    {control_class::kMq, 0, kMultiQueue},
    {control_class::kMq, 1, bit(60)},  // RSS
    {control_class::kMq, 2, bit(57)},  // HASH_REPORT
    {control_class::kOffloads, kAnyCommand, kCtrlGuestOffloads},
    {kCoalescing, 0, bit(53)},
    {kCoalescing, 1, bit(53)},
    {kCoalescing, kAnyCommand, bit(52)},  // of single queues
};

// 0 for a command that needs none or that the table does not have.
uint64_t needed_feature(const ControlHeader& header) {
  for (const ControlNeed& need : kNeeds) {
    if (need.command_class != header.command_class) continue;
    if (need.command == header.command || need.command == kAnyCommand) return need.feature;
  }
  return 0;
}

}  // namespace

void NetChecker::check_control(const WatchedChain& chain) {
  const ChainLengths lengths = chain_lengths(chain);
  const auto header = chain_header<ControlHeader>(subject().memory(), chain);
  if (!header || lengths.writable == 0) {
    return breach(LintRule::kNetControlShort, "queue {}: {} readable bytes, {} writable ones",
                  chain.queue, lengths.readable, lengths.writable);
  }
  const uint64_t feature = needed_feature(*header);
  if (feature != 0 && !in_force(feature)) {
    return breach(LintRule::kNetControlNotNegotiated, "class {}, command {}, features {:#x}",
                  header->command_class, header->command, subject().features());
  }
  if (header->command_class == control_class::kMq && header->command == 0) check_pairs(chain);
  if (header->command_class == control_class::kOffloads) check_offloads(chain);
}

void NetChecker::check_pairs(const WatchedChain& chain) {
  const auto pairs = chain_header<uint16_t>(subject().memory(), chain, sizeof(ControlHeader));
  const auto most = config_head<Config>().max_pairs;
  if (pairs && *pairs != 0 && *pairs <= most) return;
  breach(LintRule::kNetQueuePairs, "{} pairs, max_virtqueue_pairs is {}", pairs.value_or(0),
         most);
}

void NetChecker::check_offloads(const WatchedChain& chain) {
  const auto wanted = chain_header<uint64_t>(subject().memory(), chain, sizeof(ControlHeader));
  if (!wanted || (*wanted & ~subject().features()) == 0) return;
  breach(LintRule::kNetOffloadNotNegotiated, "offloads {:#x}, features {:#x}", *wanted,
         subject().features());
}

}  // namespace vireo
