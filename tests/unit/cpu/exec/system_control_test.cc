// Control registers, modes, model-specific registers, flags (SDM 3A 2, 9.8.5).
#include <doctest/doctest.h>

#include "cpu/exec/msr.h"
#include "tests/unit/cpu/exec/system_guest.h"

namespace vireo {
namespace {

TEST_CASE("CR0 and CR4 refuse what the SDM reserves") {
  struct Case {
    uint8_t modrm;  // mov crN, rax
    uint64_t value;
  };
  for (const Case c : {Case{0xc0, kCr0Pg}, Case{0xc0, kCr0Pe | kCr0Pg | kCr0Nw},
                       Case{0xc0, uint64_t{1} << 32 | kCr0Pe | kCr0Pg}, Case{0xe0, kCr4Osfxsr},
                       Case{0xe0, kCr4Pae | 1u << 13},
                       Case{0xd8, uint64_t{1} << 41}, Case{0xd8, uint64_t{1} << 63}}) {
    CAPTURE(c.value);
    SystemGuest guest;
    guest.cpu.regs[kRax] = c.value;
    CHECK(guest.fault_of({0x0f, 0x22, c.modrm}).vector == kVectorGp);
  }
}

// Whether MOV to a control register takes `value`.
bool takes(const char* model, uint8_t modrm, uint64_t value, bool rex = false) {
  SystemGuest guest(model);
  guest.cpu.regs[kRax] = value;
  const auto frame = rex ? guest.fault_of({0x44, 0x0f, 0x22, modrm}, 1)
                         : guest.fault_of({0x0f, 0x22, modrm}, 1);
  return frame.vector != kVectorGp;
}

TEST_CASE("each bit of CR4 may be set where CPUID shows what it is for, and no other") {
  constexpr uint64_t kAlways = 0x7ff & ~3u;  // TSD to OSXMMEXCPT
  struct Case {
    const char* model;
    uint64_t known;
  };
  constexpr uint64_t kLater = kCr4Vme | kCr4Pvi | kCr4Umip | kCr4Fsgsbase | kCr4Pcide |
                              kCr4Osxsave | kCr4Smep | kCr4Smap;
  // LA57 is for the time before long mode.
  for (const Case c : {Case{"qemu64", kAlways},
                       Case{"x86-64-v2", kAlways | (kLater & ~kCr4Osxsave)},
                       Case{"x86-64-v3", kAlways | kLater},
                       Case{"max", kAlways | kLater | kCr4Pke}}) {
    for (unsigned bit = 0; bit < 64; ++bit) {
      CAPTURE(c.model);
      CAPTURE(bit);
      const uint64_t flag = uint64_t{1} << bit;
      CHECK(takes(c.model, 0xe0, SystemGuest(c.model).cpu.cr4 | flag) == ((c.known & flag) != 0));
    }
  }
}

TEST_CASE("the upper half of CR0 must be clear, CR8 takes four bits") {
  for (unsigned bit = 0; bit < 64; ++bit) {
    CAPTURE(bit);
    const uint64_t flag = uint64_t{1} << bit;
    const bool alone = flag == kCr0Nw;  // without CD
    CHECK(takes("max", 0xc0, SystemGuest().cpu.cr0 | flag) == (bit < 32 && !alone));
    CHECK(takes("max", 0xc0, flag, true) == (bit < 4));
  }
}

TEST_CASE("EFER takes SCE, LME and NXE, keeps LMA, and refuses all else") {
  for (unsigned bit = 0; bit < 64; ++bit) {
    CAPTURE(bit);
    SystemGuest guest;
    const uint64_t flag = uint64_t{1} << bit;
    const uint64_t before = guest.cpu.efer;
    const bool known = (flag & (kEferSce | kEferLme | kEferLma | kEferNxe)) != 0;
    CHECK(write_msr(guest.cpu, 0xc0000080, before | flag) == known);
    CHECK(guest.cpu.efer == (known ? before | flag : before));
  }
  SystemGuest guest;
  CHECK(write_msr(guest.cpu, 0xc0000080, guest.cpu.efer & ~kEferLma));
  CHECK((guest.cpu.efer & kEferLma) != 0);
}

TEST_CASE("PCIDE wants an empty PCID, and then CR3 takes the NOFLUSH bit") {
  SystemGuest guest;
  guest.cpu.regs[kRax] = guest.cpu.cr4 | kCr4Pcide;
  guest.cpu.regs[kRbx] = uint64_t{1} << 63 | TestGuest::kPml4 | 5;
  guest.run({0x0f, 0x22, 0xe0, 0x0f, 0x22, 0xdb}, 2);  // mov cr4, rax; mov cr3, rbx
  CHECK((guest.cpu.cr4 & kCr4Pcide) != 0);
  CHECK(guest.cpu.cr3 == (TestGuest::kPml4 | 5));

  SystemGuest dirty;
  dirty.cpu.cr3 |= 8;
  dirty.cpu.regs[kRax] = dirty.cpu.cr4 | kCr4Pcide;
  CHECK(dirty.fault_of({0x0f, 0x22, 0xe0}).vector == kVectorGp);
}

TEST_CASE("control registers belong to level 0, and some numbers to nobody") {
  SystemGuest user;
  user.enter_user();
  CHECK(user.fault_of({0x0f, 0x20, 0xc0}).vector == kVectorGp);
  SystemGuest one;
  CHECK(one.fault_of({0x0f, 0x20, 0xc8}).vector == kVectorUd);
}

TEST_CASE("a changed mapping is seen behind INVLPG") {
  SystemGuest guest;
  guest.memory.write(GuestAddr{0x700000}, uint8_t{7});
  guest.memory.write(GuestAddr{0x900000}, uint8_t{9});
  // mov al, [rbx]; mov [rdx], rcx; invlpg [rbx]; mov ah, [rbx]
  guest.cpu.regs[kRbx] = 0x700000;
  guest.cpu.regs[kRdx] = TestGuest::kPml4 + 0x2000 + 3 * 8;  // the entry of 6-8 MiB
  guest.cpu.regs[kRcx] = 0x800087;
  guest.run({0x8a, 0x03, 0x48, 0x89, 0x0a, 0x0f, 0x01, 0x3b, 0x8a, 0x23}, 4);
  CHECK((guest.cpu.regs[kRax] & 0xffff) == 0x0907);
}

TEST_CASE("STAC opens user pages under SMAP, CLAC closes them") {
  SystemGuest guest;
  guest.cpu.cr4 |= kCr4Smap;
  guest.cpu.mode_changed();
  // The stack must be a supervisor page for the frame: split the flag off.
  const GuestAddr entry{TestGuest::kPml4 + 0x2000 + 8};
  guest.memory.write(entry, guest.memory.read<uint64_t>(entry).value() & ~uint64_t{4});
  guest.memory.write(GuestAddr{TestGuest::kPml4 + 0x2000}, uint64_t{0x83});
  guest.cpu.regs[kRsp] = 0x380000;
  guest.cpu.regs[kRbx] = 0x700000;
  // stac; mov al, [rbx]; clac; mov al, [rbx]
  const auto frame = guest.fault_of({0x0f, 0x01, 0xcb, 0x8a, 0x03, 0x0f, 0x01, 0xca, 0x8a, 0x03});
  CHECK(frame.vector == kVectorPf);
  CHECK(frame.error == 1);
  CHECK(frame.rip == TestGuest::kCode + 8);
}

TEST_CASE("real mode, protected mode, long mode, one after the other") {
  SystemGuest guest;
  guest.cpu.reset();
  guest.cpu.gdtr = {SystemGuest::kGdt, SystemGuest::kGdtEntries * 8 - 1};
  guest.cpu.segs[kCs] = Segment{0, 0x9b, 0xffff, 0};
  guest.cpu.mode_changed();
  guest.cpu.cr3 = TestGuest::kPml4;
  const uint8_t real[] = {
      0x66, 0xb8, 0x11, 0x00, 0x00, 0x00,                              // mov eax, PE | ET
      0x0f, 0x22, 0xc0,                                                // mov cr0, eax
      0x66, 0xea, 0x00, 0x00, 0x11, 0x00, SystemGuest::kCode32, 0x00,  // ljmp
  };
  const uint8_t wide[] = {
      0xb8, 0x20, 0x00, 0x00, 0x00,                              // mov eax, PAE
      0x0f, 0x22, 0xe0,                                          // mov cr4, eax
      0xb9, 0x80, 0x00, 0x00, 0xc0,                              // mov ecx, EFER
      0x31, 0xd2,                                                // xor edx, edx
      0xb8, 0x00, 0x01, 0x00, 0x00,                              // mov eax, LME
      0x0f, 0x30,                                                // wrmsr
      0xb8, 0x11, 0x00, 0x00, 0x80,                              // mov eax, PG | PE | ET
      0x0f, 0x22, 0xc0,                                          // mov cr0, eax
      0xea, 0x00, 0x00, 0x12, 0x00, SystemGuest::kCode64, 0x00,  // ljmp
  };
  guest.memory.write_bytes(GuestAddr{0x8000}, std::as_bytes(std::span(real)));
  guest.memory.write_bytes(GuestAddr{SystemGuest::kKernelEntry}, std::as_bytes(std::span(wide)));
  guest.memory.write(GuestAddr{SystemGuest::kUserCode}, uint32_t{0xf4c8ff48});  // dec rax; hlt
  guest.cpu.rip = 0x8000;
  CHECK(guest.cpu.run(100) == CpuExit::kHalted);
  CHECK(guest.cpu.code_mode == CodeMode::k64);
  CHECK((guest.cpu.efer & kEferLma) != 0);
  CHECK(guest.cpu.regs[kRax] == 0x80000010);
}

// Boot loaders that ask the BIOS for each key do nothing else.
TEST_CASE("to real mode and back keeps the code that has been found; paging does not") {
  SystemGuest guest;
  guest.cpu.reset();
  guest.cpu.segs[kCs] = Segment{0, 0x9b, 0xffff, 0};
  guest.cpu.mode_changed();
  guest.cpu.cr3 = TestGuest::kPml4;
  const auto write_cr0 = [&](uint32_t value) {
    const uint8_t code[] = {0x0f, 0x22, 0xc0, 0xf4};  // mov cr0, eax; hlt
    guest.memory.write_bytes(GuestAddr{0x8000}, std::as_bytes(std::span(code)));
    guest.cpu.rip = 0x8000;
    guest.cpu.regs[kRax] = value;
    guest.cpu.run(1);
    CHECK(guest.cpu.cr0 == value);
    return guest.cpu.blocks().generation(false);
  };
  const uint64_t real = write_cr0(0x10), wide = write_cr0(0x11);
  CHECK(real == wide);
  CHECK(write_cr0(0x10) == wide);
  write_cr0(0x11);
  CHECK(write_cr0(0x80000011) != wide);
}

TEST_CASE("paging cannot be switched off in 64-bit mode, nor EFER.LME under paging") {
  SystemGuest paging;
  paging.cpu.regs[kRax] = kCr0Pe;
  CHECK(paging.fault_of({0x0f, 0x22, 0xc0}).vector == kVectorGp);
  SystemGuest lme;
  lme.cpu.regs[kRcx] = 0xc0000080;
  lme.cpu.regs[kRax] = kEferSce;
  CHECK(lme.fault_of({0x0f, 0x30}).vector == kVectorGp);
}

TEST_CASE("a real-mode interrupt goes through the vector table") {
  SystemGuest guest;
  guest.cpu.reset();
  guest.cpu.segs[kCs] = Segment{0, 0x9b, 0xffff, 0};
  guest.cpu.mode_changed();
  guest.memory.write(GuestAddr{0x21 * 4}, uint32_t{0x20001234});
  guest.memory.write(GuestAddr{0x8000}, uint16_t{0x21cd});
  guest.memory.write(GuestAddr{0x21234}, uint8_t{0xcf});
  guest.cpu.rip = 0x8000;
  guest.cpu.regs[kRsp] = 0x7000;
  guest.cpu.rflags |= kFlagIf;
  guest.cpu.run(1);
  CHECK(guest.cpu.rip == 0x1234);
  CHECK(guest.cpu.segs[kCs].base == 0x20000);
  CHECK(guest.memory.read<uint16_t>(GuestAddr{0x6ffa}) == 0x8002);
  CHECK((guest.cpu.rflags & kFlagIf) == 0);
  guest.cpu.run(1);
  CHECK(guest.cpu.rip == 0x8002);
  CHECK((guest.cpu.rflags & kFlagIf) != 0);
}

TEST_CASE("POPF lets level 3 change neither IF nor IOPL") {
  SystemGuest guest;
  guest.enter_user();
  guest.cpu.rflags |= kFlagIf;
  guest.push(0x3000 | kFlagCf | kFlagDf | kFlagAc);
  guest.run({0x9d});
  CHECK(guest.cpu.read_rflags() == (2 | kFlagIf | kFlagCf | kFlagDf | kFlagAc));
}

TEST_CASE("PUSHF and POPF carry all that level 0 may change") {
  SystemGuest guest;
  guest.push(0x3000 | kFlagIf | kFlagNt | kFlagId | kFlagOf);
  guest.run({0x9d, 0x9c}, 2);
  CHECK(guest.memory.read<uint64_t>(GuestAddr{TestGuest::kStack - 8}) ==
        (2 | 0x3000 | kFlagIf | kFlagNt | kFlagId | kFlagOf));
  CHECK(guest.cpu.iopl() == 3);
}

TEST_CASE("CLI and STI obey IOPL") {
  SystemGuest guest;
  guest.enter_user();
  CHECK(guest.fault_of({0xfa}).vector == kVectorGp);
  SystemGuest open;
  open.enter_user();
  open.cpu.rflags |= kFlagIopl;
  open.run({0xfb});
  CHECK((open.cpu.rflags & kFlagIf) != 0);
}

TEST_CASE("DR4 is DR6 unless CR4.DE is set, and DR7.GD traps every access") {
  SystemGuest alias;
  alias.run({0x0f, 0x21, 0xe0});  // mov rax, dr4
  CHECK(alias.cpu.regs[kRax] == 0xffff0ff0);
  SystemGuest de;
  de.cpu.cr4 |= kCr4De;
  CHECK(de.fault_of({0x0f, 0x21, 0xe0}).vector == kVectorUd);
  SystemGuest gd;
  gd.cpu.dr[7] |= 1u << 13;
  const auto frame = gd.fault_of({0x0f, 0x21, 0xc0});
  CHECK(frame.vector == kVectorDb);
  CHECK(frame.rip == TestGuest::kCode);
  CHECK((gd.cpu.dr[6] & 1u << 13) != 0);
  CHECK((gd.cpu.dr[7] & 1u << 13) == 0);
}

TEST_CASE("model-specific registers keep what they are given or refuse it") {
  SystemGuest guest;
  uint64_t value = 0;
  CHECK(write_msr(guest.cpu, 0xc0000100, 0x7f0000001000));
  CHECK(guest.cpu.seg_base[kFs] == 0x7f0000001000);
  CHECK_FALSE(write_msr(guest.cpu, 0xc0000082, uint64_t{1} << 60));
  CHECK_FALSE(write_msr(guest.cpu, 0x277, 2));
  CHECK_FALSE(write_msr(guest.cpu, 0xfe, 0));
  CHECK_FALSE(write_msr(guest.cpu, 0x201, uint64_t{1} << 40));
  CHECK(write_msr(guest.cpu, 0x201, 0xff00000800));
  CHECK(read_msr(guest.cpu, 0x201, value));
  CHECK(value == 0xff00000800);
  CHECK_FALSE(read_msr(guest.cpu, 0x48, value));
  CHECK(read_msr(guest.cpu, 0x10a, value));
  CHECK((value & 1) == 1);
}

TEST_CASE("IA32_MISC_ENABLE tells what there is not, and takes no bit of that") {
  SystemGuest guest("max,-monitor");
  uint64_t value = 0;
  CHECK(read_msr(guest.cpu, 0x1a0, value));
  CHECK(value == 0x1801);
  CHECK(write_msr(guest.cpu, 0x1a0, 0));
  CHECK(read_msr(guest.cpu, 0x1a0, value));
  CHECK(value == 0x1800);
  for (const unsigned bit : {2u, 16u, 18u, 22u, 34u}) {
    CHECK_FALSE(write_msr(guest.cpu, 0x1a0, uint64_t{1} << bit));
  }
}

TEST_CASE("IA32_MISC_ENABLE switches MONITOR where the model has it") {
  SystemGuest guest;
  uint64_t value = 0;
  for (const uint64_t wanted : {0x1801, 0x41801}) {
    CHECK(write_msr(guest.cpu, 0x1a0, wanted));
    CHECK(read_msr(guest.cpu, 0x1a0, value));
    CHECK(value == wanted);
  }
}

TEST_CASE("memory type registers take the types that there are, and no reserved bit") {
  SystemGuest guest;
  uint64_t value = 0;
  CHECK(read_msr(guest.cpu, 0xfe, value));
  CHECK(value == 0x508);  // 8 variable ranges, fixed ones, write-combining
  CHECK(read_msr(guest.cpu, 0x277, value));
  CHECK(value == 0x0007040600070406);
  for (unsigned type = 0; type < 9; ++type) {
    const bool known = type < 2 || (type >= 4 && type <= 6);
    CHECK(write_msr(guest.cpu, 0x250, uint64_t{type} << 24) == known);
    CHECK(write_msr(guest.cpu, 0x26f, uint64_t{type} << 56) == known);
    CHECK(write_msr(guest.cpu, 0x200, 0x80000000 | type) == known);
    CHECK(write_msr(guest.cpu, 0x2ff, 0xc00 | type) == known);
    CHECK(write_msr(guest.cpu, 0x277, uint64_t{type} << 56) == (known || type == 7));
  }
  for (const uint32_t bit : {8, 9, 12, 32, 63}) {
    CHECK_FALSE(write_msr(guest.cpu, 0x2ff, uint64_t{1} << bit));
  }
  for (const uint32_t bit : {8, 11, 63}) {
    CHECK_FALSE(write_msr(guest.cpu, 0x20e, uint64_t{1} << bit));
  }
  for (const uint32_t bit : {0, 10, 63}) {
    CHECK_FALSE(write_msr(guest.cpu, 0x20f, uint64_t{1} << bit));
  }
  CHECK(read_msr(guest.cpu, 0x2ff, value));
  CHECK(value == 0xc06);
  CHECK_FALSE(read_msr(guest.cpu, 0x210, value));
}

TEST_CASE("the K8 configuration registers exist on the AMD model only") {
  SystemGuest amd("qemu64");
  SystemGuest intel;
  uint64_t value = 1;
  CHECK(read_msr(amd.cpu, 0xc0010010, value));
  CHECK(value == 0);
  CHECK_FALSE(read_msr(intel.cpu, 0xc0010010, value));
}

TEST_CASE("writing the TSC or its adjustment moves both") {
  SystemGuest guest;
  uint64_t value = 0;
  guest.clock.skip_idle(1000);
  CHECK(write_msr(guest.cpu, 0x10, 5000));
  CHECK(guest.cpu.tsc() == 5000);
  CHECK(read_msr(guest.cpu, 0x3b, value));
  CHECK(value == 4000);
  CHECK(write_msr(guest.cpu, 0x3b, 0));
  CHECK(guest.cpu.tsc() == 1000);
}

TEST_CASE("RDTSC counts the instructions before it, and CR4.TSD closes it to users") {
  SystemGuest guest;
  guest.run({0x90, 0x90, 0x90, 0x0f, 0x31}, 4);
  CHECK(guest.cpu.regs[kRax] == 3);
  SystemGuest closed;
  closed.cpu.cr4 |= kCr4Tsd;
  closed.enter_user();
  CHECK(closed.fault_of({0x0f, 0x31}).vector == kVectorGp);
}

TEST_CASE("RDRAND gives the same numbers for the same seed") {
  SystemGuest a, b;
  a.cpu.set_seed(42);
  b.cpu.set_seed(42);
  a.run({0x48, 0x0f, 0xc7, 0xf0});
  b.run({0x48, 0x0f, 0xc7, 0xf0});
  CHECK(a.cpu.regs[kRax] == b.cpu.regs[kRax]);
  CHECK(a.cpu.flags == kPackedCf);
}

}  // namespace
}  // namespace vireo
