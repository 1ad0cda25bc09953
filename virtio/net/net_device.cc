#include "virtio/net/net_device.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "machine/base/trace_event.h"
#include "virtio/net/checksum.h"
#include "virtio/net/net_config.h"
#include "virtio/net/segmentation.h"
#include "virtio/queue/chain_io.h"

namespace vireo {

using namespace virtio_net;
using Segments = FrameOffload::Segments;

Result<std::unique_ptr<VirtioNet>> VirtioNet::create(NetBackend& backend,
                                                     const VirtioNetOptions& options) {
  if (Result<void> checked = check_net_options(options); !checked) return checked.error();
  return std::unique_ptr<VirtioNet>(new VirtioNet(backend, options));
}

VirtioNet::VirtioNet(NetBackend& backend, const VirtioNetOptions& options)
    : backend_(backend), options_(options), sender_(backend), backlog_(max_pairs()) {
  settings_.mac = options.mac;
}

uint64_t VirtioNet::device_features() const { return net_features(options_); }

unsigned VirtioNet::queue_count() const { return 2 * max_pairs() + (options_.ctrl_vq ? 1 : 0); }

uint16_t VirtioNet::max_queue_size(unsigned index) const {
  if (index == 2 * max_pairs()) return kControlQueueSize;
  return static_cast<uint16_t>(index % 2 == 0 ? options_.rx_queue_size : options_.tx_queue_size);
}

unsigned VirtioNet::control_index() const { return negotiated(kMultiQueue) ? 2 * max_pairs() : 2; }

// What the driver takes now; segments need a driver that completes checksums.
uint64_t VirtioNet::guest_offloads() const {
  const uint64_t bits = host().features() & settings_.offloads.value_or(kOffloadMask);
  return bits & kGuestCsum ? bits & kOffloadMask : 0;
}

// --- configuration ---

uint32_t VirtioNet::config_size() const { return net_config_bytes(options_); }

void VirtioNet::read_config(std::span<std::byte> out) const {
  Config config{};
  config.mac = settings_.mac;
  config.status =
      static_cast<uint16_t>((link_up_ ? kLinkUp : 0) | (settings_.announce_wanted ? kAnnounce : 0));
  config.max_pairs = static_cast<uint16_t>(max_pairs());
  config.mtu = options_.host_mtu;
  config.speed = options_.speed != 0 ? options_.speed : kSpeedUnknown;
  config.duplex = options_.full_duplex ? kFullDuplex : 0;
  std::memcpy(out.data(), &config, std::min(out.size(), sizeof config));
}

// Only the address, and only by legacy drivers, which had no command for it (5.1.4.2).
void VirtioNet::write_config(uint32_t offset, std::span<const std::byte> bytes) {
  if (!host().legacy_session() || offset >= settings_.mac.size()) return;
  const size_t count = std::min(bytes.size(), settings_.mac.size() - offset);
  std::memcpy(settings_.mac.data() + offset, bytes.data(), count);
}

void VirtioNet::set_link(bool up) {
  if (link_up_ == up) return;
  link_up_ = up;
  if (!up) backlog_.clear();
  if (negotiated(kStatus)) host().config_changed();
}

void VirtioNet::announce() {
  if (!negotiated(kGuestAnnounce)) return;
  settings_.announce_wanted = true;
  host().config_changed();
}

// --- queues ---

QueueWork VirtioNet::process_queue(unsigned index, Virtqueue& queue) {
  if (index == control_index()) return negotiated(kCtrlVq) ? control(queue) : QueueWork::kPaused;
  const unsigned pair = index / 2;
  if (index > control_index() || pair >= settings_.pairs) return QueueWork::kPaused;
  return index % 2 == 0 ? receive(pair, queue) : transmit(pair, queue);
}

QueueWork VirtioNet::transmit(unsigned pair, Virtqueue& queue) {
  NetCounters& sent = statistics_.sent;
  const uint64_t before = sent.frames + sent.dropped;
  const uint64_t bytes_before = sent.bytes;
  size_t work = 0;
  QueueWork left = QueueWork::kMore;
  while (work < kFramesPerEvent && sent.bytes - bytes_before < kBytesPerEvent) {
    if (!backend_.ready()) {
      waiting_to_send_ |= uint64_t{1} << pair;
      left = QueueWork::kPaused;
      break;
    }
    const auto chain = queue.pop();
    if (!chain) {
      left = QueueWork::kDrained;
      break;
    }
    work += 1 + transmit_chain(pair, *chain);
    queue.push(*chain, 0);
  }
  if (sent.frames + sent.dropped != before) ++sent.batches;
  take_input();
  return left;
}

void VirtioNet::tell_frame(std::string_view kind, size_t bytes, unsigned pair) const {
  if (!TraceEvents::on(LogItem::kNet)) return;
  TraceEvents::tell(LogItem::kNet, kind,
                    {TraceField::word("network", backend_.description()),
                     TraceField::count("pair", pair), TraceField::count("bytes", bytes)});
}

// How many frames that made.
size_t VirtioNet::transmit_chain(unsigned pair, const DescriptorChain& chain) {
  NetCounters& sent = statistics_.sent;
  const auto frame = reader_.take(host().memory(), chain, host().features());
  size_t frames = 0;
  if (frame && link_up_) {
    steering_.sent(frame->bytes, pair);
    frames = sender_.send(frame->bytes, frame->offload);
  }
  if (frames == 0) {
    ++sent.dropped;
    return 0;
  }
  ++sent.frames;
  sent.bytes += frame->bytes.size();
  tell_frame("net_sent", frame->bytes.size(), pair);
  return frames;
}

// The driver is asked for kicks only while frames wait for its buffers.
QueueWork VirtioNet::receive(unsigned pair, Virtqueue& queue) {
  NetCounters& received = statistics_.received;
  const uint64_t before = received.frames;
  unsigned work = 0;
  while (work < kFramesPerEvent && !backlog_.empty(pair)) {
    const WaitingFrame& frame = backlog_.front(pair);
    const FrameFit fit = store_frame(queue, host().memory(), frame, host().features());
    if (fit == FrameFit::kNoRoom) break;
    if (fit == FrameFit::kStored) {
      ++received.frames;
      received.bytes += frame.bytes.size();
      tell_frame("net_received", frame.bytes.size(), pair);
    } else {
      ++received.dropped;
    }
    backlog_.pop(pair);
    ++work;
  }
  if (received.frames != before) ++received.batches;
  return work == kFramesPerEvent ? QueueWork::kMore : QueueWork::kPaused;
}

// --- control ---

QueueWork VirtioNet::control(Virtqueue& queue) {
  for (unsigned i = 0; i < kControlQueueSize; ++i) {
    const auto chain = queue.pop();
    if (!chain) return QueueWork::kDrained;
    queue.push(*chain, control_chain(*chain));
  }
  return QueueWork::kMore;
}

// Bytes written: the one of the answer, or none when there is no room for it.
uint32_t VirtioNet::control_chain(const DescriptorChain& chain) {
  ChainReader in(host().memory(), chain);
  ChainWriter out(host().memory(), chain);
  if (out.remaining() == 0) return 0;
  ControlAck ack = ControlAck::kError;
  const auto header = in.read<ControlHeader>();
  if (header && in.remaining() <= kMaxControlBytes) {
    scratch_.resize(in.remaining());
    const NetSettings before = settings_;
    if (in.read(scratch_)) {
      ack = run_net_control(settings_, host().features(), static_cast<uint16_t>(max_pairs()),
                            *header, scratch_);
    }
    settings_changed(before);
    Log::print(LogItem::kVirtio, "virtio-net: control {}.{}: {}", header->command_class,
               header->command, ack == ControlAck::kOk ? "done" : "refused");
  }
  out.write(ack);
  return out.written();
}

void VirtioNet::settings_changed(const NetSettings& before) {
  if (settings_.offloads != before.offloads) backlog_.drop_offloads();
  if (settings_.pairs == before.pairs) return;
  steering_.set_pairs(settings_.pairs);
  backlog_.clear_from(settings_.pairs);
  for (unsigned index = 0; index < 2u * settings_.pairs; ++index) host().queue_ready(index);
}

// --- input ---

bool VirtioNet::poll_input() {
  backend_.poll();
  for (; waiting_to_send_ != 0 && backend_.ready(); waiting_to_send_ &= waiting_to_send_ - 1) {
    host().queue_ready(2 * static_cast<unsigned>(std::countr_zero(waiting_to_send_)) + 1);
  }
  return take_input();
}

bool VirtioNet::take_input() {
  bool any = false;
  while (!backlog_.full()) {
    const auto frame = backend_.receive();
    if (!frame) break;
    any = true;
    take_frame(*frame);
  }
  if (any) wake_receivers();
  return any;
}

void VirtioNet::take_frame(const NetFrame& frame) {
  const RxFilter::Enabled enabled{negotiated(kCtrlRx), negotiated(kCtrlVlan)};
  const bool sound = frame.bytes.size() >= kEthernetHeader && frame.bytes.size() <= kLargestFrame;
  if (!sound || !link_up_) {
    ++statistics_.received.dropped;
    return;
  }
  // What the driver does not want is not lost.
  if (!settings_.filter.accepts(frame.bytes, settings_.mac, enabled)) return;
  const bool kept =
      frame.offload.segments != Segments::kNone ? keep_segments(frame) : keep_frame(frame);
  if (!kept) ++statistics_.received.dropped;
}

bool VirtioNet::keep_segments(const NetFrame& frame) {
  const uint64_t wanted = frame.offload.segments == Segments::kTcp4 ? kGuestTso4 : kGuestTso6;
  const uint64_t offloads = guest_offloads();
  const bool ecn_ok = !frame.offload.ecn || (offloads & kGuestEcn);
  const bool whole = frame.offload.needs_checksum && frame.offload.segment_size != 0;
  if ((offloads & wanted) && ecn_ok && whole) {
    return backlog_.push(steering_.pair_of(frame.bytes), frame, false);
  }
  bool kept = false;
  segment_tcp(frame.bytes, frame.offload, scratch_, [&](std::span<const std::byte> segment) {
    kept |= keep_frame({segment, {.checksum_valid = true}});
  });
  return kept;
}

bool VirtioNet::keep_frame(const NetFrame& frame) {
  const uint64_t offloads = guest_offloads();
  NetFrame kept = frame;
  std::vector<std::byte> completed;
  if (!(offloads & kGuestCsum)) {
    kept.offload = {};
    if (frame.offload.needs_checksum) {
      completed.assign(frame.bytes.begin(), frame.bytes.end());
      if (!complete_checksum(completed, frame.offload.checksum_start,
                             frame.offload.checksum_offset)) {
        return false;
      }
      kept.bytes = completed;
    }
  }
  const auto packet = parse_ip(frame.bytes);
  const bool join = packet && (offloads & (packet->v6 ? kGuestTso6 : kGuestTso4));
  return backlog_.push(steering_.pair_of(kept.bytes), kept, join);
}

void VirtioNet::wake_receivers() {
  for (unsigned pair = 0; pair < settings_.pairs; ++pair) {
    if (!backlog_.empty(pair)) host().queue_ready(2 * pair);
  }
}

// --- life ---

void VirtioNet::reset() {
  settings_ = {};
  settings_.mac = options_.mac;
  steering_.reset();
  backlog_.clear();
  waiting_to_send_ = 0;
}

void VirtioNet::visit(Archive& archive) {
  settings_.visit(archive);
  steering_.visit(archive);
  backlog_.visit(archive);
  archive.io(link_up_);
  archive.io(waiting_to_send_);
  if (settings_.pairs == 0 || settings_.pairs > max_pairs() ||
      steering_.pairs() != settings_.pairs) {
    archive.fail();
    settings_.pairs = 1;
    steering_.reset();
  }
}

}  // namespace vireo
