// Limits and types of segments at each access and each fetch (SDM 3A 5.3, 5.5).
#include <doctest/doctest.h>

#include "tests/unit/cpu/exec/legacy_guest.h"

namespace vireo {
namespace {

constexpr uint16_t kDataUp = 0x493, kDataDown = 0x497, kDataDown16 = 0x097, kReadOnlyData = 0x491,
                   kCodeReadable = 0x49b, kCodeOnly = 0x499;

using Code = std::initializer_list<uint8_t>;
constexpr uint8_t kModRmEbx = 0x03;  // eax, [ebx]
const Code kLoadByte = {0x8a, kModRmEbx}, kLoadDword = {0x8b, kModRmEbx},
           kStoreByte = {0x88, kModRmEbx}, kStoreDword = {0x89, kModRmEbx},
           kAddDword = {0x01, kModRmEbx}, kBound = {0x62, kModRmEbx};

unsigned vector_of(const Code& code, uint16_t attributes, uint32_t limit, uint32_t offset) {
  LegacyGuest guest;
  guest.set_segment(kDs, attributes, limit, TestGuest::kData);
  guest.cpu.regs[kRbx] = offset;
  guest.put(TestGuest::kData + offset, {0, 0, 0, 0, 0xff, 0xff, 0xff, 0x7f});
  const auto fault = guest.fault(code, 1);
  if (fault.vector == 256 && guest.cpu.rip == TestGuest::kCode + code.size()) return 0;
  guest.cpu.run(4);
  CHECK(guest.fault().error == 0);
  CHECK(guest.fault().eip == TestGuest::kCode);
  return guest.fault().vector;
}

TEST_CASE("every byte of an access lies within the limit") {
  struct Case {
    const Code& code;
    uint32_t size;
  };
  for (const Case c : {Case{kLoadByte, 1}, Case{kLoadDword, 4}, Case{kStoreByte, 1},
                       Case{kStoreDword, 4}, Case{kAddDword, 4}, Case{kBound, 8}}) {
    for (const uint32_t limit : {0xfu, 0xfffu, 0x12345u}) {
      CAPTURE(c.size);
      CAPTURE(limit);
      CHECK(vector_of(c.code, kDataUp, limit, limit + 1 - c.size) == 0);
      CHECK(vector_of(c.code, kDataUp, limit, limit + 2 - c.size) == kVectorGp);
      CHECK(vector_of(c.code, kDataUp, limit, 0xfffffff0) == kVectorGp);
    }
  }
}

TEST_CASE("an expand-down segment begins behind its limit and ends where B says") {
  CHECK(vector_of(kLoadDword, kDataDown, 0xfff, 0x1000) == 0);
  CHECK(vector_of(kLoadDword, kDataDown, 0xfff, 0x20000) == 0);
  CHECK(vector_of(kLoadDword, kDataDown, 0xfff, 0xfff) == kVectorGp);
  CHECK(vector_of(kLoadDword, kDataDown, 0xfff, 0xfffffffd) == kVectorGp);
  CHECK(vector_of(kLoadDword, kDataDown16, 0xfff, 0xfffc) == 0);
  CHECK(vector_of(kLoadDword, kDataDown16, 0xfff, 0xfffd) == kVectorGp);
  CHECK(vector_of(kLoadByte, kDataDown16, 0xffff, 0xffff) == kVectorGp);
}

TEST_CASE("the type says whether a segment may be read and written") {
  CHECK(vector_of(kLoadDword, kReadOnlyData, 0xffffffff, 0) == 0);
  CHECK(vector_of(kStoreDword, kReadOnlyData, 0xffffffff, 0) == kVectorGp);
  CHECK(vector_of(kAddDword, kReadOnlyData, 0xffffffff, 0) == kVectorGp);
  CHECK(vector_of(kLoadDword, kCodeReadable, 0xffffffff, 0) == 0);
  CHECK(vector_of(kStoreDword, kCodeReadable, 0xffffffff, 0) == kVectorGp);
  CHECK(vector_of(kLoadDword, kCodeOnly, 0xffffffff, 0) == kVectorGp);
}

TEST_CASE("a null segment is of no use") {
  CHECK(vector_of(kLoadByte, 0, 0, 0) == kVectorGp);
  CHECK(vector_of(kStoreByte, 0, 0, 0) == kVectorGp);
}

TEST_CASE("an access through SS beyond its limit is #SS, by pushes as well") {
  for (const Code& code :
       {Code{0x36, 0x8b, 0x03}, Code{0x50}, Code{0x58}, Code{0x60}, Code{0xc9}}) {
    LegacyGuest guest;
    guest.set_segment(kSs, 0x493, 0xfff);
    guest.cpu.regs[kRsp] = guest.cpu.regs[kRbp] = guest.cpu.regs[kRbx] = 0x1ffd;
    CHECK(guest.run(code, 4) == CpuExit::kTripleFault);  // nor can the handler's frame be pushed
  }
}

TEST_CASE("a store that a later part of the segment refuses changes nothing") {
  LegacyGuest guest;
  guest.set_segment(kEs, kDataUp, 0x1002, TestGuest::kData);
  guest.cpu.regs[kRdi] = 0xffc;
  guest.cpu.regs[kRcx] = 4;
  guest.cpu.regs[kRax] = 0x11223344;
  const auto fault = guest.fault({0xf3, 0xab});  // rep stosd
  CHECK(fault.vector == kVectorGp);
  CHECK(fault.eip == TestGuest::kCode);
  CHECK(guest.cpu.regs[kRcx] == 3);
  CHECK(guest.cpu.regs[kRdi] == 0x1000);
  CHECK(guest.memory.read<uint32_t>(GuestAddr{TestGuest::kData + 0x1000}) == 0);
}

// --- fetching ---

LegacyGuest::Fault run_in(uint32_t limit, uint16_t attributes, const Code& code,
                          uint64_t* esp = nullptr) {
  LegacyGuest guest;
  guest.cpu.segs[kCs] = Segment{SystemGuest::kCode32, attributes, limit, TestGuest::kCode};
  guest.cpu.mode_changed();
  guest.load(std::span(code.begin(), code.size()));
  guest.cpu.rip = 0;
  guest.cpu.run(16);
  if (esp != nullptr) *esp = guest.cpu.regs[kRsp];
  return guest.fault();
}

TEST_CASE("an instruction that reaches beyond CS faults, those before it run") {
  const auto beyond = run_in(6, 0x49b, {0x90, 0x90, 0xb8, 1, 2, 3, 4, 0x90});
  CHECK(beyond.vector == kVectorGp);
  CHECK(beyond.error == 0);
  CHECK(beyond.eip == 7);
  const auto across = run_in(5, 0x49b, {0x90, 0x90, 0xb8, 1, 2, 3, 4, 0x90});
  CHECK(across.eip == 2);
}

TEST_CASE("a jump beyond CS faults at the jump, with nothing pushed") {
  for (const Code& code :
       {Code{0x90, 0xeb, 0x40}, Code{0x90, 0xe9, 0x40, 0, 0, 0}, Code{0x39, 0xc0, 0x74, 0x40},
        Code{0x90, 0xe3, 0x40}, Code{0x90, 0xe2, 0x40}, Code{0x90, 0xe8, 0x40, 0, 0, 0}}) {
    uint64_t esp = 0;
    const auto fault = run_in(0x20, 0x49b, code, &esp);
    CHECK(fault.vector == kVectorGp);
    CHECK(fault.eip == (code.begin()[0] == 0x39 ? 2 : 1));
    CHECK(esp == TestGuest::kStack - 16);
  }
  uint64_t esp = 0;
  const auto fault = run_in(0x20, 0x49b, {0x68, 0x50, 0, 0, 0, 0xc3}, &esp);  // push 0x50; ret
  CHECK(fault.eip == 5);
  CHECK(esp == TestGuest::kStack - 4 - 16);
}

TEST_CASE("the same code runs under a large CS and faults under a small one") {
  LegacyGuest guest;
  guest.put(TestGuest::kCode, {0xeb, 0x40});
  guest.put(TestGuest::kCode + 0x42, {0x43, 0xf4});
  for (const bool small : {false, true, false}) {
    guest.cpu.segs[kCs] =
        Segment{SystemGuest::kCode32, static_cast<uint16_t>(small ? 0x49b : 0xc9b),
                small ? 0x20 : 0xffffffff, TestGuest::kCode};
    guest.cpu.halted = false;
    guest.cpu.mode_changed();
    guest.cpu.rip = 0;
    guest.cpu.run(16);
    CHECK((guest.fault().vector == kVectorGp) == small);
  }
  CHECK(guest.cpu.regs[kRbx] == 2);
}

TEST_CASE("code segments with other bases do not share cached targets") {
  LegacyGuest guest;
  // inc ebx; jmp 0; and elsewhere inc ecx; hlt
  guest.put(TestGuest::kCode, {0x43, 0xb8, 0, 0, 0, 0, 0xff, 0xe0});
  guest.put(SystemGuest::kUserCode, {0x41, 0xf4});
  guest.cpu.segs[kCs].base = TestGuest::kCode;
  guest.cpu.mode_changed();
  guest.cpu.rip = 0;
  guest.cpu.run(30);
  guest.cpu.segs[kCs].base = SystemGuest::kUserCode;
  guest.cpu.mode_changed();
  guest.cpu.rip = 0;
  guest.cpu.run(30);
  CHECK(guest.cpu.regs[kRbx] == 10);
  CHECK(guest.cpu.regs[kRcx] == 1);
}

// --- real mode ---

struct RealGuest : LegacyGuest {
  static constexpr uint64_t kBase = 0x30000;
  RealGuest() {
    cpu.cr0 = kCr0Et;
    for (Segment& s : cpu.segs) s = Segment{kBase >> 4, 0x93, 0xffff, kBase};
    cpu.idtr = {0, 0x3ff};
    cpu.mode_changed();
    cpu.regs[kRsp] = 0x8000;
    for (unsigned v = 0; v < 256; ++v) {
      memory.write(GuestAddr{4 * v}, uint32_t{0x40000000 + v});
    }
    memory.fill(GuestAddr{0x40000}, 256, std::byte{0xf4});
  }
  // Runs code at kBase:`ip`; the vector of the handler that halted.
  unsigned vector_of(const Code& code, uint16_t ip = 0x100) {
    put(kBase + ip, code);
    cpu.rip = ip;
    cpu.run(16);
    return cpu.segs[kCs].selector == 0x4000 ? static_cast<unsigned>(cpu.rip - 1) : 256;
  }
};

TEST_CASE("a word at 0xffff is #GP in real mode, #SS through SS") {
  for (const bool stack : {false, true}) {
    RealGuest guest;
    guest.cpu.regs[kRbx] = guest.cpu.regs[kRbp] = 0xffff;
    const Code data = {0x8b, 0x07}, of_stack = {0x8b, 0x46, 0x00};
    CHECK(guest.vector_of(stack ? of_stack : data) == (stack ? kVectorSs : kVectorGp));
    CHECK(guest.memory.read<uint16_t>(GuestAddr{RealGuest::kBase + 0x7ffa}) == 0x100);
  }
}

TEST_CASE("code may be written through CS in real mode") {
  RealGuest guest;
  CHECK(guest.vector_of({0x2e, 0xc6, 0x06, 0x00, 0x02, 0x77, 0xf4}) == 256);
  CHECK(guest.memory.read<uint8_t>(GuestAddr{RealGuest::kBase + 0x200}) == 0x77);
}

TEST_CASE("a segment keeps the limit that protected mode gave it") {
  RealGuest guest;
  guest.cpu.segs[kDs].limit = 0xffffffff;
  guest.cpu.mode_changed();
  guest.cpu.regs[kRax] = 0x2000;
  guest.cpu.regs[kRbx] = 0x180000;
  guest.memory.write(GuestAddr{0x1a0000}, uint8_t{0x5a});
  // mov ds, ax; mov cl, [ebx]; hlt
  CHECK(guest.vector_of({0x8e, 0xd8, 0x67, 0x8a, 0x0b, 0xf4}) == 256);
  CHECK((guest.cpu.regs[kRcx] & 0xff) == 0x5a);
}

TEST_CASE("an operand that passes 4 GiB goes on at 0") {
  LegacyGuest guest;
  guest.cpu.cr4 = kCr4Osfxsr;
  guest.memory.write(GuestAddr{0}, uint64_t{0x1122334455667788});
  guest.run({0x0f, 0x10, 0x05, 0xf8, 0xff, 0xff, 0xff}, 1);  // movups xmm0, [0xfffffff8]
  CHECK(guest.cpu.vec[0].u64[1] == 0x1122334455667788);
  guest.cpu.vec[0].u64[1] = 77;
  guest.run({0x0f, 0x11, 0x05, 0xf8, 0xff, 0xff, 0xff}, 1);  // movups [0xfffffff8], xmm0
  CHECK(guest.memory.read<uint64_t>(GuestAddr{0}) == 77);
}

TEST_CASE("IP does not wrap: code that runs off 0xffff is #GP") {
  RealGuest guest;
  CHECK(guest.vector_of({0x90, 0x90, 0x90}, 0xfffd) == kVectorGp);
  RealGuest across;
  CHECK(across.vector_of({0x90, 0x90, 0xb8}, 0xfffd) == kVectorGp);
  CHECK(across.memory.read<uint16_t>(GuestAddr{RealGuest::kBase + 0x7ffa}) == 0xffff);
}

TEST_CASE("a vector beyond the limit of IDTR ends in shutdown when #DF is beyond it as well") {
  RealGuest guest;
  guest.cpu.idtr.limit = 0x7f;
  CHECK(guest.vector_of({0xcd, 0x20}) == kVectorGp);
  RealGuest none;
  none.cpu.idtr.limit = 0;
  none.put(RealGuest::kBase + 0x100, {0xcd, 0x20});
  none.cpu.rip = 0x100;
  CHECK(none.cpu.run(16) == CpuExit::kTripleFault);
}

}  // namespace
}  // namespace vireo
