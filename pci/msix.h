// MSI-X: capability, vector table and pending bits (PCI 3.0 section 6.8.2).
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "machine/base/archive.h"
#include "machine/base/io_space.h"
#include "machine/base/msi_message.h"
#include "pci/config_space.h"

namespace vireo {

inline constexpr unsigned kMsixMaxVectors = 2048;
inline constexpr uint32_t kMsixEntrySize = 16;

// Where table and pending-bit array lie, both in one BAR.
struct MsixLayout {
  unsigned vectors = 0;  // 1 to 2048
  unsigned bar = 0;      // BAR index
  uint32_t table_offset = 0;
  uint32_t pba_offset = 0;  // both multiples of 8

  uint32_t table_size() const { return vectors * kMsixEntrySize; }
  uint32_t pba_size() const { return (vectors + 63) / 64 * 8; }
  // A BAR used for nothing else: 4 KiB with the pending bits at 0x800 up to 128
  // vectors, larger beyond.
  static MsixLayout exclusive(unsigned bar, unsigned vectors);
  // The smallest BAR (power of two, at least 4 KiB) that holds both.
  uint64_t bar_size() const;
};

// The handler covers the BAR that holds table and PBA, with offsets from the
// BAR's start; a function that shares that BAR forwards accesses here. Aligned
// accesses of 4 and 8 bytes write; other widths only read (PCI 3.0 6.8.2).
//
// A vector is sent iff MSI-X is enabled, neither the function nor the entry is
// masked, and the function is a bus master; otherwise its pending bit is set,
// and the message goes out once, with the table's address and data of that
// moment, when the last obstacle goes.
class Msix : public IoHandler {
 public:
  // Adds the capability to `config`, which must outlive this object. `may_master` says
  // whether the function may write to memory at the moment.
  Msix(ConfigSpace& config, const MsixLayout& layout, std::function<bool()> may_master,
       std::function<void(MsiMessage)> send);

  unsigned vectors() const { return layout_.vectors; }
  const MsixLayout& layout() const { return layout_; }
  bool enabled() const;
  bool function_masked() const;
  bool entry_masked(unsigned vector) const;
  bool pending(unsigned vector) const;
  // What the entry would send.
  MsiMessage message(unsigned vector) const;

  // Raises a vector. A number past the table is ignored.
  void notify(unsigned vector);

  // To be called after every change of the command register or the message
  // control word: sends what has become sendable.
  void send_pending();

  uint64_t read(uint64_t offset, unsigned size) override;
  void write(uint64_t offset, unsigned size, uint64_t value) override;

  // Every entry masked and zero, nothing pending.
  void reset();
  void visit(Archive& archive);

 private:
  bool may_send() const;
  uint32_t table_word(uint64_t offset) const;
  void write_table_word(uint64_t offset, uint32_t value);
  uint32_t pba_word(uint64_t offset) const;
  uint32_t read_word(uint64_t offset) const;
  void deliver(unsigned vector);

  struct Entry {
    uint32_t address_low = 0;
    uint32_t address_high = 0;
    uint32_t data = 0;
    uint32_t control = 1;
  };
  ConfigSpace& config_;
  MsixLayout layout_;
  unsigned capability_;
  std::function<bool()> may_master_;
  std::function<void(MsiMessage)> send_;
  std::vector<Entry> table_;
  std::vector<uint32_t> pending_;
};

}  // namespace vireo
