#include "machine/devices/pflash.h"

#include <algorithm>
#include <bit>
#include <utility>

namespace vireo {
namespace {

enum Code : uint8_t {
  kProgramOther = 0x10,
  kBlockErase = 0x20,
  kProgram = 0x40,
  kClearStatus = 0x50,
  kLockSetup = 0x60,
  kLockBlock = 0x01,
  kReadStatus = 0x70,
  kReadIdentifier = 0x90,
  kReadQuery = 0x98,
  kWriteBuffer = 0xe8,
  kConfirm = 0xd0,
  kReadArray = 0xff,
};

constexpr uint8_t kManufacturerIntel = 0x89, kDeviceCode = 0x18;
constexpr uint64_t kIdentifierBytes = 0x100;  // they and the query's repeat

// The Common Flash Interface's tables, from 0x10 on; what depends on the size is filled in.
constexpr uint8_t kQuery[] = {
    'Q', 'R', 'Y',
    0x01, 0x00,              // 0x13: command set, Intel's
    0x31, 0x00,              // 0x15: where its table is
    0x00, 0x00, 0x00, 0x00,  // 0x17: no other command set
    0x45, 0x55, 0x00, 0x00,  // 0x1b: 4.5 V to 5.5 V, no VPP pin
    0x07, 0x07, 0x0a, 0x00,  // 0x1f: typical times to program and erase, as powers of 2
    0x04, 0x04, 0x04, 0x00,  // 0x23: the longest, as powers of 2 times those
    0x00,                    // 0x27: size, as a power of 2
    0x00, 0x00,              // 0x28: eight bits wide
    0x08, 0x00,              // 0x2a: bytes of the write buffer, as a power of 2
    0x01,                    // 0x2c: regions of blocks: one
    0x00, 0x00,              // 0x2d: its number of blocks, less 1
    0x00, 0x00,              // 0x2f: their size, in units of 256 bytes
    'P', 'R', 'I', '1', '0',
    0x00, 0x00, 0x00, 0x00,  // 0x36: no features beyond these
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
};
constexpr uint64_t kQueryAt = 0x10;

uint8_t query_byte(uint64_t at, uint64_t size) {
  const uint64_t last_block = size / Pflash::kBlock - 1;
  switch (at) {
    case 0x27: return static_cast<uint8_t>(std::bit_width(size - 1));
    case 0x2d: return static_cast<uint8_t>(last_block);
    case 0x2e: return static_cast<uint8_t>(last_block >> 8);
    case 0x2f: return static_cast<uint8_t>(Pflash::kBlock / 256);
    default: break;
  }
  const bool there = at >= kQueryAt && at - kQueryAt < std::size(kQuery);
  return there ? kQuery[at - kQueryAt] : 0;
}

}  // namespace

Pflash::Pflash(std::string name, PflashWiring wiring)
    : name_(std::move(name)),
      wiring_(std::move(wiring)),
      locked_(wiring_.array.size() / kBlock) {}

void Pflash::reset() {
  shows_ = Shows::kArray;
  expects_ = Expects::kCommand;
  status_ = kReady;
  buffer_.fill(std::byte{0});
  buffer_at_ = 0;
  buffer_used_ = buffer_wants_ = 0;
  std::fill(locked_.begin(), locked_.end(), uint8_t{0});
}

uint64_t Pflash::read(uint64_t offset, unsigned size) {
  uint64_t value = 0;
  for (unsigned i = 0; i < size; ++i) value |= uint64_t{read_byte(offset + i)} << (8 * i);
  return value;
}

uint8_t Pflash::read_byte(uint64_t offset) const {
  switch (admitted() ? shows_ : Shows::kArray) {
    case Shows::kArray: return static_cast<uint8_t>(wiring_.array[offset]);
    case Shows::kStatus: return status_;
    case Shows::kQuery: return query_byte(offset % kIdentifierBytes, wiring_.array.size());
    case Shows::kIdentifier: break;
  }
  switch (offset % kIdentifierBytes) {
    case 0: return kManufacturerIntel;
    case 1: return kDeviceCode;
    case 2: return locked_[offset / kBlock];
    default: return 0;
  }
}

void Pflash::show(Shows what) {
  const bool before = shows_array();
  shows_ = what;
  if (before != shows_array()) wiring_.on_mode(shows_array());
}

void Pflash::write(uint64_t offset, unsigned size, uint64_t value) {
  if (!admitted()) return;
  const auto code = static_cast<uint8_t>(value);
  switch (expects_) {
    case Expects::kCommand: return command(code);
    case Expects::kProgramData: {
      std::array<std::byte, 8> bytes;
      for (unsigned i = 0; i < size; ++i) bytes[i] = static_cast<std::byte>(value >> (8 * i));
      return end(program(offset, {bytes.data(), size}));
    }
    case Expects::kEraseConfirm:
      return end(code == kConfirm ? erase(offset) : uint8_t{kProgramError | kEraseError});
    case Expects::kLockConfirm: return take_lock(offset, code);
    case Expects::kBufferCount: return set_count(code);
    case Expects::kBufferData: return take_buffer_data(offset, size, value);
    case Expects::kBufferConfirm:
      return end(code == kConfirm ? program(buffer_at_, {buffer_.data(), buffer_used_})
                                  : uint8_t{kProgramError | kEraseError});
  }
}

void Pflash::command(uint8_t code) {
  switch (code) {
    case kProgram:
    case kProgramOther: return begin(Expects::kProgramData);
    case kBlockErase: return begin(Expects::kEraseConfirm);
    case kLockSetup: return begin(Expects::kLockConfirm);
    case kWriteBuffer: return begin(Expects::kBufferCount);
    case kReadStatus: return show(Shows::kStatus);
    case kReadIdentifier: return show(Shows::kIdentifier);
    case kReadQuery: return show(Shows::kQuery);
    case kClearStatus: status_ = 0; break;
    default: break;
  }
  show(Shows::kArray);
}

// More is to follow; until then the status register shows that the chip is ready for it.
void Pflash::begin(Expects next) {
  expects_ = next;
  status_ |= kReady;
  show(Shows::kStatus);
}

void Pflash::end(uint8_t errors) {
  expects_ = Expects::kCommand;
  status_ |= kReady | errors;
}

void Pflash::take_lock(uint64_t offset, uint8_t code) {
  if (code != kLockBlock && code != kConfirm) return end(kProgramError | kEraseError);
  locked_[offset / kBlock] = code == kLockBlock;
  end(0);
}

// One less than the bytes that follow.
void Pflash::set_count(uint8_t count) {
  buffer_wants_ = static_cast<uint16_t>(count + 1);
  buffer_used_ = 0;
  expects_ = Expects::kBufferData;
}

// The first byte's address is that of all; the others must follow it.
void Pflash::take_buffer_data(uint64_t offset, unsigned size, uint64_t value) {
  if (buffer_used_ == 0) buffer_at_ = offset;
  for (unsigned i = 0; i < size && buffer_used_ < buffer_wants_; ++i) {
    if (offset + i != buffer_at_ + buffer_used_) return end(kProgramError | kEraseError);
    buffer_[buffer_used_++] = static_cast<std::byte>(value >> (8 * i));
  }
  if (buffer_used_ == buffer_wants_) expects_ = Expects::kBufferConfirm;
}

// Errors that changing these bytes has at once, `error` among them; 0: they may be changed.
uint8_t Pflash::refusal(uint64_t offset, uint64_t length, uint8_t error) const {
  if (wiring_.read_only || length > wiring_.array.size() - offset) return error;
  const uint64_t last = (offset + length - 1) / kBlock;
  for (uint64_t block = offset / kBlock; block <= last; ++block) {
    if (locked_[block] != 0) return error | kLocked;
  }
  return 0;
}

// Bits go from 1 to 0 only; erasing brings them back.
uint8_t Pflash::program(uint64_t offset, std::span<const std::byte> bytes) {
  if (const uint8_t errors = refusal(offset, bytes.size(), kProgramError)) return errors;
  for (size_t i = 0; i < bytes.size(); ++i) wiring_.array[offset + i] &= bytes[i];
  return wiring_.store(offset, bytes.size()) ? 0 : kProgramError;
}

uint8_t Pflash::erase(uint64_t offset) {
  const uint64_t start = offset / kBlock * kBlock;
  if (const uint8_t errors = refusal(start, kBlock, kEraseError)) return errors;
  std::fill_n(wiring_.array.begin() + static_cast<ptrdiff_t>(start), kBlock, std::byte{0xff});
  return wiring_.store(start, kBlock) ? 0 : kEraseError;
}

void Pflash::visit(Archive& archive) {
  archive.io(shows_);
  archive.io(expects_);
  archive.io(status_);
  archive.io(buffer_);
  archive.io(buffer_at_);
  archive.io(buffer_used_);
  archive.io(buffer_wants_);
  for (uint8_t& locked : locked_) {
    archive.io(locked);
    if (locked > 1) archive.fail();
  }
  const bool buffer_good = buffer_used_ <= buffer_wants_ && buffer_wants_ <= kBufferBytes &&
                           buffer_at_ < wiring_.array.size() &&
                           (expects_ != Expects::kBufferConfirm || buffer_used_ != 0);
  if (shows_ > Shows::kQuery || expects_ > Expects::kBufferConfirm || !buffer_good) {
    archive.fail();
    reset();
  }
  if (!wiring_.read_only) visit_content(archive);
}

// Most blocks are empty, with all bits set.
void Pflash::visit_content(Archive& archive) {
  for (size_t at = 0; at < wiring_.array.size(); at += kBlock) {
    const auto block = wiring_.array.subspan(at, kBlock);
    const auto is_ones = [](std::byte byte) { return byte == std::byte{0xff}; };
    bool empty = archive.saving() && std::all_of(block.begin(), block.end(), is_ones);
    archive.io(empty);
    std::array<std::byte, kBlock> bytes;
    bytes.fill(std::byte{0xff});
    if (!empty) {
      std::copy(block.begin(), block.end(), bytes.begin());
      archive.io(bytes);
    }
    if (archive.ok()) std::copy(bytes.begin(), bytes.end(), block.begin());
  }
}

}  // namespace vireo
