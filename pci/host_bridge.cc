#include "pci/host_bridge.h"

#include <cassert>

namespace vireo {

namespace {

constexpr PciIdentity kIdentity{.vendor_id = 0x8086,
                                .device_id = 0x29c0,
                                .class_code = 0x060000,
                                .revision = 0,
                                .subsystem_vendor_id = 0x1af4,
                                .subsystem_id = 0x1100};

constexpr unsigned kExtendedTseg = 0x50;
constexpr unsigned kExpressBar = 0x60;
constexpr unsigned kPam0 = 0x90;
constexpr unsigned kSmram = 0x9d;
constexpr unsigned kEsmramc = 0x9e;
constexpr unsigned kTsegBase = 0xac;

constexpr uint64_t kExpressEnable = 1;
constexpr uint64_t kExpressBits = 0xffc000007;  // base 35:26, size 2:1, enable

constexpr uint8_t kPamRead = 1;
constexpr uint8_t kPamWrite = 2;

constexpr uint8_t kSmramOpen = 1u << 6;
constexpr uint8_t kSmramClosed = 1u << 5;
constexpr uint8_t kSmramLock = 1u << 4;
constexpr uint8_t kSmramEnable = 1u << 3;
constexpr uint8_t kSmramReset = 0x02;
constexpr uint8_t kEsmramcReset = 0x38;
constexpr uint8_t kEsmramcWritable = 0x87;
constexpr uint8_t kEsmramcError = 1u << 6;
constexpr uint8_t kEsmramcHigh = 1u << 7;
constexpr uint8_t kEsmramcTseg = 1u << 0;
constexpr uint32_t kTsegBaseBits = 0xfff00000;

constexpr uint64_t kMiB = 1024 * 1024;

// The size that PCIEXBAR bits 2:1 select; 0 for the reserved code.
constexpr uint64_t express_size(unsigned code) { return code == 3 ? 0 : 256 * kMiB >> code; }

constexpr bool touches(unsigned offset, unsigned size, unsigned first, unsigned length) {
  return offset < first + length && offset + size > first;
}

}  // namespace

Q35HostBridge::Q35HostBridge(PciBus& bus)
    : PciFunction("q35-host", kIdentity),
      data_port_(bus, address_port_),
      ecam_(bus),
      ecam_window_("PCI ECAM", PciSpace::kMemory, ecam_, IoPriority::kBoard) {
  define_registers();
  add_window(ecam_window_);
}

void Q35HostBridge::define_registers() {
  // Plain storage: a query of the extended TSEG size (0xffff) reads back
  // unchanged, by which firmware sees that there is none.
  config().define<uint16_t>(kExtendedTseg, 0, 0xffff);
  config().define<uint64_t>(kExpressBar, kDefaultExpressBase, kExpressBits);
  config().define<uint8_t>(kPam0, 0, 0x30);
  for (unsigned i = 1; i <= 6; ++i) config().define<uint8_t>(kPam0 + i, 0, 0x33);
  config().define<uint8_t>(kSmram, kSmramReset);
  config().define<uint8_t>(kEsmramc, kEsmramcReset, 0, kEsmramcError);
  // A note of firmware to itself: TSEG ends with the RAM below 4 GiB, whatever stands here.
  config().define<uint32_t>(kTsegBase, 0);
  apply_smram_lock();
}

void Q35HostBridge::reset() {
  PciFunction::reset();
  address_port_.reset();
  apply_smram_lock();
}

void Q35HostBridge::reset_outputs() {
  PciFunction::reset_outputs();
  memory_changed();
}

void Q35HostBridge::visit(Archive& archive) {
  PciFunction::visit(archive);
  address_port_.visit(archive);
  if (!archive.saving()) apply_smram_lock();
}

// D_LCK freezes the SMM registers until reset and closes the open window; only
// D_CLS stays writable (82Q35 5.1.29).
void Q35HostBridge::apply_smram_lock() {
  const uint8_t smram = config().get<uint8_t>(kSmram);
  const bool locked = (smram & kSmramLock) != 0;
  if (locked) config().set<uint8_t>(kSmram, smram & static_cast<uint8_t>(~kSmramOpen));
  config().set_writable<uint8_t>(
      kSmram, locked ? kSmramClosed : kSmramOpen | kSmramClosed | kSmramLock | kSmramEnable);
  config().set_writable<uint8_t>(kEsmramc, locked ? 0 : kEsmramcWritable);
  config().set_writable<uint32_t>(kTsegBase, locked ? 0 : kTsegBaseBits);
}

void Q35HostBridge::memory_changed() {
  if (memory_callback_) memory_callback_();
}

void Q35HostBridge::after_config_write(unsigned offset, unsigned size) {
  if (touches(offset, size, kSmram, 1)) apply_smram_lock();
  if (touches(offset, size, kPam0, 7) || touches(offset, size, kSmram, 2)) memory_changed();
}

std::optional<PciExpressWindow> Q35HostBridge::express_window() const {
  const uint64_t value = config().get<uint64_t>(kExpressBar);
  const uint64_t size = express_size(value >> 1 & 3);
  if ((value & kExpressEnable) == 0 || size == 0) return std::nullopt;
  return PciExpressWindow{value & kExpressBits & ~(size - 1), size};
}

void Q35HostBridge::update_windows() {
  const std::optional<PciExpressWindow> window = express_window();
  if (window) {
    ecam_window_.want(window->base, window->size);
  } else {
    ecam_window_.want_nothing();
  }
}

void Q35HostBridge::program_express_window(const PciExpressWindow& window) {
  unsigned code = 0;
  while (code < 2 && express_size(code) != window.size) ++code;
  assert(express_size(code) == window.size && window.base % window.size == 0);
  config().set<uint64_t>(kExpressBar, window.base | uint64_t{code} << 1 | kExpressEnable);
  sync_decode();
}

void Q35HostBridge::open_all_pam() {
  config().set<uint8_t>(kPam0, 0x30);
  for (unsigned i = 1; i <= 6; ++i) config().set<uint8_t>(kPam0 + i, 0x33);
  memory_changed();
}

// PAM1 to PAM6 hold two 16 KiB areas each, low nibble first; PAM0's high nibble
// is the 64 KiB below 1 MiB.
PamArea Q35HostBridge::pam_area(unsigned index) const {
  assert(index < kPamAreas);
  const bool last = index == kPamAreas - 1;
  const unsigned reg = last ? kPam0 : kPam0 + 1 + index / 2;
  const unsigned shift = last || index % 2 != 0 ? 4 : 0;
  const auto field = config().get<uint8_t>(reg) >> shift;
  return PamArea{.base = 0xc0000 + index * 0x4000,
                 .size = last ? 0x10000u : 0x4000u,
                 .read_ram = (field & kPamRead) != 0,
                 .write_ram = (field & kPamWrite) != 0};
}

SmramState Q35HostBridge::smram() const {
  constexpr uint32_t kTsegSizes[] = {1 * kMiB, 2 * kMiB, 8 * kMiB, 0};
  const uint8_t smram = config().get<uint8_t>(kSmram);
  const uint8_t extended = config().get<uint8_t>(kEsmramc);
  return SmramState{.enabled = (smram & kSmramEnable) != 0,
                    .open = (smram & kSmramOpen) != 0,
                    .closed = (smram & kSmramClosed) != 0,
                    .locked = (smram & kSmramLock) != 0,
                    .high = (extended & kEsmramcHigh) != 0,
                    .tseg = (extended & kEsmramcTseg) != 0,
                    .tseg_size = kTsegSizes[extended >> 1 & 3]};
}

}  // namespace vireo
