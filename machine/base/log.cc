#include "machine/base/log.h"

#include <vector>

#include "machine/base/nearest_name.h"
#include "machine/base/trace_event.h"

namespace vireo {

uint32_t Log::mask_ = 0;
uint32_t Log::items_ = 0;
bool Log::open_ = true;
std::FILE* Log::file_ = nullptr;
std::string Log::prefix_;
AddressFilter Log::filter_;
std::shared_ptr<const SymbolTable> Log::symbols_;

std::span<const LogItemName> log_item_names() {
  static constexpr LogItemName kNames[] = {
      {LogItem::kInAsm, "in_asm", "guest code of each block as it is decoded"},
      {LogItem::kExec, "exec", "each instruction before it runs"},
      {LogItem::kInt, "int", "interrupts and exceptions"},
      {LogItem::kCpu, "cpu", "CPU registers before each block (with exec: each instruction)"},
      {LogItem::kCpuReset, "cpu_reset", "CPU registers before each reset"},
      {LogItem::kMmu, "mmu", "changes of the address space, flushes of the TLB"},
      {LogItem::kPage, "page", "page faults"},
      {LogItem::kGuestErrors, "guest_errors", "the guest broke a device's rules"},
      {LogItem::kUnimp, "unimp", "the guest used something that is not modelled"},
      {LogItem::kNochain, "nochain", "accepted as in QEMU: exec and cpu show every instruction"},
      {LogItem::kIo, "io", "accesses to I/O ports"},
      {LogItem::kMmio, "mmio", "accesses to memory-mapped device registers"},
      {LogItem::kIrq, "irq", "interrupt messages: MSIs, I/O APIC, IPIs"},
      {LogItem::kPci, "pci", "PCI configuration accesses and BAR changes"},
      {LogItem::kVirtio, "virtio", "virtio features, status, queues, kicks, chains, interrupts"},
      {LogItem::kBlock, "block", "requests to disks and how they ended"},
      {LogItem::kNet, "net", "frames sent and received, by their lengths"},
      {LogItem::kMsr, "msr", "model-specific register accesses"},
      {LogItem::kMachine, "machine", "resets, power-off and panics of the guest"},
      {LogItem::kRows, "rows", "at the end of the run, how often each instruction ran and faulted"},
  };
  return kNames;
}

const LogItemName* find_log_item(std::string_view name) {
  for (const LogItemName& row : log_item_names()) {
    if (row.name == name) return &row;
  }
  return nullptr;
}

std::string unknown_log_item(std::string_view name) {
  std::vector<std::string_view> names;
  for (const LogItemName& row : log_item_names()) names.push_back(row.name);
  return fmt::format("unknown item '{}'; the nearest is '{}'", name, nearest_name(name, names));
}

void Log::set_items(uint32_t items) {
  items_ = items;
  mask_ = open_ ? items_ : 0;
  TraceEvents::refresh();
}

void Log::set_open(bool open) {
  open_ = open;
  set_items(items_);
}

void Log::line(std::string_view text) {
  std::FILE* out = file_ != nullptr ? file_ : stderr;
  // What found no room is told at the end: nothing may stand behind a gap.
  if (file_ != nullptr && std::ferror(file_) != 0) return;
  std::fwrite(prefix_.data(), 1, prefix_.size(), out);
  std::fwrite(text.data(), 1, text.size(), out);
  std::fputc('\n', out);
}

}  // namespace vireo
