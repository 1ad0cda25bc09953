// A firmware's image in the ROM below 4 GiB, in which the processor starts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "machine/base/result.h"
#include "machine/host/host_ram.h"
#include "machine/host/host_services.h"

namespace vireo {

class FirmwareRom {
 public:
  static constexpr uint64_t kPiece = 0x10000, kMost = 0x1000000;

  // An error when the file cannot be read, or is not one to 256 times 64 KiB.
  static Result<FirmwareRom> read(const std::string& path, HostServices& host);

  std::span<std::byte> bytes() const { return {ram_.data(), ram_.size()}; }
  uint64_t content_hash() const { return content_hash_; }

 private:
  FirmwareRom(HostRam ram, uint64_t content_hash)
      : ram_(std::move(ram)), content_hash_(content_hash) {}

  HostRam ram_;
  uint64_t content_hash_;
};

}  // namespace vireo
