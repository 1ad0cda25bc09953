// System management mode (SDM 3C chapter 31).
#include <doctest/doctest.h>

#include "tests/unit/cpu/exec/system_guest.h"

namespace vireo {
namespace {

class SmmGuest : public SystemGuest {
 public:
  static constexpr uint64_t kSmbase = 0x30000, kHandler = kSmbase + 0x8000;

  // Code of the handler; RSM behind it.
  void set_handler(std::initializer_list<uint8_t> code) {
    memory.write_bytes(GuestAddr{kHandler}, std::as_bytes(std::span(code.begin(), code.size())));
    memory.write(GuestAddr{kHandler + code.size()}, uint16_t{0xaa0f});
  }
  template <typename T>
  T saved(uint64_t offset) {
    return memory.read<T>(GuestAddr{kSmbase + offset}).value();
  }
  template <typename T>
  void change(uint64_t offset, T value) {
    memory.write(GuestAddr{kSmbase + offset}, value);
  }
};

TEST_CASE("an SMI saves the state and enters something like real mode") {
  SmmGuest guest;
  guest.set_handler({0xf4});
  guest.cpu.regs[kR9] = 0x1122334455667788;
  guest.load(std::initializer_list<uint8_t>{0x90});
  guest.cpu.set_smi();
  guest.cpu.run(1);
  CHECK(guest.cpu.smm);
  CHECK(guest.cpu.rip == 0x8001);
  CHECK(guest.cpu.segs[kCs].selector == 0x3000);
  CHECK(guest.cpu.segs[kCs].base == SmmGuest::kSmbase);
  CHECK(guest.cpu.segs[kDs].limit == 0xffffffff);
  CHECK(guest.cpu.code_mode == CodeMode::k16);
  CHECK((guest.cpu.cr0 & (kCr0Pe | kCr0Pg)) == 0);
  CHECK(guest.cpu.cr4 == 0);
  CHECK(guest.cpu.efer == 0);
  CHECK(guest.saved<uint64_t>(0xffb0) == 0x1122334455667788);
  CHECK(guest.saved<uint64_t>(0xff78) == TestGuest::kCode);
  CHECK(guest.saved<uint64_t>(0xff50) == TestGuest::kPml4);
  CHECK(guest.saved<uint32_t>(0xff00) == SmmGuest::kSmbase);
  CHECK(guest.saved<uint32_t>(0xfefc) == 0x20064);
  CHECK(guest.saved<uint16_t>(0xfe12) == 0xa09b);
}

TEST_CASE("RSM goes back to where the SMI came from, in each mode") {
  for (const bool user : {false, true}) {
    SmmGuest guest;
    if (user) guest.enter_user();
    guest.set_handler({0x66, 0xbb, 1, 2, 3, 4});  // mov ebx, 0x04030201
    guest.cpu.regs[kRbx] = 7;
    guest.cpu.rflags |= kFlagIf;
    guest.load(std::initializer_list<uint8_t>{0x48, 0xff, 0xc0});
    guest.cpu.set_smi();
    guest.cpu.run(3);
    CHECK_FALSE(guest.cpu.smm);
    CHECK(guest.cpu.rip == TestGuest::kCode + 3);
    CHECK(guest.cpu.cpl == (user ? 3 : 0));
    CHECK(guest.cpu.code_mode == CodeMode::k64);
    CHECK(guest.cpu.regs[kRbx] == 7);
    CHECK((guest.cpu.rflags & kFlagIf) != 0);
    CHECK((guest.cpu.efer & kEferLma) != 0);
  }
}

TEST_CASE("RSM outside system management mode is #UD") {
  SmmGuest guest;
  CHECK(guest.fault_of({0x0f, 0xaa}).vector == kVectorUd);
}

TEST_CASE("the handler may move SMBASE") {
  SmmGuest guest;
  guest.set_handler({});
  guest.load(std::initializer_list<uint8_t>{0x90, 0x90});
  guest.cpu.set_smi();
  guest.memory.write(GuestAddr{0x400000 + 0x8000}, uint8_t{0xf4});
  guest.memory.write_bytes(
      GuestAddr{SmmGuest::kHandler},
      std::as_bytes(std::span(
          std::initializer_list<uint8_t>{
              // mov dword cs:[0xff00], 0x400000; rsm
              0x2e, 0x66, 0xc7, 0x06, 0x00, 0xff, 0x00, 0x00, 0x40, 0x00, 0x0f, 0xaa}
              .begin(),
          12)));
  guest.cpu.run(2);
  CHECK(guest.cpu.smbase == 0x400000);
  guest.cpu.set_smi();
  guest.cpu.run(1);
  CHECK(guest.cpu.halted);
  CHECK(guest.cpu.segs[kCs].base == 0x400000);
  CHECK(guest.cpu.segs[kCs].selector == 0x0000);
}

TEST_CASE("SMIs and NMIs that come in system management mode wait for RSM") {
  SmmGuest guest;
  guest.set_handler({0x90, 0x90});
  guest.load(std::initializer_list<uint8_t>{0x90, 0x90, 0x90});
  guest.cpu.set_smi();
  guest.cpu.run(1);
  guest.cpu.set_smi();
  guest.cpu.set_nmi();
  guest.cpu.run(1);
  CHECK(guest.cpu.rip == 0x8002);
  guest.cpu.run(1);  // rsm, and the second SMI at once
  guest.cpu.run(1);
  CHECK(guest.cpu.smm);
  CHECK(guest.cpu.rip == 0x8001);
  guest.cpu.run(2);
  guest.cpu.run(1);
  CHECK(guest.frame().vector == kVectorNmi);
  CHECK(guest.frame().rip == TestGuest::kCode);
}

TEST_CASE("a halted processor halts again behind RSM, unless the handler says otherwise") {
  for (const bool again : {true, false}) {
    SmmGuest guest;
    guest.set_handler({0x90});
    guest.run({0xf4, 0x90}, 1);
    REQUIRE(guest.cpu.halted);
    guest.cpu.set_smi();
    guest.cpu.run(1);
    CHECK(guest.saved<uint8_t>(0xfec9) == 1);
    if (!again) guest.change<uint8_t>(0xfec9, 0);
    guest.cpu.run(1);
    CHECK(guest.cpu.halted == again);
    CHECK(guest.cpu.rip == TestGuest::kCode + 1);
  }
}

// The area that an SMI saves has no room for a shadow (SDM 3C table 31-3), and STI and MOV SS
// may hold it off (SDM 2B, STI): here they do, so that what follows them is not torn off.
TEST_CASE("an SMI waits for the instruction behind STI or MOV SS") {
  const std::initializer_list<uint8_t> shadows[] = {{0xfb, 0xff, 0xc3, 0x90},         // sti
                                                    {0x8e, 0xd0, 0xff, 0xc3, 0x90}};  // mov ss, eax
  for (const auto& code : shadows) {
    SmmGuest guest;
    guest.set_handler({0x90});
    guest.cpu.regs[kRax] = SystemGuest::kData;
    guest.run(code, 1);
    guest.cpu.set_smi();
    guest.cpu.run(1);  // inc ebx, and behind it the SMI
    CHECK(guest.cpu.regs[kRbx] == 1);
    CHECK(guest.cpu.smm);
    CHECK(guest.saved<uint64_t>(0xff78) == TestGuest::kCode + code.size() - 1);
  }
}

TEST_CASE("STI and HLT: an SMI comes behind the HLT, and goes back to it") {
  SmmGuest guest;
  guest.set_handler({0x90});
  guest.run({0xfb, 0xf4, 0x90}, 1);
  guest.cpu.set_smi();
  guest.cpu.run(1);
  CHECK(guest.cpu.smm);
  CHECK(guest.saved<uint8_t>(0xfec9) == 1);
  CHECK(guest.saved<uint64_t>(0xff78) == TestGuest::kCode + 2);
  CHECK(guest.cpu.run(10) == CpuExit::kHalted);
  CHECK_FALSE(guest.cpu.smm);
  CHECK(guest.cpu.rip == TestGuest::kCode + 2);
}

struct SmiPort : IoHandler {
  explicit SmiPort(Cpu& target) : cpu(target) {}
  uint64_t read(uint64_t, unsigned) override { return 0x42; }
  void write(uint64_t, unsigned, uint64_t) override {
    ++writes;
    if (writes == 1) cpu.set_smi();
  }
  Cpu& cpu;
  unsigned writes = 0;
};

TEST_CASE("an SMI from a port write comes right behind it, and can have it run again") {
  SmmGuest guest;
  SmiPort port(guest.cpu);
  const IoMapping mapping = guest.ports.map(0xb2, 1, port, "smi");
  guest.set_handler({0x2e, 0xc6, 0x06, 0xc8, 0xfe, 0xff});  // mov byte cs:[0xfec8], 0xff
  guest.load(std::initializer_list<uint8_t>{0xe6, 0xb2, 0x90, 0xf4});
  guest.cpu.run(2);  // ends behind the OUT, as the SMI wants to be heard
  guest.cpu.run(1);
  CHECK(guest.cpu.rip == 0x8006);
  CHECK(guest.saved<uint64_t>(0xff78) == TestGuest::kCode + 2);
  CHECK(guest.saved<uint64_t>(0xfea0) == TestGuest::kCode);
  CHECK(guest.saved<uint32_t>(0xfec0) == (0xb2 << 16 | 1u << 4 | 1u << 1));
  guest.cpu.run(2);
  CHECK(port.writes == 2);
  CHECK(guest.cpu.rip == TestGuest::kCode + 2);
}

TEST_CASE("RSM shuts down on a state that cannot be") {
  struct Case {
    uint64_t offset, value;
  };
  for (const Case c : {Case{0xff58, kCr0Pg}, Case{0xff58, kCr0Pe | kCr0Nw}, Case{0xff48, 1u << 15},
                       Case{0xff48, 0}, Case{0xfed0, 1u << 1}}) {
    CAPTURE(c.offset);
    SmmGuest guest;
    guest.set_handler({0x90});
    guest.load(std::initializer_list<uint8_t>{0x90});
    guest.cpu.set_smi();
    guest.cpu.run(1);
    guest.change<uint64_t>(c.offset, c.value);
    CHECK(guest.cpu.run(10) == CpuExit::kTripleFault);
  }
}

class HiddenGuest : public SmmGuest {
 public:
  static constexpr uint64_t kWindow = 0xa0000, kHandlerThere = kWindow + 0x8000;

  // Memory that stands at kWindow in system management mode; SMBASE is there too.
  HiddenGuest() {
    cpu.smbase = kWindow;
    show({.enabled = true});
    memory.replace(GuestAddr{kWindow}, kSize, {});
  }
  void show(SmramMap map) {
    map.windows[0] = {kWindow, kSize, GuestAddr{GuestMemory::kHidden}};
    memory.set_smram(map, {{GuestAddr{GuestMemory::kHidden}, kSize, bytes_.data()}});
  }
  void put(uint64_t offset, std::initializer_list<uint8_t> code) {
    std::copy_n(reinterpret_cast<const std::byte*>(code.begin()), code.size(),
                bytes_.data() + offset);
  }
  uint8_t at(uint64_t offset) const { return static_cast<uint8_t>(bytes_[offset]); }

 private:
  static constexpr uint64_t kSize = 0x20000;
  std::vector<std::byte> bytes_ = std::vector<std::byte>(kSize);
};

TEST_CASE("the state is saved to memory which only system management mode has") {
  HiddenGuest guest;
  guest.put(0x8000, {0x2e, 0xc6, 0x06, 0x00, 0x10, 0x5a, 0x0f, 0xaa});  // cs:[0x1000] = 0x5a; rsm
  guest.cpu.regs[kRax] = HiddenGuest::kWindow + 0x1000;
  guest.load(std::initializer_list<uint8_t>{0x90, 0x8a, 0x18});  // nop; mov bl, [rax]
  guest.cpu.set_smi();
  guest.cpu.run(4);
  CHECK_FALSE(guest.cpu.smm);
  CHECK(guest.at(0x1000) == 0x5a);
  CHECK(guest.at(0xff02) == 0x0a);
  CHECK((guest.cpu.regs[kRbx] & 0xff) == 0xff);
}

TEST_CASE("code of system management mode is not that of the same address outside") {
  HiddenGuest guest;
  guest.put(0x8000, {0x0f, 0xaa});
  std::vector<std::byte> outside(0x20000, std::byte{0x90});
  guest.memory.replace(GuestAddr{HiddenGuest::kWindow}, outside.size(),
                       {{GuestAddr{HiddenGuest::kWindow}, outside.size(), outside.data()}});
  guest.cpu.rip = HiddenGuest::kHandlerThere;
  guest.cpu.run(2);
  CHECK(guest.cpu.rip == HiddenGuest::kHandlerThere + 2);
  guest.cpu.set_smi();
  guest.cpu.run(1);
  CHECK_FALSE(guest.cpu.smm);
  CHECK(guest.cpu.rip == HiddenGuest::kHandlerThere + 2);
  guest.cpu.rip = HiddenGuest::kHandlerThere;
  guest.cpu.run(1);
  CHECK(guest.cpu.rip == HiddenGuest::kHandlerThere + 1);
}

TEST_CASE("open hidden memory is there outside as well, closed for fetches only") {
  HiddenGuest guest;
  guest.put(0, {0x34});
  guest.cpu.regs[kRax] = HiddenGuest::kWindow;
  guest.show({.enabled = true, .open = true});
  guest.run({0x8a, 0x18});
  CHECK((guest.cpu.regs[kRbx] & 0xff) == 0x34);
  guest.show({.enabled = true, .open = true, .closed = true});
  guest.run({0x8a, 0x18});
  CHECK((guest.cpu.regs[kRbx] & 0xff) == 0xff);
  guest.put(0, {0xff, 0xc1});  // inc ecx
  guest.cpu.rip = HiddenGuest::kWindow;
  guest.cpu.run(1);
  CHECK(guest.cpu.regs[kRcx] == 1);
}

}  // namespace
}  // namespace vireo
