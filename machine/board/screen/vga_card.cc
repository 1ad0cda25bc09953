#include "machine/board/screen/vga_card.h"

#include <algorithm>
#include <cstring>
#include <span>
#include <utility>

#include "machine/board/snapshot/chunk_hash.h"

namespace vireo {
namespace {

constexpr PciIdentity kIdentity{.vendor_id = 0x1234,
                                .device_id = 0x1111,
                                .class_code = 0x030000,
                                .revision = 2,
                                .subsystem_vendor_id = 0x1af4,
                                .subsystem_id = 0x1100};
constexpr unsigned kFrameBuffer = 0, kRegisters = 2;
constexpr uint64_t kRegistersBytes = 0x1000;

// What a bridge calls the VGA addresses (PCI-to-PCI Bridge 1.2, section 3.2.5.18), and Bochs's.
constexpr uint64_t kMonoPorts = 0x3b0, kMonoBytes = 12;
constexpr uint64_t kColourPorts = 0x3c0, kColourBytes = 32;
constexpr uint64_t kBochsPorts = 0x1ce, kBochsBytes = 4;

// std::equal takes them one by one, ten times as long as this.
bool same_bytes(std::span<const std::byte> a, std::span<const std::byte> b) {
  return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size()) == 0);
}

}  // namespace

Result<std::unique_ptr<VgaCard>> VgaCard::create(MachineCore& core, HostServices& host,
                                                 const std::string& rom_path) {
  std::vector<std::byte> rom;
  if (!rom_path.empty()) {
    auto read = host.read_file(rom_path, "VGA BIOS");
    if (!read) return Error{"-vga std: " + read.error().message + "; install seabios"};
    rom = std::move(*read);
    if (rom.empty() || rom.size() > ExpansionRom::kMaxBytes) {
      return Error{"-vga std: " + rom_path + " is no VGA BIOS: its size is wrong"};
    }
  }
  auto memory = HostRam::allocate(kMemoryBytes);
  if (!memory) return memory.error();
  return std::unique_ptr<VgaCard>(new VgaCard(core, std::move(*memory), std::move(rom)));
}

VgaCard::VgaCard(MachineCore& core, HostRam memory, std::vector<std::byte> rom)
    : PciFunction("vga", kIdentity),
      core_(core),
      memory_(std::move(memory)),
      chip_({memory_.data(), kMemoryBytes}, core.clock),
      mono_ports_("VGA ports", PciSpace::kIo, chip_.ports(), IoPriority::kBar),
      colour_ports_("VGA ports", PciSpace::kIo, colour_, IoPriority::kBar),
      bochs_ports_("VBE ports", PciSpace::kIo, chip_.bochs_ports(), IoPriority::kBar),
      window_("VGA window", PciSpace::kMemory, chip_.window(), IoPriority::kBar),
      colour_(chip_.ports(), kColourPorts - kMonoPorts) {
  add_bar(kFrameBuffer, {BarType::kMemory32, kMemoryBytes, true}, chip_.frame_buffer());
  add_bar(kRegisters, {BarType::kMemory32, kRegistersBytes, false}, chip_.registers());
  if (!rom.empty()) add_rom(std::move(rom));
  for (DecodeWindow* window : {&mono_ports_, &colour_ports_, &bochs_ports_, &window_}) {
    add_window(*window);
  }
  chip_.set_on_written([this](uint64_t offset, uint64_t length) { written(offset, length); });
}

VgaCard::~VgaCard() { show_memory(std::nullopt); }

void VgaCard::reset() {
  PciFunction::reset();
  chip_.reset();
}

void VgaCard::visit(Archive& archive) {
  chip_.visit(archive);
  visit_memory(archive);
  PciFunction::visit(archive);
}

// Pages that are not zero, each behind its number.
void VgaCard::visit_memory(Archive& archive) {
  constexpr uint32_t kPages = kMemoryBytes / kPageSize;
  using Page = std::array<std::byte, kPageSize>;
  const auto page = [this](uint32_t i) {
    return std::span<std::byte>(memory_.data() + i * kPageSize, kPageSize);
  };
  std::vector<uint32_t> used;
  for (uint32_t i = 0; archive.saving() && i < kPages; ++i) {
    if (!all_zero(page(i))) used.push_back(i);
  }
  archive.io(used, kPages);
  if (!archive.saving()) release_pages(memory_.data(), kMemoryBytes);
  for (const uint32_t i : used) {
    if (i >= kPages) return archive.fail();
    archive.io(*reinterpret_cast<Page*>(page(i).data()));
  }
  if (!archive.saving()) written(0, kMemoryBytes);
}

void VgaCard::update_windows() {
  const bool ports = (command() & pci_reg::kCommandIo) != 0;
  const bool memory = (command() & pci_reg::kCommandMemory) != 0;
  mono_ports_.want(kMonoPorts, ports ? kMonoBytes : 0);
  colour_ports_.want(kColourPorts, ports ? kColourBytes : 0);
  bochs_ports_.want(kBochsPorts, ports ? kBochsBytes : 0);
  window_.want(address_map::kVgaHole,
               memory ? address_map::kVgaHoleEnd - address_map::kVgaHole : 0);
  show_memory(bar(kFrameBuffer)->decoded_base(config()));
}

// Memory comes before everything at its addresses: chips of the board must not be there.
bool VgaCard::free_for_memory(uint64_t base) const {
  const uint64_t end = base + kMemoryBytes;
  if (base < address_map::kPci32 || end > address_map::kPci32End) return false;
  const auto& regions = core_.memory.regions();
  return std::none_of(regions.begin(), regions.end(), [&](const RamRegion& region) {
    return region.base.value < end && base < region.end().value;
  });
}

void VgaCard::show_memory(std::optional<uint64_t> base) {
  if (base == shown_at_) return;
  if (shown_at_) core_.memory.replace(GuestAddr{*shown_at_}, kMemoryBytes, {});
  shown_at_.reset();
  if (!base || !free_for_memory(*base)) return;
  const GuestAddr at{*base};
  core_.memory.replace(at, kMemoryBytes, {memory_.region(at, 0, kMemoryBytes)});
  shown_at_ = base;
}

// Processors may have decoded what stood there.
void VgaCard::written(uint64_t offset, uint64_t length) {
  if (!shown_at_) return;
  while (length > 0) {
    const GuestAddr at{*shown_at_ + offset};
    const uint64_t part = std::min(length, kPageSize - at.page_offset());
    if (*core_.memory.host_page(at.page()).holds_code != 0) {
      core_.memory.tell_code_written(at, part);
    }
    offset += part;
    length -= part;
  }
}

VgaView VgaCard::view() const {
  return vga_view(chip_.state(), chip_.linear_mode(), chip_.memory(), core_.clock.now_ns());
}

Picture VgaCard::picture() { return vga_picture(view()); }
std::optional<std::string> VgaCard::text() { return vga_text(view()); }

bool VgaCard::changed() {
  const VgaView now = view();
  const auto bytes = vga_shown_bytes(now);
  if (looked_ && looked_->state == now.state && looked_->linear == now.linear &&
      looked_->cursor_on == now.cursor_on && looked_->blink_on == now.blink_on &&
      same_bytes(bytes, looked_->bytes)) {
    return false;
  }
  // Megabytes, sixty times a second: the room is kept.
  std::vector<std::byte> copy;
  if (looked_) copy = std::move(looked_->bytes);
  copy.assign(bytes.begin(), bytes.end());
  looked_ = Looked{now.state, now.linear, now.cursor_on, now.blink_on, std::move(copy)};
  return true;
}

}  // namespace vireo
