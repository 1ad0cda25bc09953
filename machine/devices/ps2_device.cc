#include "machine/devices/ps2_device.h"

namespace vireo {

void Ps2Device::visit(Archive& archive) {
  archive.io(queue_);
  archive.io(head_);
  archive.io(count_);
  archive.io(last_);
  if (head_ >= kQueueSize || count_ > kQueueSize) {
    archive.fail();
    clear_queue();
  }
}

uint8_t Ps2Device::take() {
  if (count_ == 0) return last_;
  last_ = queue_[head_];
  head_ = static_cast<uint8_t>((head_ + 1) % kQueueSize);
  --count_;
  return last_;
}

bool Ps2Device::queue(std::span<const uint8_t> bytes) {
  if (bytes.size() > kQueueSize - count_) return false;
  for (const uint8_t byte : bytes) queue_[(head_ + count_++) % kQueueSize] = byte;
  return true;
}

}  // namespace vireo
