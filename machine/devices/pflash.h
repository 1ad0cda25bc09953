// A parallel NOR flash chip, eight bits wide, with Intel's command set: firmware and its variables.
//
// Commands and status bits are those of the Intel StrataFlash Memory (J3) datasheet, the tables
// those of JEDEC JESD68.01 (Common Flash Interface) with command set 0001h. As in QEMU's model of
// the chip, which firmware knows: everything is done at once, clearing the status register clears
// its ready bit too and goes back to the array, and so do commands that the chip does not know.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "machine/base/device.h"
#include "machine/base/io_space.h"

namespace vireo {

struct PflashWiring {
  std::span<std::byte> array;  // the content: a multiple of Pflash::kBlock; outlives the chip
  bool read_only = false;      // programming and erasing fail
  // Whether who accesses the chip now may give it commands: others' stores are lost, and their
  // loads find the array. Null: everybody may.
  std::function<bool()> admitted;
  // Reads show the array from now on, and can be served without the chip, or else registers.
  std::function<void(bool shows_array)> on_mode;
  // These bytes of the array have changed. False: they cannot be kept, and the guest is told.
  std::function<bool(uint64_t offset, uint64_t length)> store;
};

class Pflash : public Device, public IoHandler {
 public:
  static constexpr uint64_t kBlock = 4096;  // what is erased at once
  static constexpr unsigned kBufferBytes = 256;

  // Bits of the status register.
  enum Status : uint8_t {
    kLocked = 1u << 1,
    kProgramError = 1u << 4,
    kEraseError = 1u << 5,
    kReady = 1u << 7,
  };

  Pflash(std::string name, PflashWiring wiring);

  bool shows_array() const { return shows_ == Shows::kArray; }

  // A wider access is one of the chip's for each byte, but a command is the lowest byte alone, and
  // all bytes that follow "program" in one store are programmed.
  uint64_t read(uint64_t offset, unsigned size) override;
  void write(uint64_t offset, unsigned size, uint64_t value) override;

  std::string_view name() const override { return name_; }
  void reset() override;
  void reset_outputs() override { wiring_.on_mode(shows_array()); }
  // With the content of a chip that can be written. Whoever loads one calls reset_outputs() and
  // keeps the content afterwards.
  void visit(Archive& archive) override;

 private:
  enum class Shows : uint8_t { kArray, kStatus, kIdentifier, kQuery };
  // What the next store is.
  enum class Expects : uint8_t {
    kCommand,
    kProgramData,
    kEraseConfirm,
    kLockConfirm,
    kBufferCount,
    kBufferData,
    kBufferConfirm,
  };

  bool admitted() const { return wiring_.admitted == nullptr || wiring_.admitted(); }
  uint8_t read_byte(uint64_t offset) const;
  void show(Shows what);
  void command(uint8_t code);
  void begin(Expects next);
  void end(uint8_t errors);
  void take_lock(uint64_t offset, uint8_t code);
  void take_buffer_data(uint64_t offset, unsigned size, uint64_t value);
  void set_count(uint8_t count);
  uint8_t refusal(uint64_t offset, uint64_t length, uint8_t error) const;
  uint8_t program(uint64_t offset, std::span<const std::byte> bytes);
  uint8_t erase(uint64_t offset);
  void visit_content(Archive& archive);

  std::string name_;
  PflashWiring wiring_;
  Shows shows_ = Shows::kArray;
  Expects expects_ = Expects::kCommand;
  uint8_t status_ = kReady;
  std::array<std::byte, kBufferBytes> buffer_{};
  uint64_t buffer_at_ = 0;    // the array's address of its first byte
  uint16_t buffer_used_ = 0;
  uint16_t buffer_wants_ = 0;
  std::vector<uint8_t> locked_;  // for each block: 1 when it is
};

}  // namespace vireo
