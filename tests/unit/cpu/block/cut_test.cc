// Blocks and single instructions must fare alike where a block could know too much or
// too little: flags taken for dead, RF, shadows, device registers as code.
#include "tests/unit/cpu/block/lockstep.h"
#include "tests/unit/cpu/exec/legacy_guest.h"

namespace vireo {
namespace {

constexpr Slices kAlone{Slices::Kind::kAlone, 0};
constexpr uint64_t kNotCanonical = uint64_t{0x9679} << 48;

TEST_CASE("flags in front of an instruction that the processor lacks are those of the code") {
  for (const bool alone : {false, true}) {
    SystemGuest guest("max,-bmi1");
    if (alone) guest.cpu.set_slices(kAlone);
    guest.cpu.regs[kRax] = 0xffffffff;
    // add eax, 1; andn eax, ecx, ecx: the second would write the flags of the first
    const auto frame = guest.fault_of({0x83, 0xc0, 0x01, 0xc4, 0xe2, 0x70, 0xf2, 0xc1});
    CHECK(frame.vector == kVectorUd);
    CHECK((frame.flags & kArithFlags) == (kFlagCf | kFlagPf | kFlagAf | kFlagZf));
  }
}

TEST_CASE("32-bit code with VEX is code in protected mode, and #UD in real mode") {
  LegacyGuest guest;
  guest.cpu.regs[kRcx] = 0xf0;
  guest.run({0xc4, 0xe2, 0x70, 0xf2, 0xc1}, 1);  // andn eax, ecx, ecx
  CHECK(guest.cpu.rip == TestGuest::kCode + 5);
  guest.cpu.cr0 &= ~kCr0Pe;
  guest.cpu.mode_changed();
  guest.cpu.idtr = {0, 0x3ff};
  guest.memory.write(GuestAddr{4 * kVectorUd}, uint32_t{0x7000});
  guest.memory.write(GuestAddr{0x7000}, uint8_t{0xf4});
  guest.cpu.rip = TestGuest::kCode;
  CHECK(guest.cpu.run(2) == CpuExit::kHalted);
  CHECK(guest.cpu.rip == 0x7001);
}

// Every byte is NOP but the first two, which are INC DWORD [RBX].
class CodeRegisters : public IoHandler {
 public:
  uint64_t read(uint64_t offset, unsigned) override {
    ++reads;
    return offset == 0 ? 0xff : offset == 1 ? 0x03 : 0x90;
  }
  void write(uint64_t, unsigned, uint64_t) override {}
  unsigned reads = 0;
};

TEST_CASE("code in device registers is fetched as often in blocks as one by one") {
  constexpr uint64_t kDevice = 0xc0000000;
  unsigned reads[2] = {};
  for (const bool alone : {false, true}) {
    SystemGuest guest;
    CodeRegisters device;
    const IoMapping window = guest.mmio.map(kDevice, kPageSize, device, "code");
    if (alone) guest.cpu.set_slices(kAlone);
    guest.cpu.regs[kRbx] = kDevice + 0x100;  // a register as well
    guest.cpu.rip = kDevice;
    run_in_portions(guest.cpu, 10, 1000);
    CHECK(guest.cpu.rip == kDevice + 11);
    reads[alone] = device.reads;
  }
  CHECK(reads[0] == reads[1]);
}

TEST_CASE("INT1 has ended when its frame is made: RF is clear, however long ago it was set") {
  for (const bool behind : {false, true}) {
    SystemGuest guest;
    guest.cpu.rflags |= kFlagRf;
    const auto frame = behind ? guest.fault_of({0x90, 0xf1}) : guest.fault_of({0xf1});
    CHECK(frame.vector == kVectorDb);
    CHECK((frame.flags & kFlagRf) == 0);
  }
}

TEST_CASE("a stack address that is not canonical is #SS, in blocks as well") {
  for (const bool alone : {false, true}) {
    SystemGuest guest;
    if (alone) guest.cpu.set_slices(kAlone);
    guest.cpu.regs[kRax] = kNotCanonical;
    CHECK(guest.fault_of({0x90, 0x18, 0x04, 0x04}).vector == kVectorSs);  // sbb [rsp+rax], al
  }
}

TEST_CASE("#AC whose delivery raises #AC shuts the processor down") {
  LegacyGuest guest;
  guest.enter_user(SystemGuest::kUser32);
  guest.set_legacy_gate(kVectorAc, 0xee00, SystemGuest::kUser32);
  guest.cpu.cr0 |= kCr0Am;
  guest.cpu.rflags |= kFlagAc;
  guest.cpu.mode_changed();
  guest.cpu.regs[kRsp] = SystemGuest::kUserStack + 1;
  CHECK(guest.run({0x90, 0x50}, 10) == CpuExit::kTripleFault);
  CHECK(guest.cpu.rip == TestGuest::kCode + 1);
}

TEST_CASE("no shadow of STI outlives a shutdown") {
  for (const bool alone : {false, true}) {
    SystemGuest guest;
    if (alone) guest.cpu.set_slices(kAlone);
    guest.cpu.idtr.limit = 0;
    CHECK(guest.run({0xfb, 0x0f, 0x0b}, 10) == CpuExit::kTripleFault);
    CHECK_FALSE(guest.cpu.inhibit_interrupts);
  }
}

// The first part of the string is stored, the second one faults, and so does the delivery of
// that #PF: what #DF finds is the middle of a REP.
TEST_CASE("a REP that faults in its second part is between iterations, in one block as well") {
  for (const bool alone : {false, true}) {
    SystemGuest guest;
    if (alone) guest.cpu.set_slices(kAlone);
    guest.memory.write(GuestAddr{TestGuest::kPml4 + 0x2000 + 8 * 4}, uint64_t{0});
    guest.set_gate(kVectorPf, 0x0e00);
    guest.cpu.regs[kRdi] = 0x7fff00;
    guest.cpu.regs[kRcx] = 0x200;
    const auto frame = guest.fault_of({0xf3, 0xaa});  // rep stosb
    CHECK(frame.vector == kVectorDf);
    CHECK(guest.cpu.regs[kRcx] == 0x100);
    CHECK(frame.rip == TestGuest::kCode);
    CHECK((frame.flags & kFlagRf) != 0);
  }
}

}  // namespace
}  // namespace vireo
