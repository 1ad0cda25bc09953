// The machine-check architecture: error-reporting banks and the global registers
// (SDM 3B chapter 16). Nothing breaks by itself here; a board or a test reports
// errors, as hardware would.
#pragma once

#include <array>
#include <cstdint>

namespace vireo {

// What one bank reports. Bits of IA32_MCi_STATUS: SDM 3B 16.3.2.2.
struct MachineCheckError {
  uint64_t status = 0;
  uint64_t address = 0;
  uint64_t misc = 0;
};

inline constexpr uint64_t kMcStatusValid = uint64_t{1} << 63, kMcStatusOverflow = uint64_t{1} << 62,
                          kMcStatusUncorrected = uint64_t{1} << 61;
inline constexpr uint64_t kMcgRestartValid = 1u << 0, kMcgErrorIpValid = 1u << 1,
                          kMcgInProgress = 1u << 2;

class MachineCheck {
 public:
  static constexpr unsigned kBanks = 4;

  static bool owns(uint32_t msr);
  // False means #GP: no such register, or a value that it refuses.
  bool read(uint32_t msr, uint64_t& value) const;
  bool write(uint32_t msr, uint64_t value);

  // Logs an error in `bank`, below kBanks. An uncorrected one which is there
  // stays; the overflow is noted. True: the error asks for #MC.
  bool report(unsigned bank, const MachineCheckError& error);

  bool in_progress() const { return global_status_ & kMcgInProgress; }
  void begin() { global_status_ |= kMcgInProgress | kMcgRestartValid; }

  template <typename Archive>
  void visit(Archive& archive) {
    archive.io(global_status_);
    archive.io(global_control_);
    for (Bank& bank : banks_) {
      archive.io(bank.control);
      archive.io(bank.error.status);
      archive.io(bank.error.address);
      archive.io(bank.error.misc);
    }
  }

 private:
  struct Bank {
    uint64_t control = 0;
    MachineCheckError error;
  };
  uint64_t global_status_ = 0;
  uint64_t global_control_ = 0;
  std::array<Bank, kBanks> banks_{};
};

}  // namespace vireo
