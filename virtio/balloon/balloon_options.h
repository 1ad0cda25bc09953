// What a user may choose about a virtio-balloon device; names follow QEMU's properties.
#pragma once

#include <cstdint>

namespace vireo {

struct VirtioBalloonOptions {
  bool deflate_on_oom = false;       // deflate-on-oom=: the guest may take pages back in need
  bool free_page_reporting = false;  // free-page-reporting=: unused pages go back by themselves
  bool page_poison = true;           // page-poison=: the driver may say what fills free pages
  // guest-stats-polling-interval=: seconds of virtual time between statistics, 0 for the
  // first ones only.
  uint32_t stats_interval_s = 0;
  bool operator==(const VirtioBalloonOptions&) const = default;
};

}  // namespace vireo
