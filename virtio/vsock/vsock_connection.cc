#include "virtio/vsock/vsock_connection.h"

#include <algorithm>
#include <utility>

namespace vireo {

using namespace virtio_vsock;

VsockConnection::VsockConnection(Ports ports, VsockType type, std::unique_ptr<VsockEnd> end,
                                 bool called_by_guest)
    : ports_(ports), type_(type), end_(std::move(end)), established_(called_by_guest) {
  mark(called_by_guest ? Op::kResponse : Op::kRequest);
}

// --- from the guest ---

VsockConnection::Fate VsockConnection::take(const Header& header, ChainReader& data) {
  if (header.type != type_) return Fate::kReset;
  guest_buffer_ = header.buf_alloc;
  guest_forwarded_ = header.fwd_cnt;
  credit_asked_ = false;
  switch (header.op) {
    case Op::kResponse:
      if (established_) return Fate::kReset;
      established_ = true;
      end_->established(ports_.host);
      return Fate::kStays;
    case Op::kReset:
      return Fate::kGone;
    case Op::kShutdown:
      take_shutdown(header.flags);
      return Fate::kStays;
    case Op::kData:
      return take_data(header, data);
    case Op::kCreditRequest:
      mark(Op::kCreditUpdate);
      return Fate::kStays;
    case Op::kCreditUpdate:
      return Fate::kStays;
    default:
      return Fate::kReset;
  }
}

// Section 5.10.6.3: a guest that sends more than it was given credit for breaks the rules.
VsockConnection::Fate VsockConnection::take_data(const Header& header, ChainReader& data) {
  if (!established_ || (guest_closed_ & kNoSend) != 0) return Fate::kReset;
  if (header.length > kBufferBytes - outgoing_.size()) return Fate::kReset;
  const size_t before = outgoing_.size();
  outgoing_.resize(before + header.length);
  if (!data.read(std::span(outgoing_).subspan(before))) return Fate::kReset;
  if (type_ == VsockType::kSeqpacket) {
    unfinished_ += header.length;
    if ((header.flags & kEndOfMessage) != 0) {
      if (messages_.size() == kMaxMessages) return Fate::kReset;
      messages_.push_back(std::exchange(unfinished_, 0));
    }
  }
  push_to_host();
  return Fate::kStays;
}

void VsockConnection::take_shutdown(uint32_t flags) {
  guest_closed_ |= flags & (kNoReceive | kNoSend);
  if ((guest_closed_ & kNoReceive) != 0) {
    incoming_.clear();
    message_waits_ = false;
  }
  push_to_host();
}

// --- the host ---

void VsockConnection::push_to_host() {
  const bool messages = type_ == VsockType::kSeqpacket;
  while (messages ? !messages_.empty() : !outgoing_.empty()) {
    const size_t length = messages ? messages_.front() : outgoing_.size();
    const auto taken = end_->write(std::span(outgoing_).first(length));
    if (!taken) break;
    outgoing_.erase(outgoing_.begin(), outgoing_.begin() + static_cast<ptrdiff_t>(*taken));
    forwarded_ += static_cast<uint32_t>(*taken);
    if (messages) messages_.pop_front();
  }
  if (forwarded_ - forwarded_told_ >= kBufferBytes / 2) mark(Op::kCreditUpdate);
  const bool all = outgoing_.empty() || end_->broken();
  if ((guest_closed_ & kNoSend) != 0 && all && !end_written_) {
    end_written_ = true;
    end_->end_writing();
  }
}

bool VsockConnection::pull_from_host() {
  if (!established_ || (guest_closed_ & kNoReceive) != 0) return false;
  const bool messages = type_ == VsockType::kSeqpacket;
  if (messages ? message_waits_ : incoming_.size() >= kBufferBytes / 2) return false;
  const size_t before = incoming_.size();
  incoming_.resize(kBufferBytes);
  const auto count = end_->read(std::span(incoming_).subspan(before));
  incoming_.resize(before + count.value_or(0));
  message_waits_ = messages && count.has_value();
  return count.has_value();
}

// Once for each direction, after what was read has gone to the guest.
void VsockConnection::tell_if_host_left() {
  if (!established_ || !incoming_.empty() || message_waits_) return;
  const uint32_t closed =
      (end_->ended() ? kNoSend : 0) | (end_->broken() ? kNoSend | kNoReceive : 0);
  if ((closed & ~host_closed_) == 0) return;
  host_closed_ |= closed;
  mark(Op::kShutdown);
}

bool VsockConnection::poll() {
  push_to_host();
  const bool came = pull_from_host();
  tell_if_host_left();
  return came;
}

bool VsockConnection::finished() const {
  return guest_closed_ == (kNoReceive | kNoSend) && (end_written_ || end_->broken());
}

// --- to the guest ---

uint32_t VsockConnection::credit() const {
  const uint32_t under_way = sent_ - guest_forwarded_;
  return under_way < guest_buffer_ ? guest_buffer_ - under_way : 0;
}

Op VsockConnection::next_op() const {
  for (const Op op : {Op::kRequest, Op::kResponse}) {
    if (marked(op)) return op;
  }
  if (!established_) return Op::kInvalid;
  const bool data = !incoming_.empty() || message_waits_;
  if (data && (incoming_.empty() || credit() > 0)) return Op::kData;
  if (marked(Op::kCreditUpdate)) return Op::kCreditUpdate;
  if (data) return credit_asked_ ? Op::kInvalid : Op::kCreditRequest;
  return marked(Op::kShutdown) ? Op::kShutdown : Op::kInvalid;
}

bool VsockConnection::has_packet() const { return next_op() != Op::kInvalid; }

Header VsockConnection::next_packet(uint32_t room, std::vector<std::byte>& data) {
  const Op op = next_op();
  to_tell_ &=
      ~(1u << static_cast<unsigned>(op)) & ~(1u << static_cast<unsigned>(Op::kCreditUpdate));
  Header header{.src_cid = kHostCid,
                .src_port = ports_.host,
                .dst_port = ports_.guest,
                .type = type_,
                .op = op,
                .buf_alloc = kBufferBytes,
                .fwd_cnt = forwarded_};
  forwarded_told_ = forwarded_;
  data.clear();
  if (op == Op::kShutdown) header.flags = host_closed_;
  if (op == Op::kCreditRequest) credit_asked_ = true;
  if (op != Op::kData) return header;
  const auto count = std::min({incoming_.size(), size_t{room}, size_t{credit()}});
  data.assign(incoming_.begin(), incoming_.begin() + static_cast<ptrdiff_t>(count));
  incoming_.erase(incoming_.begin(), incoming_.begin() + static_cast<ptrdiff_t>(count));
  header.length = static_cast<uint32_t>(count);
  sent_ += header.length;
  if (message_waits_ && incoming_.empty()) {
    header.flags = kEndOfMessage;
    message_waits_ = false;
  }
  return header;
}

}  // namespace vireo
