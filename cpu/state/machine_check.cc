#include "cpu/state/machine_check.h"

namespace vireo {
namespace {

enum Msr : uint32_t { kCapability = 0x179, kStatus = 0x17a, kControl = 0x17b, kFirstBank = 0x400 };
constexpr uint32_t kRegistersPerBank = 4;  // CTL, STATUS, ADDR, MISC
constexpr uint32_t kEndOfBanks = kFirstBank + MachineCheck::kBanks * kRegistersPerBank;

constexpr uint64_t kControlPresent = 1u << 8;
constexpr uint64_t kStatusBits = kMcgRestartValid | kMcgErrorIpValid | kMcgInProgress;
constexpr uint64_t kAllOnes = ~uint64_t{0};

}  // namespace

bool MachineCheck::owns(uint32_t msr) {
  return (msr >= kCapability && msr <= kControl) || (msr >= kFirstBank && msr < kEndOfBanks);
}

bool MachineCheck::read(uint32_t msr, uint64_t& value) const {
  if (!owns(msr)) return false;
  if (msr == kCapability)
    value = kBanks | kControlPresent;
  else if (msr == kStatus)
    value = global_status_;
  else if (msr == kControl)
    value = global_control_;
  else {
    const Bank& bank = banks_[(msr - kFirstBank) / kRegistersPerBank];
    const uint64_t words[] = {bank.control, bank.error.status, bank.error.address, bank.error.misc};
    value = words[msr % kRegistersPerBank];
  }
  return true;
}

// The control registers are masks of what a bank reports; the logs can only be
// cleared (SDM 3B 16.3.2).
bool MachineCheck::write(uint32_t msr, uint64_t value) {
  if (!owns(msr) || msr == kCapability) return false;
  if (msr == kStatus) {
    if (value & ~kStatusBits) return false;
    global_status_ = value;
    return true;
  }
  if (msr == kControl) {
    if (value != 0 && value != kAllOnes) return false;
    global_control_ = value;
    return true;
  }
  Bank& bank = banks_[(msr - kFirstBank) / kRegistersPerBank];
  uint64_t* const words[] = {&bank.control, &bank.error.status, &bank.error.address,
                             &bank.error.misc};
  const uint32_t which = msr % kRegistersPerBank;
  if (which != 0 && value != 0) return false;
  *words[which] = value;
  return true;
}

bool MachineCheck::report(unsigned bank, const MachineCheckError& error) {
  MachineCheckError& log = banks_[bank].error;
  const bool uncorrected = error.status & kMcStatusUncorrected;
  const bool occupied = log.status & kMcStatusValid;
  const bool keeps = occupied && (!uncorrected || (log.status & kMcStatusUncorrected));
  const uint64_t overflow = occupied ? kMcStatusOverflow : 0;
  if (keeps)
    log.status |= overflow;
  else
    log = {error.status | kMcStatusValid | overflow, error.address, error.misc};
  return uncorrected;
}

}  // namespace vireo
