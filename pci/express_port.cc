#include "pci/express_port.h"

namespace vireo {

namespace {

constexpr PciIdentity kRootPortIdentity{
    .vendor_id = 0x1b36, .device_id = 0x000c, .class_code = 0x060400};
constexpr PciIdentity kBridgeIdentity{
    .vendor_id = 0x1b36, .device_id = 0x000e, .class_code = 0x060400};

constexpr uint16_t kSlotImplemented = 1u << 8;
constexpr uint16_t kRootControlBits = 0x001f;  // error and power event reporting, visibility
constexpr unsigned kMsixBar = 0;

}  // namespace

ExpressRootPort::ExpressRootPort(std::string name, const ExpressPortOptions& options)
    : PciBridge(std::move(name), kRootPortIdentity, true, kPciExpressConfig),
      express_(config(), {.type = ExpressType::kRootPort, .port = options.port}),
      slot_(config(), express_.offset(), options.slot) {
  const unsigned flags = express_.offset() + express_reg::kFlags;
  config().define<uint16_t>(flags, config().get<uint16_t>(flags) | kSlotImplemented);
  config().define<uint16_t>(express_.offset() + express_reg::kRootControl, 0, kRootControlBits);
  add_msix(kMsixBar, 1);
  set_interrupt_pin(PciPin::kA);
}

bool ExpressRootPort::occupied() const { return secondary_bus()->function(0, 0) != nullptr; }

bool ExpressRootPort::link_up() const {
  return slot_.present() && slot_.powered() && !express_.link_disabled();
}

void ExpressRootPort::reset() {
  PciBridge::reset();
  removal_requested_ = false;
  slot_.reset(occupied());
  express_.set_link_active(link_up());
}

void ExpressRootPort::visit(Archive& archive) {
  PciBridge::visit(archive);
  archive.io(removal_requested_);
}

// Whoever puts a card into a slot that is off presses its button as well: drivers which
// see a button wait for it rather than for the card.
void ExpressRootPort::occupancy_changed() {
  const bool comes = occupied() && !slot_.present();
  slot_.set_present(occupied());
  if (comes && !slot_.powered()) slot_.press_button();
  update_link();
  update_interrupt();
}

void ExpressRootPort::update_link() {
  if (link_up() == express_.link_active()) return;
  express_.set_link_active(link_up());
  slot_.link_changed();
  link_changed();
}

void ExpressRootPort::update_interrupt() {
  const bool before = interrupt_cause();
  set_interrupt(slot_.interrupt());
  if (!before && interrupt_cause() && msix_enabled()) msix()->notify(0);
}

void ExpressRootPort::request_removal() {
  removal_requested_ = true;
  release_if_due();
  if (!removal_requested_) return;
  slot_.press_button();
  update_interrupt();
}

void ExpressRootPort::release_if_due() {
  if (!removal_requested_ || !slot_.released()) return;
  removal_requested_ = false;
  if (released_) released_();
}

void ExpressRootPort::after_config_write(unsigned offset, unsigned size) {
  const unsigned control = express_.offset() + express_reg::kSlotControl;
  if (offset < control + 2 && offset + size > control) slot_.control_written();
  update_link();
  PciBridge::after_config_write(offset, size);
  release_if_due();
  update_interrupt();
}

ExpressToConventionalBridge::ExpressToConventionalBridge(std::string name)
    : PciBridge(std::move(name), kBridgeIdentity, false, kPciExpressConfig),
      express_(config(), {.type = ExpressType::kToConventionalBridge}) {}

}  // namespace vireo
