// Branches to addresses that are not canonical (SDM 1, 3.3.7.1; 2A, 2B "JMP",
// "CALL", "RET"), and code that runs into them.
#include <doctest/doctest.h>

#include "tests/unit/cpu/exec/system_guest.h"

namespace vireo {
namespace {

constexpr uint64_t kHole = uint64_t{1} << 47;  // the first address that is not canonical

// Nothing has happened but the fault, at the branch.
void check_refused(SystemGuest& guest, const SystemGuest::Frame& frame, uint64_t rsp) {
  CHECK(frame.vector == kVectorGp);
  CHECK(frame.error == 0);
  CHECK(frame.rip == TestGuest::kCode);
  CHECK(frame.rsp == rsp);
  (void)guest;
}

TEST_CASE("near branches to non-canonical addresses fault where they stand") {
  for (const auto& code : {std::vector<uint8_t>{0xff, 0xe0},  // jmp rax
                           {0xff, 0x23},                      // jmp [rbx]
                           {0xff, 0xd0},                      // call rax
                           {0xff, 0x13}}) {                   // call [rbx]
    CAPTURE(code[1]);
    SystemGuest guest;
    guest.cpu.regs[kRax] = kHole;
    guest.cpu.regs[kRbx] = TestGuest::kData;
    guest.memory.write(GuestAddr{TestGuest::kData}, kHole);
    guest.run(code, 8);
    check_refused(guest, guest.frame(), TestGuest::kStack);
  }
}

TEST_CASE("a CALL that is refused has pushed nothing") {
  constexpr uint64_t kMark = 0x1122334455667788;
  for (const bool memory : {false, true}) {
    SystemGuest guest;
    guest.set_gate(kVectorGp, 0x8e01);  // on a stack of its own
    guest.cpu.regs[kRax] = kHole;
    guest.cpu.regs[kRbx] = TestGuest::kData;
    guest.memory.write(GuestAddr{TestGuest::kData}, kHole);
    guest.memory.write(GuestAddr{TestGuest::kStack - 8}, kMark);
    const auto frame = memory ? guest.fault_of({0xff, 0x13}) : guest.fault_of({0xff, 0xd0});
    CHECK(frame.vector == kVectorGp);
    CHECK(guest.memory.read<uint64_t>(GuestAddr{TestGuest::kStack - 8}) == kMark);
  }
}

TEST_CASE("RET to a non-canonical address leaves RSP") {
  for (const auto& code : {std::vector<uint8_t>{0xc3}, {0xc2, 0x10, 0x00}}) {
    SystemGuest guest;
    guest.push(kHole);
    const uint64_t rsp = guest.cpu.regs[kRsp];
    guest.run(code, 8);
    check_refused(guest, guest.frame(), rsp);
  }
}

TEST_CASE("IRETQ to a non-canonical address faults in the kernel") {
  SystemGuest guest;
  for (const uint64_t word : {uint64_t{SystemGuest::kData}, TestGuest::kStack, uint64_t{2},
                              uint64_t{SystemGuest::kCode64}, kHole}) {
    guest.push(word);
  }
  const uint64_t rsp = guest.cpu.regs[kRsp];
  check_refused(guest, guest.fault_of({0x48, 0xcf}), rsp);
}

// The last page below the hole, mapped to kData's.
class EdgeGuest : public SystemGuest {
 public:
  EdgeGuest() {
    memory.write(GuestAddr{kPml4 + 255 * 8}, uint64_t{0x18007});
    memory.write(GuestAddr{0x18000 + 511 * 8}, uint64_t{0x19007});
    memory.write(GuestAddr{0x19000 + 511 * 8}, uint64_t{0x200087});
  }
  void load_at_end(std::initializer_list<uint8_t> code) {
    memory.write_bytes(GuestAddr{0x400000 - code.size()},
                       std::as_bytes(std::span(code.begin(), code.size())));
    cpu.rip = kHole - code.size();
  }
};

TEST_CASE("code that runs off the lower half faults behind its last instruction") {
  EdgeGuest guest;
  guest.load_at_end({0x48, 0xff, 0xc0});
  guest.cpu.run(4);
  CHECK(guest.frame().vector == kVectorGp);
  CHECK(guest.frame().rip == kHole);
  CHECK(guest.cpu.regs[kRax] == 1);
}

TEST_CASE("an instruction with bytes beyond the lower half faults at its start") {
  EdgeGuest guest;
  guest.load_at_end({0x48, 0xff});
  guest.cpu.run(4);
  CHECK(guest.frame().vector == kVectorGp);
  CHECK(guest.frame().rip == kHole - 2);
}

TEST_CASE("direct branches across the edge fault at the branch, unless not taken") {
  for (const bool taken : {true, false}) {
    EdgeGuest guest;
    guest.load_at_end({0x74, 0x7f, 0xf4});  // jz +127; hlt
    guest.cpu.write_rflags(taken ? kFlagZf : 0);
    guest.cpu.run(4);
    if (taken) CHECK(guest.frame().rip == kHole - 3);
    else CHECK(guest.cpu.rip == kHole);
  }
  EdgeGuest call;
  call.load_at_end({0xe8, 0x00, 0x01, 0x00, 0x00});
  call.cpu.run(4);
  CHECK(call.frame().rip == kHole - 5);
  CHECK(call.frame().rsp == TestGuest::kStack);
}

}  // namespace
}  // namespace vireo
