// The firmware configuration device: items of data that firmware and drivers ask for by key or by
// file name, through two ports or by DMA (QEMU docs/specs/fw_cfg.rst).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "machine/base/device.h"
#include "machine/base/guest_memory.h"
#include "machine/base/io_space.h"

namespace vireo {

namespace fw_cfg {

// Keys of items with a fixed place; numbers are little-endian.
enum Key : uint16_t {
  kSignature = 0x00,
  kId = 0x01,
  kUuid = 0x02,
  kRamSize = 0x03,
  kNoGraphic = 0x04,
  kCpus = 0x05,
  kMachineId = 0x06,
  kKernelAddress = 0x07,
  kKernelSize = 0x08,
  kInitrdAddress = 0x0a,
  kInitrdSize = 0x0b,
  kBootDevice = 0x0c,
  kNuma = 0x0d,
  kBootMenu = 0x0e,
  kMaxCpus = 0x0f,
  kKernelEntry = 0x10,
  kKernelData = 0x11,
  kInitrdData = 0x12,
  kCommandLineAddress = 0x13,
  kCommandLineSize = 0x14,
  kCommandLineData = 0x15,
  kSetupAddress = 0x16,
  kSetupSize = 0x17,
  kSetupData = 0x18,
  kFileDirectory = 0x19,
  kFirstFile = 0x20,
};

// Bits of a DMA request's control word.
inline constexpr uint32_t kDmaError = 1u << 0, kDmaRead = 1u << 1, kDmaSkip = 1u << 2,
                          kDmaSelect = 1u << 3, kDmaWrite = 1u << 4;

inline constexpr size_t kNameBytes = 56;  // with the zero behind it
inline constexpr size_t kMostFiles = 256;

}  // namespace fw_cfg

// Items are put in before the machine runs, and no guest changes them: a write by DMA is an
// error, one to the data port goes nowhere. What is read behind an item's end, or of none, is 0.
class FwCfg : public Device {
 public:
  // `memory` is where DMA requests lie; it outlives this.
  explicit FwCfg(GuestMemory& memory);

  void set(uint16_t key, std::vector<std::byte> bytes);
  void set_string(uint16_t key, std::string_view text);  // with a zero behind it
  // `bytes` of it, little-endian.
  void set_number(uint16_t key, uint64_t value, unsigned bytes);
  // False: the name is too long or taken, or there are too many. Keys of files follow from their
  // names' order, and stay when a file gets other bytes.
  bool add_file(const std::string& name, std::vector<std::byte> bytes);
  void replace_file(const std::string& name, std::vector<std::byte> bytes);
  bool has_file(const std::string& name) const { return files_.count(name) != 0; }

  // Items with a fixed key, then files, which the directory names, in the order of their names.
  void for_each_item(const std::function<void(std::span<const std::byte>)>& take) const;

  IoHandler& ports() { return ports_; }          // 2: selector, data
  IoHandler& dma_ports() { return dma_ports_; }  // 8: address, big-endian

  std::string_view name() const override { return "fw_cfg"; }
  void reset() override;
  void visit(Archive& archive) override;

 private:
  // The selector takes words, the data port bytes (of whatever width the access is).
  struct Ports : IoHandler {
    explicit Ports(FwCfg& owner_in) : owner(owner_in) {}
    uint64_t read(uint64_t offset, unsigned size) override;
    void write(uint64_t offset, unsigned size, uint64_t value) override;
    FwCfg& owner;
  };
  struct DmaPorts : IoHandler {
    explicit DmaPorts(FwCfg& owner_in) : owner(owner_in) {}
    uint64_t read(uint64_t offset, unsigned size) override;
    void write(uint64_t offset, unsigned size, uint64_t value) override;
    FwCfg& owner;
  };

  void make_directory();
  const std::vector<std::byte>* selected() const;
  void select(uint16_t key);
  uint8_t next_byte();
  void run_dma();
  bool transfer(uint32_t control, GuestAddr to, uint64_t length);
  bool read_item(GuestAddr to, uint64_t length);
  void skip(uint64_t length);

  GuestMemory& memory_;
  std::map<uint16_t, std::vector<std::byte>> items_;
  std::map<std::string, std::vector<std::byte>> files_;
  std::vector<const std::vector<std::byte>*> file_order_;
  uint16_t key_ = 0;
  uint32_t offset_ = 0;  // of the next byte; it stays at the item's end
  uint64_t dma_address_ = 0;
  Ports ports_;
  DmaPorts dma_ports_;
};

}  // namespace vireo
