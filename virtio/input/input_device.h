// virtio-input: a keyboard, mouse or tablet (VirtIO 1.4 section 5.8).
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <vector>

#include "virtio/device.h"
#include "virtio/input/input_options.h"
#include "virtio/input/input_protocol.h"

namespace vireo {

// What a mouse or tablet did at once.
struct PointerChange {
  int dx = 0, dy = 0;  // points to the right and down; a mouse's
  std::optional<uint16_t> x = {}, y = {};  // 0 to kAbsMax from the upper left; a tablet's
  int wheel = 0;                 // notches away from the user
  uint8_t buttons = 0;           // that are pressed now: bit 0 left, 1 right, 2 middle
};

// What happens is told in packets that end in a SYN_REPORT. They wait for buffers of the driver,
// up to a bound; one that does not fit is lost whole.
class VirtioInput final : public VirtioDevice {
 public:
  static constexpr uint64_t kKickDelayNs = 1'000;
  static constexpr size_t kMaxWaiting = 512;  // events
  static constexpr unsigned kChainsPerEvent = 64;

  explicit VirtioInput(VirtioInputOptions options) : options_(std::move(options)) {}

  InputKind kind() const { return options_.kind; }
  // For a keyboard: the number of a key (evdev). False when it is lost.
  bool turn_key(uint16_t code, bool pressed);
  // Whether so many turns of keys would not be lost.
  bool has_room(size_t turns) const { return waiting_.size() + 2 * turns <= kMaxWaiting; }
  // For the others. What the device cannot do is left out.
  bool point(const PointerChange& change);
  uint8_t buttons() const { return buttons_; }
  // As the driver wants them: bit 0 Num Lock, 1 Caps Lock, 2 Scroll Lock.
  uint8_t leds() const { return leds_; }

  uint16_t type_id() const override { return virtio_type::kInput; }
  uint64_t device_features() const override { return 0; }
  unsigned queue_count() const override { return 2; }
  uint16_t max_queue_size(unsigned) const override { return 64; }
  uint32_t config_size() const override { return sizeof(virtio_input::Config); }
  void read_config(std::span<std::byte> out) const override;
  void write_config(uint32_t offset, std::span<const std::byte> bytes) override;
  QueueWork process_queue(unsigned index, Virtqueue& queue) override;
  uint64_t kick_delay_ns() const override { return kKickDelayNs; }
  void reset() override;
  void visit(Archive& archive) override;

 private:
  bool send(std::vector<virtio_input::Event> packet);
  QueueWork give_events(Virtqueue& queue);
  QueueWork take_status(Virtqueue& queue);

  VirtioInputOptions options_;
  virtio_input::Select select_ = virtio_input::Select::kUnset;
  uint8_t subsel_ = 0;
  uint8_t buttons_ = 0;
  uint8_t leds_ = 0;
  std::deque<virtio_input::Event> waiting_;
};

}  // namespace vireo
