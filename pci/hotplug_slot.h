// The slot registers of a PCI Express port: presence, attention button, power
// controller, indicators and their interrupt (PCI Express Base 3.0 sections 6.7 and 7.8.9-11).
#pragma once

#include <cstdint>

#include "machine/base/archive.h"
#include "pci/config_space.h"

namespace vireo {

struct SlotDescription {
  uint16_t number = 0;  // physical slot number, 0 to 8191
  bool hotplug = true;  // cards may come and go; without it the slot has no button
};

// A pure state machine: the port tells it of cards, the link and configuration writes,
// and asks for power and interrupt. Commands complete at once. Registers are in the
// configuration space, which must outlive it.
class HotplugSlot {
 public:
  // `capability` is the offset of the express capability.
  HotplugSlot(ConfigSpace& config, unsigned capability, const SlotDescription& description);

  bool hotplug() const { return hotplug_; }
  uint16_t number() const { return number_; }

  // A card was put in or taken out. Tells the driver.
  void set_present(bool present);
  bool present() const;
  // The link went up or down. Tells the driver.
  void link_changed();
  // Somebody wants the card out: the driver will turn the power off, or not.
  void press_button();

  // Whether the slot gives power; on after a reset.
  bool powered() const;
  // The card may go: the driver turned power and power indicator off.
  bool released() const;
  // The driver wrote slot control: a command, which is complete at once.
  void control_written();

  // Whether an enabled event stands (a level).
  bool interrupt() const;

  // After a reset of the configuration space: presence stays, events are forgotten.
  void reset(bool present);

 private:
  uint16_t status() const;
  uint16_t control() const;
  void raise(uint16_t events);
  void show_presence(bool present);

  ConfigSpace& config_;
  unsigned control_;
  unsigned status_;
  bool hotplug_;
  uint16_t number_;
};

}  // namespace vireo
