#include "machine/board/mux_channel.h"

#include <string_view>
#include <utility>

namespace vireo {
namespace {

constexpr uint8_t kCtrlA = 0x01;
// What may wait for one user.
constexpr size_t kMaxAhead = 4096;

constexpr std::string_view kHelp =
    "\r\n"
    "Ctrl-A H       this help\r\n"
    "Ctrl-A X       quit vireo\r\n"
    "Ctrl-A C       switch between the guest and the monitor\r\n"
    "Ctrl-A Ctrl-A  send Ctrl-A\r\n";

}  // namespace

class MuxChannel::Front final : public ByteChannel {
 public:
  explicit Front(MuxChannel& mux) : mux_(mux) {}
  void write(std::span<const uint8_t> bytes) override { mux_.channel_->write(bytes); }
  std::optional<uint8_t> read() override {
    mux_.pump();
    if (ahead.empty()) return std::nullopt;
    const uint8_t byte = ahead.front();
    ahead.pop_front();
    return byte;
  }
  void flush() override { mux_.channel_->flush(); }
  bool connected() const override { return mux_.channel_->connected(); }
  std::optional<TerminalSize> terminal_size() const override {
    return mux_.channel_->terminal_size();
  }
  bool take_arrival() override { return std::exchange(arrived, false); }

  std::deque<uint8_t> ahead;
  bool arrived = false;

 private:
  MuxChannel& mux_;
};

MuxChannel::MuxChannel(std::unique_ptr<ByteChannel> channel, std::function<void()> quit)
    : channel_(std::move(channel)), quit_(std::move(quit)) {}
MuxChannel::~MuxChannel() = default;

ByteChannel& MuxChannel::add_front() {
  return *fronts_.emplace_back(std::make_unique<Front>(*this));
}

void MuxChannel::pump() {
  if (channel_->take_arrival()) fronts_[focus_]->arrived = true;
  while (fronts_[focus_]->ahead.size() < kMaxAhead) {
    const auto byte = channel_->read();
    if (!byte) return;
    take(*byte);
  }
}

void MuxChannel::take(uint8_t byte) {
  if (std::exchange(escaped_, false)) return escape(byte);
  if (byte == kCtrlA) {
    escaped_ = true;
  } else {
    fronts_[focus_]->ahead.push_back(byte);
  }
}

void MuxChannel::escape(uint8_t key) {
  switch (key) {
    case kCtrlA:
      fronts_[focus_]->ahead.push_back(key);
      break;
    case 'c':
    case 'C':
      turn();
      break;
    case 'x':
    case 'X':
      quit_();
      break;
    case 'h':
    case 'H':
    case '?':
      channel_->write({reinterpret_cast<const uint8_t*>(kHelp.data()), kHelp.size()});
      break;
    default:
      break;
  }
}

void MuxChannel::turn() {
  focus_ = (focus_ + 1) % fronts_.size();
  fronts_[focus_]->arrived = true;
}

}  // namespace vireo
