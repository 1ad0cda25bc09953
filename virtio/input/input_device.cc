#include "virtio/input/input_device.h"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <iterator>
#include <utility>

#include "virtio/input/input_config.h"
#include "virtio/queue/chain_io.h"

namespace vireo {

using namespace virtio_input;

namespace {

constexpr uint16_t kButtons[] = {kBtnLeft, kBtnRight, kBtnMiddle};
constexpr uint8_t kAllButtons = 7;

void add_moves(std::vector<Event>& packet, uint16_t code, int value) {
  if (value != 0) packet.push_back({kEvRel, code, static_cast<uint32_t>(value)});
}

void add_place(std::vector<Event>& packet, uint16_t code, std::optional<uint16_t> value) {
  if (value) packet.push_back({kEvAbs, code, std::min<uint32_t>(*value, kAbsMax)});
}

void add_buttons(std::vector<Event>& packet, unsigned before, unsigned now) {
  for (unsigned i = 0; i < std::size(kButtons); ++i) {
    const unsigned bit = 1u << i;
    if (((before ^ now) & bit) != 0) packet.push_back({kEvKey, kButtons[i], (now & bit) != 0});
  }
}

}  // namespace

bool VirtioInput::turn_key(uint16_t code, bool pressed) {
  return send({{kEvKey, code, pressed}});
}

bool VirtioInput::point(const PointerChange& change) {
  const bool mouse = kind() == InputKind::kMouse;
  const auto pressed = static_cast<uint8_t>(change.buttons & kAllButtons);
  std::vector<Event> packet;
  if (mouse) add_moves(packet, kRelX, change.dx);
  if (mouse) add_moves(packet, kRelY, change.dy);
  if (!mouse) add_place(packet, kAbsX, change.x);
  if (!mouse) add_place(packet, kAbsY, change.y);
  if (options_.wheel_axis) add_moves(packet, kRelWheel, change.wheel);
  add_buttons(packet, buttons_, pressed);
  if (!send(std::move(packet))) return false;
  buttons_ = pressed;
  return true;
}

bool VirtioInput::send(std::vector<Event> packet) {
  if (packet.empty()) return true;
  packet.push_back({kEvSyn, kSynReport, 0});
  if (waiting_.size() + packet.size() > kMaxWaiting) return false;
  waiting_.insert(waiting_.end(), packet.begin(), packet.end());
  host().queue_ready(kEventQueue);
  return true;
}

void VirtioInput::read_config(std::span<std::byte> out) const {
  const Config config = input_config(options_, select_, subsel_);
  std::memcpy(out.data(), &config, std::min(out.size(), sizeof config));
}

void VirtioInput::write_config(uint32_t offset, std::span<const std::byte> bytes) {
  for (const std::byte byte : bytes) {
    if (offset == offsetof(Config, select)) select_ = static_cast<Select>(byte);
    if (offset == offsetof(Config, subsel)) subsel_ = std::to_integer<uint8_t>(byte);
    ++offset;
  }
}

QueueWork VirtioInput::process_queue(unsigned index, Virtqueue& queue) {
  return index == kEventQueue ? give_events(queue) : take_status(queue);
}

// A buffer too small for an event comes back empty, and the event goes to the next one.
QueueWork VirtioInput::give_events(Virtqueue& queue) {
  for (unsigned taken = 0; taken < kChainsPerEvent; ++taken) {
    if (waiting_.empty()) return QueueWork::kPaused;
    const auto chain = queue.pop();
    if (!chain) return QueueWork::kDrained;
    ChainWriter writer(host().memory(), *chain);
    if (writer.write(waiting_.front())) waiting_.pop_front();
    queue.push(*chain, writer.written());
  }
  return QueueWork::kMore;
}

// Section 5.8.6.2: the driver's events, of which LEDs are the only ones that mean something here.
QueueWork VirtioInput::take_status(Virtqueue& queue) {
  for (unsigned taken = 0; taken < kChainsPerEvent; ++taken) {
    const auto chain = queue.pop();
    if (!chain) return QueueWork::kDrained;
    const auto event = ChainReader(host().memory(), *chain).read<Event>();
    if (event && event->type == kEvLed && event->code <= kLedScrollLock) {
      const unsigned bit = 1u << event->code;
      leds_ = static_cast<uint8_t>(event->value != 0 ? leds_ | bit : leds_ & ~bit);
    }
    queue.push(*chain, 0);
  }
  return QueueWork::kMore;
}

void VirtioInput::reset() {
  select_ = Select::kUnset;
  subsel_ = 0;
  buttons_ = 0;
  leds_ = 0;
  waiting_.clear();
}

void VirtioInput::visit(Archive& archive) {
  archive.io(select_);
  archive.io(subsel_);
  archive.io(buttons_);
  archive.io(leds_);
  std::vector<Event> waiting(waiting_.begin(), waiting_.end());
  archive.io(waiting, kMaxWaiting);
  waiting_.assign(waiting.begin(), waiting.end());
}

}  // namespace vireo
