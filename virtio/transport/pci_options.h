// What a user may choose about how a virtio device sits on PCI; names follow QEMU's.
#pragma once

#include <cstdint>
#include <optional>

namespace vireo {

enum class OnOffAuto : uint8_t { kOff, kOn, kAuto };

// Whether the notify structure is also offered in an I/O BAR, and whether it comes
// before or behind the one in the memory BAR (order is preference, VirtIO 1.4 4.1.4).
// kAuto is first, but off behind a PCI Express port, where ports are scarce.
enum class PioNotify : uint8_t { kOff, kFirst, kLast, kAuto };

struct VirtioPciOptions {
  OnOffAuto disable_legacy = OnOffAuto::kAuto;  // disable-legacy=: auto is off on the root bus
  bool disable_modern = false;                  // disable-modern=
  std::optional<unsigned> vectors = {};  // vectors=: MSI-X vectors, 0 for none; default queues + 1
  PioNotify modern_pio_notify = PioNotify::kAuto;  // modern-pio-notify=: on (first), off, last
  bool page_per_vq = false;                         // page-per-vq=: notify addresses 4 KiB apart
  bool event_idx = true;                            // event_idx=
  bool indirect_desc = true;                        // indirect_desc=
  bool packed = false;                              // packed=
  bool in_order = false;                            // in_order=
  bool queue_reset = true;                          // queue_reset=
  bool notification_data = false;                   // notification_data=
  bool notif_config_data = false;                   // notif_config_data=
  // What kind of device PCI is told, in 24 bits as in PciIdentity; 0: as usual for the type.
  uint32_t class_code = 0;
  // The function will sit behind a PCI Express port (decides what auto means).
  bool behind_express_port = false;

  bool operator==(const VirtioPciOptions&) const = default;
};

}  // namespace vireo
