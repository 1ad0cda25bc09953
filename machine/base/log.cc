#include "machine/base/log.h"

namespace vireo {

uint32_t Log::mask_ = 0;
std::FILE* Log::file_ = nullptr;
std::string Log::prefix_;

std::span<const LogItemName> log_item_names() {
  static constexpr LogItemName kNames[] = {
      {LogItem::kInAsm, "in_asm", "guest code of each block as it is decoded"},
      {LogItem::kExec, "exec", "each instruction before it runs"},
      {LogItem::kInt, "int", "interrupts and exceptions"},
      {LogItem::kCpu, "cpu", "CPU registers before each block (with exec: each instruction)"},
      {LogItem::kGuestErrors, "guest_errors", "the guest broke a device's rules"},
      {LogItem::kUnimp, "unimp", "the guest used something that is not modelled"},
      {LogItem::kPci, "pci", "PCI configuration and BAR changes"},
      {LogItem::kVirtio, "virtio", "virtio status changes, kicks and requests"},
      {LogItem::kMsr, "msr", "model-specific register accesses"},
      {LogItem::kRows, "rows", "at the end of the run, how often each instruction ran and faulted"},
  };
  return kNames;
}

void Log::line(std::string_view text) {
  std::FILE* out = file_ != nullptr ? file_ : stderr;
  std::fwrite(prefix_.data(), 1, prefix_.size(), out);
  std::fwrite(text.data(), 1, text.size(), out);
  std::fputc('\n', out);
}

}  // namespace vireo
