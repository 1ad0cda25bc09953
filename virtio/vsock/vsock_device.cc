#include "virtio/vsock/vsock_device.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>

#include "virtio/queue/chain_io.h"

namespace vireo {

using namespace virtio_vsock;

namespace {

constexpr unsigned kReceive = 0, kTransmit = 1, kEvents = 2;

std::optional<Header> read_header(ChainReader& reader) {
  Header header;
  const auto bytes = std::as_writable_bytes(std::span(&header, 1)).first(kHeaderBytes);
  return reader.read(bytes) ? std::optional(header) : std::nullopt;
}

}  // namespace

VirtioVsock::VirtioVsock(VsockHost& outside, const VirtioVsockOptions& options)
    : outside_(outside), options_(options) {}

uint64_t VirtioVsock::device_features() const {
  return kStreamFeature | (options_.seqpacket ? kSeqpacketFeature : 0);
}

void VirtioVsock::read_config(std::span<std::byte> out) const {
  std::memcpy(out.data(), &options_.guest_cid, std::min(out.size(), sizeof options_.guest_cid));
}

QueueWork VirtioVsock::process_queue(unsigned index, Virtqueue& queue) {
  if (index == kReceive) return send_packets(queue);
  return index == kTransmit ? take_packets(queue) : send_event(queue);
}

// --- from the guest ---

QueueWork VirtioVsock::take_packets(Virtqueue& queue) {
  QueueWork work = QueueWork::kMore;
  for (unsigned taken = 0; taken < kChainsPerEvent; ++taken) {
    const auto chain = queue.pop();
    if (!chain) {
      work = QueueWork::kDrained;
      break;
    }
    ChainReader reader(host().memory(), *chain);
    take_packet(reader);
    queue.push(*chain, 0);
  }
  if (has_packet()) host().queue_ready(kReceive);
  return work;
}

// Without any feature bit a driver means streams (section 5.10.3).
bool VirtioVsock::type_offered(VsockType type) const {
  if (type == VsockType::kStream) return true;
  return type == VsockType::kSeqpacket && (host().features() & kSeqpacketFeature) != 0;
}

void VirtioVsock::take_packet(ChainReader& reader) {
  const auto header = read_header(reader);
  if (!header || header->src_cid != options_.guest_cid || header->dst_cid != kHostCid) return;
  if (header->length > reader.remaining()) return;
  if (!type_offered(header->type)) return refuse(*header);
  const auto at = connections_.find({header->src_port, header->dst_port});
  if (at != connections_.end()) return settle(at, at->second.take(*header, reader));
  if (header->op == Op::kRequest) return take_request(*header, reader);
  refuse(*header);
}

void VirtioVsock::take_request(const Header& header, ChainReader& reader) {
  if (connections_.size() == kMaxConnections) return refuse(header);
  auto end = outside_.connect(header.dst_port, header.type);
  if (end == nullptr) return refuse(header);
  const Ports ports{header.src_port, header.dst_port};
  const auto [at, made] = connections_.try_emplace(ports, ports, header.type, std::move(end), true);
  Header credit = header;
  credit.op = Op::kCreditUpdate;
  settle(at, at->second.take(credit, reader));
}

// Section 5.10.6.4.1; a reset is never answered by one.
void VirtioVsock::refuse(const Header& header) {
  if (header.op != Op::kReset) add_reset({header.src_port, header.dst_port}, header.type);
}

void VirtioVsock::add_reset(Ports ports, VsockType type) {
  if (resets_.size() < kMaxStrayResets) resets_.push_back({ports, type});
}

void VirtioVsock::settle(std::map<Ports, VsockConnection>::iterator at,
                         VsockConnection::Fate fate) {
  const bool over = fate == VsockConnection::Fate::kReset || at->second.finished();
  if (over) add_reset(at->first, at->second.type());
  if (over || fate == VsockConnection::Fate::kGone) connections_.erase(at);
}

// --- to the guest ---

bool VirtioVsock::has_packet() const {
  return !resets_.empty() ||
         std::any_of(connections_.begin(), connections_.end(),
                     [](const auto& entry) { return entry.second.has_packet(); });
}

// Something waits. Resets go first; then the connections take turns.
Header VirtioVsock::next_packet(uint32_t room, std::vector<std::byte>& data) {
  if (!resets_.empty()) {
    const StrayReset reset = resets_.front();
    resets_.erase(resets_.begin());
    data.clear();
    return {.src_cid = kHostCid,
            .src_port = reset.ports.host,
            .dst_port = reset.ports.guest,
            .type = reset.type,
            .op = Op::kReset};
  }
  auto at = connections_.upper_bound(last_served_);
  for (;;) {
    if (at == connections_.end()) at = connections_.begin();
    if (at->second.has_packet()) break;
    ++at;
  }
  last_served_ = at->first;
  return at->second.next_packet(room, data);
}

QueueWork VirtioVsock::send_packets(Virtqueue& queue) {
  running_ = true;
  std::vector<std::byte> data;
  for (unsigned taken = 0; has_packet(); ++taken) {
    if (taken == kChainsPerEvent) return QueueWork::kMore;
    const auto chain = queue.pop();
    if (!chain) return QueueWork::kDrained;
    ChainWriter writer(host().memory(), *chain);
    if (writer.remaining() > kHeaderBytes) {
      Header header = next_packet(writer.remaining() - kHeaderBytes, data);
      header.dst_cid = options_.guest_cid;
      writer.write(std::as_bytes(std::span(&header, 1)).first(kHeaderBytes));
      writer.write(std::span<const std::byte>(data));
    }
    queue.push(*chain, writer.written());
  }
  return QueueWork::kPaused;
}

QueueWork VirtioVsock::send_event(Virtqueue& queue) {
  if (!connections_lost_) return QueueWork::kPaused;
  const auto chain = queue.pop();
  if (!chain) return QueueWork::kDrained;
  connections_lost_ = false;
  ChainWriter writer(host().memory(), *chain);
  writer.write(kTransportReset);
  queue.push(*chain, writer.written());
  return QueueWork::kPaused;
}

// --- the host ---

bool VirtioVsock::accept_calls() {
  bool came = false;
  while (connections_.size() < kMaxConnections) {
    auto call = outside_.accept();
    if (!call) break;
    // A type that the driver does not know: the caller finds its connection closed.
    if (!type_offered(call->type)) continue;
    const Ports ports{call->guest_port, next_host_port_};
    next_host_port_ = std::max(next_host_port_ + 1, kFirstHostPort);
    connections_.try_emplace(ports, ports, call->type, std::move(call->end), false);
    came = true;
  }
  return came;
}

bool VirtioVsock::poll_input() {
  if (!running_) return false;
  if (connections_lost_) host().queue_ready(kEvents);
  bool came = accept_calls();
  for (auto at = connections_.begin(); at != connections_.end();) {
    const auto current = at++;
    if (current->second.poll()) came = true;
    settle(current, VsockConnection::Fate::kStays);
  }
  if (has_packet()) host().queue_ready(kReceive);
  return came;
}

void VirtioVsock::reset() {
  running_ = false;
  connections_.clear();
  last_served_ = {};
  resets_.clear();
  next_host_port_ = kFirstHostPort;
  connections_lost_ = false;
}

void VirtioVsock::visit(Archive& archive) {
  bool lost = connections_lost_ || !connections_.empty();
  archive.io(running_);
  archive.io(next_host_port_);
  archive.io(lost);
  if (archive.saving()) return;
  connections_lost_ = lost;
  connections_.clear();
  resets_.clear();
  last_served_ = {};
}

}  // namespace vireo
