#include "virtio/lint/queue_checker.h"

#include <bit>

#include "virtio/features.h"
#include "virtio/lint/common_fields.h"
#include "virtio/queue/packed_queue.h"
#include "virtio/queue/split_queue.h"

namespace vireo {

using namespace virtio_status;

namespace {

bool overlap(GuestAddr a, uint64_t a_bytes, GuestAddr b, uint64_t b_bytes) {
  return a.value < b.value + b_bytes && b.value < a.value + a_bytes;
}

}  // namespace

void QueueChecker::on_access(const DriverAccess& access) {
  if (access.region != VirtioRegion::kCommon || !access.write) return;
  const CommonField* field = common_field(access.offset);
  if (field != nullptr && field->of_queue) check_queue_write(access);
}

void QueueChecker::check_queue_write(const DriverAccess& access) {
  const unsigned queue = session().queue_select;
  const CommonField& field = *common_field(access.offset);
  if (queue >= session().queues.size()) {
    breach(LintRule::kNoSuchQueue, "queue_select {}, the device has {}; {} written {:#x}", queue,
           session().queues.size(), field.name, access.value);
    return;
  }
  if (field.offset == common_offset::kQueueEnable && access.value == 0) {
    breach(LintRule::kQueueEnableZero, "queue {}: queue_enable written 0", queue);
  }
  // Vectors may change at any time, and a reset is how an enabled queue changes.
  if (field.offset == common_offset::kQueueVector || field.offset == common_offset::kQueueReset)
    return;
  if (session().queues[queue].enabled) {
    breach(LintRule::kQueueChangedLate, "queue {} is enabled; {} written {:#x}", queue, field.name,
           access.value);
  }
}

void QueueChecker::on_queue_size(unsigned queue, uint16_t size) {
  if (queue >= session().queues.size()) return;
  const bool packed = in_force(virtio_feature::kRingPacked);
  const uint16_t max = subject().max_queue_size(queue);
  if (size != 0 && size <= max && (packed || std::has_single_bit(size))) return;
  breach(LintRule::kQueueSizeInvalid, "queue {}: queue_size written {}, the maximum is {}", queue,
         size, max);
}

void QueueChecker::on_queue_enabled(VirtioInterface via, unsigned queue,
                                    const QueueLayout& layout) {
  if (via == VirtioInterface::kModern) {
    check_time(queue);
    if (session().queues[queue].reset_pending) {
      breach(LintRule::kQueueResetNotVerified,
             "queue {} enabled after queue_reset, which was not read since", queue);
    }
  }
  check_parts(queue, layout);
  check_apart(queue, layout);
}

void QueueChecker::check_time(unsigned queue) {
  if (!(session().status & kFeaturesOk)) {
    breach(LintRule::kQueueTooEarly, "queue {} enabled, status {:#04x}", queue, session().status);
  } else if ((session().status & kDriverOk) && !in_force(virtio_feature::kRingReset)) {
    breach(LintRule::kQueueTooLate, "queue {} enabled, status {:#04x}", queue, session().status);
  }
}

std::array<QueueChecker::Part, 3> QueueChecker::parts_of(const QueueLayout& layout) const {
  if (in_force(virtio_feature::kRingPacked)) {
    return {{{"descriptor ring", layout.descriptors, packed_ring_bytes(layout.size), 16},
             {"driver event suppression", layout.driver_area, kPackedEventBytes, 4},
             {"device event suppression", layout.device_area, kPackedEventBytes, 4}}};
  }
  return {{{"descriptor table", layout.descriptors, split_table_bytes(layout.size), 16},
           {"available ring", layout.driver_area, split_avail_bytes(layout.size), 2},
           {"used ring", layout.device_area, split_used_bytes(layout.size), 4}}};
}

void QueueChecker::check_parts(unsigned queue, const QueueLayout& layout) {
  for (const Part& part : parts_of(layout)) {
    if (part.addr.value % part.align != 0) {
      breach(LintRule::kQueueMisaligned, "queue {}: {} at {:#x}, not a multiple of {}", queue,
             part.name, part.addr.value, part.align);
    }
    if (!subject().memory().contains(part.addr, part.bytes)) {
      breach(LintRule::kQueueOutsideRam, "queue {}: {} at {:#x}, {} bytes", queue, part.name,
             part.addr.value, part.bytes);
    }
  }
}

void QueueChecker::check_apart(unsigned queue, const QueueLayout& layout) {
  const auto mine = parts_of(layout);
  for (size_t i = 0; i < mine.size(); ++i) {
    for (size_t j = i + 1; j < mine.size(); ++j) {
      if (!overlap(mine[i].addr, mine[i].bytes, mine[j].addr, mine[j].bytes)) continue;
      breach(LintRule::kQueuePartsOverlap, "queue {}: {} at {:#x} and {} at {:#x}", queue,
             mine[i].name, mine[i].addr.value, mine[j].name, mine[j].addr.value);
    }
  }
  for (size_t other = 0; other < session().queues.size(); ++other) {
    if (other == queue || !session().queues[other].enabled) continue;
    for (const Part& theirs : parts_of(session().queues[other].layout)) {
      for (const Part& part : mine) {
        if (!overlap(part.addr, part.bytes, theirs.addr, theirs.bytes)) continue;
        breach(LintRule::kQueuePartsOverlap, "queue {}: {} at {:#x} and queue {}: {} at {:#x}",
               queue, part.name, part.addr.value, other, theirs.name, theirs.addr.value);
      }
    }
  }
}

void QueueChecker::on_queue_reset(unsigned queue) {
  if (in_force(virtio_feature::kRingReset)) return;
  breach(LintRule::kQueueResetNotOffered, "queue_reset of queue {} written, features {:#x}", queue,
         subject().features());
}

}  // namespace vireo
