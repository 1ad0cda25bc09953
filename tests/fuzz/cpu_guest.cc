#include "tests/fuzz/cpu_guest.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "tests/fuzz/cpu_code.h"

namespace vireo::fuzz {
namespace {

constexpr uint64_t kGdt = 0x1000, kLdt = 0x2000, kIdt = 0x3000, kTss = 0x4000;
constexpr uint64_t kTables = 0x8000, kCode = 0x10000, kCodeSize = 0x800, kStack = 0x18000;
constexpr uint64_t kDeviceBase = 0x200000, kDeviceSize = 0x10000;
constexpr uint64_t kSmmEntry = 0x38000;
constexpr unsigned kSelectors = 64;

// Descriptor number of a kind, by code size and level.
constexpr unsigned kTssIndex = 1, kLdtIndex = 3, kFirstCode = 5;

uint64_t descriptor(uint64_t base, uint64_t limit, uint64_t attributes) {
  return (limit & 0xffff) | (base & 0xffffff) << 16 | (attributes & 0xf0ff) << 40 |
         (limit >> 16 & 0xf) << 48 | (base >> 24 & 0xff) << 56;
}

}  // namespace

uint64_t AnyDevice::read(uint64_t offset, unsigned size) {
  state_ = (state_ ^ offset ^ size) * 0x9e3779b97f4a7c15 + 1;
  return state_ >> 7;
}
void AnyDevice::write(uint64_t offset, unsigned size, uint64_t value) {
  state_ = (state_ ^ offset ^ size ^ value) * 0xbf58476d1ce4e5b9 + 1;
}

CpuGuest::CpuGuest(FuzzInput input)
    : memory_(GuestMemory::on_heap(kRam)),
      window_(mmio_.map(kDeviceBase, kDeviceSize, device_, "any device")),
      port_window_(ports_.map(0, 0x10000, device_, "any port")),
      cpu_(memory_, mmio_, ports_, clock_, CpuModel::named("max").value()) {
  set_mode(input);
  set_tables(input);
  set_paging(input);
  set_segments(input);
  set_registers(input);
  set_memory(input);
  cpu_.set_interrupt_controller(&controller_);
  cpu_.mode_changed();
}

void CpuGuest::set_mode(FuzzInput& input) {
  mode_ = static_cast<Mode>(input.below(6));
  user_ = mode_ == Mode::kV86 || (mode_ != Mode::kReal && (input.take<uint8_t>() & 1));
  const auto bits = input.take<uint64_t>();
  cpu_.cr0 = kCr0Et | (bits & (kCr0Wp | kCr0Am | kCr0Ne));
  if ((bits >> 40 & 7) == 0) cpu_.cr0 |= bits >> 44 & (kCr0Ts | kCr0Em | kCr0Mp);
  cpu_.cr4 = kCr4Osfxsr | (bits >> 8 & (kCr4Vme | kCr4Pvi | kCr4De | kCr4Pse | kCr4Pge | kCr4Umip |
                                        kCr4Fsgsbase | kCr4Osxmmexcpt | kCr4Smep | kCr4Smap));
  if (bits >> 48 & 3) {
    cpu_.cr4 |= kCr4Osxsave;
    cpu_.xcr0 = 7;
  }
  cpu_.efer = kEferSce;
  if (mode_ != Mode::kReal) cpu_.cr0 |= kCr0Pe;
}

uint64_t CpuGuest::entry(uint64_t address, FuzzInput& input) {
  const uint8_t choice = input.take<uint8_t>();
  if (choice < 230) return address | 7;
  if (choice < 245) return address | (input.take<uint16_t>() & 0x1ff);
  return choice < 250 ? (kDeviceBase | 7) : input.take<uint64_t>();
}

void CpuGuest::put_tables_32(FuzzInput& input) {
  memory_.write(GuestAddr{kTables}, uint32_t{kTables + 0x1000} | 7);
  for (uint64_t page = 0; page < 256; ++page) {
    memory_.write(GuestAddr{kTables + 0x1000 + 4 * page},
                  static_cast<uint32_t>(entry(page << 12, input)));
  }
  // A large page, and one far away.
  memory_.write(GuestAddr{kTables + 4}, uint32_t{0x87});
  memory_.write(GuestAddr{kTables + 0xffc}, static_cast<uint32_t>(input.take<uint32_t>()));
}

void CpuGuest::put_tables_64(FuzzInput& input) {
  const uint64_t directories = mode_ >= Mode::kCompat ? kTables + 0x1000 : kTables;
  const uint64_t rights = mode_ >= Mode::kCompat ? 7 : 1;
  memory_.write(GuestAddr{kTables}, (kTables + 0x1000) | 7);
  memory_.write(GuestAddr{kTables + 0xff8}, entry(kTables + 0x1000, input));
  memory_.write(GuestAddr{directories}, (kTables + 0x2000) | rights);
  memory_.write(GuestAddr{directories + 0x18}, (kTables + 0x2000) | rights);
  memory_.write(GuestAddr{directories + 0xff8}, entry(kTables + 0x2000, input));
  memory_.write(GuestAddr{kTables + 0x2000}, (kTables + 0x3000) | 7);
  memory_.write(GuestAddr{kTables + 0x2008}, uint64_t{0x87});
  memory_.write(GuestAddr{kTables + 0x2010}, entry(0x80, input));
  for (uint64_t page = 0; page < 256; ++page) {
    uint64_t value = entry(page << 12, input);
    if ((value & 0x1ff) == 7 && input.take<uint8_t>() > 250) value |= uint64_t{1} << 63;
    memory_.write(GuestAddr{kTables + 0x3000 + 8 * page}, value);
  }
}

void CpuGuest::set_paging(FuzzInput& input) {
  const uint8_t kind = input.take<uint8_t>() % 3;
  cpu_.cr3 = kTables;
  if (input.take<uint8_t>() & 1) cpu_.efer |= kEferNxe;
  if (mode_ >= Mode::kCompat) {
    cpu_.cr4 |= kCr4Pae;
    cpu_.cr0 |= kCr0Pg;
    cpu_.efer |= kEferLme | kEferLma;
    return put_tables_64(input);
  }
  if (mode_ == Mode::kReal || kind == 0) return;
  cpu_.cr0 |= kCr0Pg;
  if (kind == 1) return put_tables_32(input);
  cpu_.cr4 |= kCr4Pae;
  put_tables_64(input);
  for (unsigned i = 0; i < 4; ++i) {
    cpu_.pdptes[i] = memory_.read<uint64_t>(GuestAddr{kTables + 8 * i}).value_or(0);
  }
}

void CpuGuest::put_gate(unsigned vector, FuzzInput& input) {
  static constexpr uint16_t kTypes[] = {0x8e00, 0x8f00, 0xee00, 0x8e01, 0x8600, 0x8500, 0x0e00};
  const uint16_t bits = input.take<uint16_t>();
  const uint64_t type = kTypes[(bits & 7) == 7 || (bits & 0x38) ? 0 : bits & 7];
  const uint64_t target =
      (bits >> 6 & 0x3ff) % kCodeSize + (mode_ == Mode::kProtected16 ? 0 : kCode);
  const uint64_t selector = mode_ >= Mode::kCompat ? 8 * (kFirstCode + 4) : 8 * (kFirstCode + 2);
  const uint64_t low = (target & 0xffff) | selector << 16 | type << 32 | (target >> 16) << 48;
  if (mode_ == Mode::kReal) {
    memory_.write(GuestAddr{4 * vector},
                  uint32_t{0x10000000} | static_cast<uint32_t>(bits & 0x3ff));
  } else if (mode_ >= Mode::kCompat) {
    memory_.write(GuestAddr{kIdt + 16 * vector}, low);
    memory_.write(GuestAddr{kIdt + 16 * vector + 8}, uint64_t{0});
  } else {
    memory_.write(GuestAddr{kIdt + 8 * vector}, low);
  }
}

// Descriptors: a TSS, an LDT, code and data of each size and level, and what the
// input makes.
void CpuGuest::set_tables(FuzzInput& input) {
  const uint64_t tss_type = input.take<uint8_t>() < 200 || mode_ >= Mode::kCompat ? 0x8b : 0x83;
  const auto put = [this](unsigned index, uint64_t value) {
    memory_.write(GuestAddr{kGdt + 8 * index}, value);
  };
  put(kTssIndex, descriptor(kTss, 0x2067, tss_type));
  put(kLdtIndex, descriptor(kLdt, 0xff, 0x82));
  static constexpr uint64_t kKinds[] = {0x009b, 0x00fb, 0xc09b, 0xc0fb, 0xa09b,
                                        0xa0fb, 0xc093, 0xc0f3, 0x0093, 0x00f3};
  for (unsigned i = 0; i < std::size(kKinds); ++i) {
    const bool small = (kKinds[i] & 0xf000) == 0;
    put(kFirstCode + i, descriptor(small ? kCode : 0, small ? 0xffff : 0xfffff, kKinds[i]));
  }
  for (unsigned i = kFirstCode + 10; i < kSelectors; ++i) put(i, input.take<uint64_t>());
  for (unsigned i = 0; i < 32; ++i) memory_.write(GuestAddr{kLdt + 8 * i}, input.take<uint64_t>());
  for (unsigned vector = 0; vector < 40; ++vector) put_gate(vector, input);
  for (unsigned i = 0; i < 26; ++i)
    memory_.write(GuestAddr{kTss + 4 * i}, uint32_t{kStack + 0x1000});
  for (unsigned level = 0; level < 3; ++level) {
    memory_.write(GuestAddr{kTss + 8 + 8 * level}, uint32_t{8 * (kFirstCode + 6)});
    if (mode_ < Mode::kCompat) continue;
    memory_.write(GuestAddr{kTss + 4 + 8 * level}, uint64_t{kStack + 0x1000});
  }
  for (unsigned i = 0; i < 7 && mode_ >= Mode::kCompat; ++i) {
    memory_.write(GuestAddr{kTss + 36 + 8 * i}, uint64_t{kStack + 0x1400});
  }
  memory_.write(GuestAddr{kTss + 102}, uint16_t{0x68});
  cpu_.gdtr = {kGdt, 8 * kSelectors - 1};
  cpu_.idtr = {mode_ == Mode::kReal ? 0 : kIdt,
               mode_ == Mode::kReal ? uint16_t{0x3ff} : uint16_t{0xfff}};
  cpu_.tr = Segment{8 * kTssIndex, static_cast<uint16_t>(tss_type), 0x2067, kTss};
  cpu_.ldtr = Segment{8 * kLdtIndex, 0x82, 0xff, kLdt};
}

void CpuGuest::set_segments(FuzzInput& input) {
  if (mode_ == Mode::kReal || mode_ == Mode::kV86) {
    const uint16_t attributes = mode_ == Mode::kV86 ? 0xf3 : 0x93;
    for (Segment& s : cpu_.segs) {
      const uint16_t selector = input.take<uint16_t>() & 0x1fff;
      s = Segment{selector, attributes, 0xffff, uint64_t{selector} << 4};
    }
    cpu_.segs[kCs] = Segment{kCode >> 4, attributes, 0xffff, kCode};
    cpu_.segs[kSs] = Segment{kStack >> 4, attributes, 0xffff, kStack};
    if (mode_ == Mode::kV86) cpu_.rflags |= kFlagVm;
    return cpu_.set_cpl(user_ ? 3 : 0);
  }
  const unsigned level = user_ ? 3 : 0;
  const unsigned size = mode_ == Mode::kProtected16 ? 0 : mode_ == Mode::kLong ? 4 : 2;
  const unsigned data = mode_ == Mode::kProtected16 ? 8 : 6;
  static constexpr uint16_t kCodeAttributes[] = {0x09b, 0x0fb, 0xc9b, 0xcfb, 0xa9b, 0xafb};
  static constexpr uint16_t kDataAttributes[] = {0xc93, 0xcf3, 0x093, 0x0f3};
  const bool small = mode_ == Mode::kProtected16;
  const uint32_t limit = small ? 0xffff : 0xffffffff;
  const uint64_t base = small ? kCode : 0;
  const unsigned bit = user_ ? 1 : 0;
  const auto selector = [&](unsigned kind) {
    return static_cast<uint16_t>(8 * (kFirstCode + kind + bit) | level);
  };
  for (Segment& s : cpu_.segs)
    s = Segment{selector(data), kDataAttributes[data - 6 + bit], limit, base};
  cpu_.segs[kCs] = Segment{selector(size), kCodeAttributes[size + bit], limit, base};
  cpu_.set_cpl(level);
}

void CpuGuest::set_registers(FuzzInput& input) {
  const bool offsets = cpu_.segs[kCs].base != 0;
  for (unsigned i = 0; i < 16; ++i) {
    const uint8_t choice = input.take<uint8_t>();
    uint64_t value = input.take<uint16_t>();
    if (choice & 1) value += kCode;
    if ((choice & 0xe) == 2) value = kDeviceBase + (value & 0xffff);
    if ((choice & 0xe) == 4) value = input.take<uint64_t>();
    if ((choice & 0xe) == 6) value = choice >> 4;
    cpu_.regs[i] = mode_ == Mode::kLong ? value : value & 0xffffffff;
  }
  cpu_.regs[kRsp] = offsets ? 0x1800 : kStack + 0x800;
  cpu_.rip = (offsets ? 0 : kCode) + input.below(64);
  const uint64_t flags = input.take<uint32_t>();
  const uint64_t vm = cpu_.rflags & kFlagVm;
  uint64_t free = kArithFlags | kFlagDf | kFlagIopl | kFlagAc | kFlagIf;
  if ((flags >> 24 & 7) == 0) free |= kFlagTf | kFlagRf | kFlagNt;
  cpu_.write_rflags((flags & free) | vm);
  cpu_.mxcsr = 0x1f80 ^ (input.take<uint16_t>() & 0xe000);
  for (VecReg& v : cpu_.vec) v.u64[0] = input.take<uint64_t>();
  cpu_.lstar = kCode + 0x100;
  cpu_.star = uint64_t{8 * (kFirstCode + 4)} << 32;
  cpu_.sysenter_cs = 8 * (kFirstCode + 2);
  cpu_.sysenter_eip = kCode + 0x200;
  cpu_.sysenter_esp = kStack;
}

void CpuGuest::set_memory(FuzzInput& input) {
  const std::vector<uint8_t> code = fuzzed_code(input, kCodeSize);
  memory_.write_bytes(GuestAddr{kCode}, std::as_bytes(std::span(code)));
  memory_.write(GuestAddr{kSmmEntry}, uint16_t{0xaa0f});  // rsm
}

CpuExit CpuGuest::run(uint64_t instructions) {
  const uint64_t end = cpu_.retired() + instructions;
  CpuExit exit = CpuExit::kBudget;
  while (cpu_.retired() < end) {
    exit = cpu_.run(end - cpu_.retired());
    if (exit == CpuExit::kHalted || exit == CpuExit::kTripleFault || cpu_.stalled()) break;
  }
  return exit;
}

void CpuGuest::cause(Event event) {
  if (event == Event::kNmi) cpu_.set_nmi();
  if (event == Event::kSmi) cpu_.set_smi();
  if (event != Event::kInterrupt) return;
  controller_.raise();
  cpu_.interrupt_changed();
}

std::vector<std::byte> CpuGuest::state() {
  Archive archive = Archive::saver();
  cpu_.visit(archive);
  clock_.visit(archive);
  uint64_t device = device_.state();
  archive.io(device);
  return archive.bytes();
}

std::vector<std::byte> CpuGuest::image() {
  std::vector<std::byte> bytes = state();
  std::vector<std::byte> ram(kRam);
  memory_.read_bytes(GuestAddr{0}, ram);
  bytes.insert(bytes.end(), ram.begin(), ram.end());
  return bytes;
}

std::string CpuGuest::describe() const {
  std::array<std::byte, 15> code{};
  memory_.read_bytes(GuestAddr{(cpu_.rip + cpu_.segs[kCs].base) % (kRam - code.size())}, code);
  return fmt::format(
      "mode {} level {} cs:rip {:x}:{:x} rflags {:x} cr0 {:x} cr4 {:x} retired {} registers {:x} "
      "code {:02x}",
      static_cast<unsigned>(mode_), cpu_.cpl, cpu_.segs[kCs].selector, cpu_.rip, cpu_.read_rflags(),
      cpu_.cr0, cpu_.cr4, cpu_.retired(), fmt::join(std::span(cpu_.regs, 16), " "),
      fmt::join(std::span(reinterpret_cast<const uint8_t*>(code.data()), code.size()), " "));
}

}  // namespace vireo::fuzz
