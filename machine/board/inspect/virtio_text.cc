#include "machine/board/inspect/virtio_text.h"

#include <fmt/format.h>

#include <vector>

#include "machine/board/info_texts.h"
#include "virtio/feature_names.h"
#include "virtio/features.h"

namespace vireo {
namespace {

std::string status_names(uint8_t status) {
  struct Name {
    uint8_t bit;
    std::string_view name;
  };
  constexpr Name kNames[] = {
      {virtio_status::kAcknowledge, "ACKNOWLEDGE"}, {virtio_status::kDriver, "DRIVER"},
      {virtio_status::kFeaturesOk, "FEATURES_OK"},  {virtio_status::kDriverOk, "DRIVER_OK"},
      {virtio_status::kNeedsReset, "NEEDS_RESET"},  {virtio_status::kFailed, "FAILED"}};
  std::vector<std::string_view> names;
  for (const Name& known : kNames) {
    if ((status & known.bit) != 0) names.push_back(known.name);
  }
  return names.empty() ? "reset" : fmt::format("{}", fmt::join(names, " "));
}

std::string feature_names(uint16_t type, uint64_t features) {
  std::vector<std::string> names;
  for (unsigned bit = 0; bit < 64; ++bit) {
    if ((features >> bit & 1) == 0) continue;
    const std::string_view name = virtio_feature_name(type, bit);
    names.push_back(name.empty() ? fmt::format("bit {}", bit) : std::string(name));
  }
  return names.empty() ? "none" : fmt::format("{}", fmt::join(names, " "));
}

std::string vector_text(VirtioPciFunction& function, uint16_t vector) {
  if (!function.msix_enabled()) return "INTx";
  if (vector == VirtioPciInterrupts::kNoVector) return "no vector";
  const Msix& msix = *function.msix();
  const MsiMessage message = msix.message(vector);
  return fmt::format("vector {} ({:#x}, {:#x}{}{})", vector, message.address, message.data,
                     msix.entry_masked(vector) ? ", masked" : "",
                     msix.pending(vector) ? ", pending" : "");
}

// Where the device stands; both count on and wrap.
std::string index_text(const RingQueue& ring) {
  if (!ring.is_packed()) {
    return fmt::format("next available {}, next used {}", ring.split().next_avail(),
                       ring.split().next_used());
  }
  const PackedQueue& packed = ring.packed();
  return fmt::format("packed, next available {} wrap {}, next used {} wrap {}", packed.next_avail(),
                     packed.avail_wrap() ? 1 : 0, packed.next_used(), packed.used_wrap() ? 1 : 0);
}

std::string queue_text(VirtioPciFunction& function, unsigned index) {
  const VirtioQueueSetup& setup = function.core().queue_setup(index);
  const RingQueue& ring = function.core().ring(index);
  if (!setup.enabled) return fmt::format("  queue {}: off\n", index);
  const QueueLayout& layout = setup.layout;
  return fmt::format(
      "  queue {}: size {}, descriptors {:#x}, driver area {:#x}, device area {:#x}\n"
      "    {}, {} in flight, {} done{}; {}\n",
      index, layout.size, layout.descriptors.value, layout.driver_area.value,
      layout.device_area.value, index_text(ring), ring.ring().in_flight(), ring.answered(),
      ring.ring().failed() ? ", failed" : "",
      vector_text(function, function.interrupts().queue_vector(index)));
}

// "kicks 3, interrupts 2, ...": what -exit-report counts, too.
std::string counter_text(const VirtioCore& core) {
  std::vector<std::string> counters;
  core.for_each_counter([&counters](std::string_view name, uint64_t value) {
    counters.push_back(fmt::format("{} {}", name, value));
  });
  return fmt::format("{}", fmt::join(counters, ", "));
}

std::string unit_text(VirtioUnit& unit) {
  VirtioPciFunction& function = *unit.function;
  VirtioCore& core = function.core();
  const bool legacy = core.legacy_session();
  std::string text =
      fmt::format("{}: {}, {}{}\n", titled(unit), unit.config.model, status_names(core.status()),
                  core.broken() ? ", stopped by an error" : "");
  if (core.status() == 0) return text;
  const uint16_t type = core.device().type_id();
  const uint64_t offered =
      core.offered_features(legacy ? VirtioInterface::kLegacy : VirtioInterface::kModern);
  text += fmt::format("  {} interface, features {:#x} of {:#x}\n", legacy ? "legacy" : "modern",
                      core.driver_features(), offered);
  text += fmt::format("  taken: {}\n", feature_names(type, core.driver_features()));
  text += fmt::format("  left: {}\n", feature_names(type, offered & ~core.driver_features()));
  text += fmt::format("  configuration changes: {}\n",
                      vector_text(function, function.interrupts().config_vector()));
  text += fmt::format("  counted: {}\n", counter_text(core));
  for (unsigned i = 0; i < core.queue_count(); ++i) text += queue_text(function, i);
  return text;
}

}  // namespace

std::string virtio_text(VirtioDevices& devices, const std::string& id) {
  std::string text;
  devices.for_each([&](VirtioUnit& unit) {
    if (id.empty() || unit.config.id == id || unit.function->name() == id) text += unit_text(unit);
  });
  if (!text.empty()) return text;
  return id.empty() ? "no virtio devices\n" : fmt::format("no virtio device '{}'\n", id);
}

}  // namespace vireo
