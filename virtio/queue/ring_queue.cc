#include "virtio/queue/ring_queue.h"

namespace vireo {

void RingQueue::start(const QueueLayout& layout, const RingFeatures& features) {
  stop();
  is_packed_ = features.packed;
  ring().start(layout, features);
}

void RingQueue::set_features(const RingFeatures& features) {
  if (ring().started() && features.packed != is_packed_) {
    const QueueLayout layout = ring().layout();
    start(layout, features);
  } else {
    ring().set_features(features);
  }
}

void RingQueue::stop() {
  split_.stop();
  packed_.stop();
  is_packed_ = false;
}

void RingQueue::set_watch(DriverWatch* watch, unsigned index) {
  split_.set_watch(watch, index);
  packed_.set_watch(watch, index);
}

void RingQueue::visit(Archive& archive) {
  if (!archive.saving()) stop();
  archive.io(is_packed_);
  ring().visit(archive);
}

}  // namespace vireo
