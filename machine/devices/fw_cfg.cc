#include "machine/devices/fw_cfg.h"

#include <algorithm>
#include <span>
#include <utility>

#include "machine/base/plain_bytes.h"

namespace vireo {
namespace {

constexpr std::string_view kDmaSignature = "QEMU CFG";
constexpr uint32_t kHasDma = 1u << 1, kHasPorts = 1u << 0;
constexpr uint16_t kKeyBits = 0x3fff;  // 0x4000 is the old write channel, 0x8000 the platform's
constexpr uint16_t kPlatformBit = 0x8000;
constexpr uint16_t kNothing = 0xffff;
constexpr size_t kDirectoryEntry = 64;

uint64_t big(std::span<const std::byte> bytes) {
  uint64_t value = 0;
  for (const std::byte byte : bytes) value = value << 8 | static_cast<uint8_t>(byte);
  return value;
}

}  // namespace

FwCfg::FwCfg(GuestMemory& memory) : memory_(memory), ports_(*this), dma_ports_(*this) {
  set(fw_cfg::kSignature, text_bytes("QEMU"));
  set_number(fw_cfg::kId, kHasPorts | kHasDma, 4);
  make_directory();
}

void FwCfg::set(uint16_t key, std::vector<std::byte> bytes) { items_[key] = std::move(bytes); }

void FwCfg::set_string(uint16_t key, std::string_view text) {
  set(key, text_bytes(std::string(text) + '\0'));
}

void FwCfg::set_number(uint16_t key, uint64_t value, unsigned bytes) {
  set(key, little_endian_bytes(value, bytes));
}

bool FwCfg::add_file(const std::string& name, std::vector<std::byte> bytes) {
  if (name.empty() || name.size() >= fw_cfg::kNameBytes || has_file(name)) return false;
  if (files_.size() == fw_cfg::kMostFiles) return false;
  files_[name] = std::move(bytes);
  make_directory();
  return true;
}

void FwCfg::replace_file(const std::string& name, std::vector<std::byte> bytes) {
  files_[name] = std::move(bytes);
  make_directory();
}

void FwCfg::for_each_item(const std::function<void(std::span<const std::byte>)>& take) const {
  for (const auto& [key, bytes] : items_) take(bytes);
  for (const auto* bytes : file_order_) take(*bytes);
}

// A big-endian count; for each file its size, its key, two bytes of nothing and its name.
void FwCfg::make_directory() {
  std::vector<std::byte> directory;
  append_big_endian(directory, files_.size(), 4);
  file_order_.clear();
  for (const auto& [name, bytes] : files_) {
    const size_t end = directory.size() + kDirectoryEntry;
    append_big_endian(directory, bytes.size(), 4);
    append_big_endian(directory, fw_cfg::kFirstFile + file_order_.size(), 2);
    append_big_endian(directory, 0, 2);
    for (const std::byte byte : text_bytes(name)) directory.push_back(byte);
    directory.resize(end);
    file_order_.push_back(&bytes);
  }
  set(fw_cfg::kFileDirectory, std::move(directory));
}

const std::vector<std::byte>* FwCfg::selected() const {
  const unsigned file = key_ - unsigned{fw_cfg::kFirstFile};
  if (key_ >= fw_cfg::kFirstFile && file < file_order_.size()) return file_order_[file];
  const auto at = items_.find(key_);
  return at != items_.end() ? &at->second : nullptr;
}

void FwCfg::select(uint16_t key) {
  const bool known = (key & kKeyBits) < fw_cfg::kFirstFile + fw_cfg::kMostFiles;
  key_ = known ? static_cast<uint16_t>(key & (kKeyBits | kPlatformBit)) : kNothing;
  offset_ = 0;
}

uint8_t FwCfg::next_byte() {
  const auto* item = selected();
  if (item == nullptr || offset_ >= item->size()) return 0;
  return static_cast<uint8_t>((*item)[offset_++]);
}

uint64_t FwCfg::Ports::read(uint64_t, unsigned size) {
  uint64_t value = 0;
  for (unsigned i = 0; i < size; ++i) value |= uint64_t{owner.next_byte()} << (8 * i);
  return value;
}

void FwCfg::Ports::write(uint64_t offset, unsigned size, uint64_t value) {
  if (offset == 0 && size == 2) owner.select(static_cast<uint16_t>(value));
}

uint64_t FwCfg::DmaPorts::read(uint64_t offset, unsigned size) {
  uint64_t value = 0;
  for (unsigned i = 0; i < size; ++i) {
    value |= uint64_t{static_cast<uint8_t>(kDmaSignature[offset + i])} << (8 * i);
  }
  return value;
}

// The lower half starts the request; both are big-endian, as they lie in the ports.
void FwCfg::DmaPorts::write(uint64_t offset, unsigned size, uint64_t value) {
  uint64_t swapped = 0;
  for (unsigned i = 0; i < size; ++i) swapped = swapped << 8 | (value >> (8 * i) & 0xff);
  if (offset == 0 && size == 4) {
    owner.dma_address_ = swapped << 32;
  } else if (offset == 4 && size == 4) {
    owner.dma_address_ |= swapped;
    owner.run_dma();
  } else if (offset == 0 && size == 8) {
    owner.dma_address_ = swapped;
    owner.run_dma();
  }
}

// A request: control, length and address; its control word tells the outcome.
void FwCfg::run_dma() {
  const GuestAddr at{std::exchange(dma_address_, 0)};
  std::array<std::byte, 16> request;
  if (!memory_.read_bytes(at, request)) return;
  const std::span<const std::byte> all(request);
  const auto control = static_cast<uint32_t>(big(all.first(4)));
  const GuestAddr to{big(all.last(8))};
  if (control & fw_cfg::kDmaSelect) select(static_cast<uint16_t>(control >> 16));
  const bool good = transfer(control, to, big(all.subspan(4, 4)));
  std::vector<std::byte> outcome;
  append_big_endian(outcome, good ? 0 : fw_cfg::kDmaError, 4);
  memory_.write_bytes(at, outcome);
}

// Of several orders the first counts: read, write, skip.
bool FwCfg::transfer(uint32_t control, GuestAddr to, uint64_t length) {
  if (control & fw_cfg::kDmaRead) return read_item(to, length);
  if (control & fw_cfg::kDmaWrite) return length == 0;
  if (control & fw_cfg::kDmaSkip) skip(length);
  return true;
}

bool FwCfg::read_item(GuestAddr to, uint64_t length) {
  const auto* item = selected();
  const uint64_t end = item == nullptr ? 0 : item->size();
  const uint64_t part = std::min(end - std::min<uint64_t>(offset_, end), length);
  if (part != 0 && !memory_.write_bytes(to, std::span(*item).subspan(offset_, part))) return false;
  offset_ += static_cast<uint32_t>(part);
  return memory_.fill(to + part, length - part, std::byte{0});
}

void FwCfg::skip(uint64_t length) {
  const auto* item = selected();
  const uint64_t end = item == nullptr ? 0 : item->size();
  if (offset_ < end) offset_ += static_cast<uint32_t>(std::min<uint64_t>(length, end - offset_));
}

void FwCfg::reset() {
  select(0);
  dma_address_ = 0;
}

void FwCfg::visit(Archive& archive) {
  archive.io(key_);
  archive.io(offset_);
  archive.io(dma_address_);
}

}  // namespace vireo
