#include "machine/board/boot.h"

#include "cpu/exec/msr.h"
#include "firmware/boot_cpu.h"
#include "firmware/firmware.h"
#include "images/kernel/bzimage.h"
#include "images/kernel/initrd.h"
#include "images/kernel/kernel_loader.h"
#include "images/kernel/multiboot.h"
#include "machine/board/address_map.h"
#include "machine/board/snapshot/chunk_hash.h"
#include "machine/host/host_ram.h"

namespace vireo {
namespace {

// Attributes as in Segment: access byte, then AVL, L, D/B and G.
constexpr uint16_t kCode64 = 0xA9B;    // 64-bit, execute/read, accessed, granular
constexpr uint16_t kCode32 = 0xC9B;    // 32-bit, execute/read, accessed, granular
constexpr uint16_t kFlatData = 0xC93;  // 32-bit, read/write, accessed, granular
constexpr uint32_t kWholeSpace = 0xffffffff;

void give_back(std::vector<std::byte>& bytes) { std::vector<std::byte>().swap(bytes); }

}  // namespace

std::unique_ptr<Boot> Boot::later(const MachineConfig& config, HostServices& host) {
  return std::unique_ptr<Boot>(new Boot(config.kernel, host));
}

Result<void> Boot::read_files() {
  auto file = host_.read_file(config_.kernel_path, "kernel");
  if (!file) return file.error();
  kernel_ = std::move(*file);
  if (config_.initrd_path.empty()) return {};
  if (!is_bzimage(kernel_) && is_multiboot(kernel_)) return read_modules();
  auto second = host_.read_file(config_.initrd_path, "initrd");
  if (!second) return second.error();
  initrd_ = std::move(*second);
  return check_initrd(initrd_, config_.initrd_path);
}

Result<void> Boot::read_modules() {
  modules_.clear();
  for (ModuleName& name : split_module_names(config_.initrd_path)) {
    auto file = host_.read_file(name.path, "initrd");
    if (!file) return file.error();
    modules_.push_back({std::move(name.text), std::move(*file)});
  }
  return {};
}

uint64_t Boot::hash_of_files() const {
  uint64_t hash = chunk_hash(kernel_) ^ std::rotl(chunk_hash(initrd_), 1);
  for (const Module& module : modules_) hash = std::rotl(hash, 1) ^ chunk_hash(module.bytes);
  return hash;
}

LinuxBootRequest Boot::request(const InstalledFirmware& firmware) const {
  LinuxBootRequest out;
  out.kernel_name = config_.kernel_path;
  out.kernel = kernel_;
  out.initrd_name = config_.initrd_path;
  out.initrd = initrd_;
  for (const Module& module : modules_) out.modules.push_back({module.text, module.bytes});
  out.command_line = config_.append;
  out.entry = config_.entry;
  out.memory_map = firmware.memory_map;
  out.rsdp = firmware.rsdp;
  out.prepare_buffer = &expect_bulk_write;
  return out;
}

Result<void> Boot::read() {
  if (config_.kernel_path.empty()) {
    return Error{
        "nothing to boot; give -kernel FILE, a bzImage, an ELF or a multiboot kernel (see --help)"};
  }
  read_ = true;
  auto read = read_files();
  content_hash_ = hash_of_files();
  return read;
}

Result<void> Boot::place(const PlatformDescription& platform, GuestMemory& memory,
                         Processors& processors, bool last) {
  if (!read_) {
    if (auto read = this->read(); !read) return read;
  }
  auto firmware = install_firmware(platform, memory);
  if (!firmware) return firmware.error();
  auto loaded = load_kernel(request(*firmware), memory);
  if (!loaded) return loaded.error();
  for (size_t i = 0; i < processors.size(); ++i) {
    for (const MsrSetting& msr : firmware_mtrrs(platform, address_map::kPhysicalBits)) {
      write_msr(processors.at(i).cpu(), msr.index, msr.value);
    }
  }
  for (const LapicSetting& setting : kVirtualWireMode) {
    processors.boot().apic().write(setting.offset, 4, setting.value);
  }
  enter_linux(processors.boot().cpu(), loaded->cpu);
  if (last) {
    give_back(kernel_);
    give_back(initrd_);
    modules_.clear();
    read_ = false;
  }
  return {};
}

void enter_linux(Cpu& cpu, const LinuxEntryState& state) {
  const bool long_mode = state.mode == EntryMode::kLong;
  const uint16_t code = long_mode ? kCode64 : kCode32;
  cpu.segs[kCs] = Segment{state.code_selector, code, kWholeSpace, 0};
  for (const SegIndex index : {kDs, kEs, kSs, kFs, kGs}) {
    cpu.segs[index] = Segment{state.data_selector, kFlatData, kWholeSpace, 0};
  }
  cpu.gdtr = DescriptorTable{state.gdt_base, state.gdt_limit};
  cpu.idtr = DescriptorTable{0, 0};
  if (long_mode) {
    cpu.cr3 = state.cr3;
    cpu.cr4 = kCr4Pae;
    cpu.efer = kEferLme | kEferLma;
    cpu.cr0 = kCr0Pg | kCr0Pe | kCr0Mp | kCr0Et | kCr0Ne | kCr0Wp;
  } else {
    cpu.cr0 = kCr0Pe | kCr0Et;
  }
  cpu.regs[kRsp] = state.rsp;
  cpu.regs[kRsi] = state.rsi;
  cpu.regs[kRax] = state.rax;
  cpu.regs[kRbx] = state.rbx;
  cpu.rip = state.rip;
  cpu.mmu().flush_all();
  cpu.mode_changed();
}

}  // namespace vireo
