// A root port of the PCI Express hierarchy: a bridge to a link with one slot, into
// which functions can be put while the machine runs (PCI Express Base 3.0 sections 6.7, 7.8).
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "pci/bridge.h"
#include "pci/express_capability.h"
#include "pci/hotplug_slot.h"

namespace vireo {

struct ExpressPortOptions {
  uint8_t port = 0;  // port number of the link
  SlotDescription slot;
};

// The card in the slot is whatever sits on secondary_bus() at device 0, with function
// 0: attach that one last and detach it first. The driver learns of cards by presence
// and link events, through MSI-X vector 0 or INTA#.
class ExpressRootPort final : public PciBridge {
 public:
  ExpressRootPort(std::string name, const ExpressPortOptions& options);

  bool hotplug() const { return slot_.hotplug(); }
  int slot_number() const { return slot_.number(); }

  // Asks the driver for the card, by the attention button. When the driver has turned
  // the slot off, now or later, `released` is called once, within the driver's
  // configuration write; the board then detaches the functions, there or afterwards.
  // A reset forgets the wish.
  void request_removal();
  bool removal_requested() const { return removal_requested_; }
  void set_released_callback(std::function<void()> released) { released_ = std::move(released); }

  void reset() override;
  void visit(Archive& archive) override;
  void occupancy_changed() override;

 protected:
  bool link_up() const override;
  void after_config_write(unsigned offset, unsigned size) override;

 private:
  bool occupied() const;
  void update_link();
  void update_interrupt();
  void release_if_due();

  ExpressCapability express_;
  HotplugSlot slot_;
  bool removal_requested_ = false;
  std::function<void()> released_;
};

// A bridge from an express link, or the root bus, to a conventional bus.
class ExpressToConventionalBridge final : public PciBridge {
 public:
  explicit ExpressToConventionalBridge(std::string name);

 private:
  ExpressCapability express_;
};

}  // namespace vireo
