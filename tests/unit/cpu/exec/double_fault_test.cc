// Exceptions that come while another event is delivered (SDM 3A 6.13, 6.15
// "Interrupt 8", table 6-5).
#include <doctest/doctest.h>

#include "tests/unit/cpu/exec/system_guest.h"

namespace vireo {
namespace {

constexpr uint64_t kUnmapped = uint64_t{1} << 40;

enum class First : uint8_t { kBenign, kContributory, kPageFault };
enum class Second : uint8_t { kContributory, kPageFault };

class FaultyGuest : public SystemGuest {
 public:
  // The gate of `vector` is absent, or its stack is.
  void break_gate(unsigned vector, Second how) {
    memory.write(GuestAddr{kTss + 36}, kUnmapped);
    set_gate(vector, how == Second::kContributory ? 0x0e00 : 0x8e01);
  }

  Frame raise_first(First first) {
    cpu.regs[kRbx] = kUnmapped + 0x5000;
    cpu.regs[kRcx] = 0x12345;
    if (first == First::kBenign) return fault_of({0x0f, 0x0b});        // ud2
    if (first == First::kContributory) return fault_of({0x0f, 0x32});  // rdmsr of nothing
    return fault_of({0x8a, 0x03});                                     // mov al, [rbx]
  }
};

constexpr unsigned vector_of(First first) {
  if (first == First::kBenign) return kVectorUd;
  return first == First::kContributory ? kVectorGp : kVectorPf;
}

TEST_CASE("which pairs of exceptions make a double fault") {
  struct Case {
    First first;
    Second second;
    unsigned delivered;
  };
  for (const Case& c : {Case{First::kBenign, Second::kContributory, kVectorNp},
                        Case{First::kBenign, Second::kPageFault, kVectorPf},
                        Case{First::kContributory, Second::kContributory, kVectorDf},
                        Case{First::kContributory, Second::kPageFault, kVectorPf},
                        Case{First::kPageFault, Second::kContributory, kVectorDf},
                        Case{First::kPageFault, Second::kPageFault, kVectorDf}}) {
    CAPTURE(vector_of(c.first));
    CAPTURE(c.delivered);
    FaultyGuest guest;
    guest.break_gate(vector_of(c.first), c.second);
    const auto frame = guest.raise_first(c.first);
    CHECK(frame.vector == c.delivered);
    CHECK(frame.rip == TestGuest::kCode);
    if (c.delivered == kVectorDf) CHECK(frame.error == 0);
    if (c.delivered == kVectorNp) CHECK(frame.error == vector_of(c.first) * 8 + 3);
    // A page fault on a stack of the supervisor's: a write, no EXT bit of its own.
    if (c.delivered == kVectorPf) CHECK(frame.error == 2);
  }
}

TEST_CASE("error codes tell events from INT n by EXT") {
  FaultyGuest event;
  event.set_gate(kVectorNmi, 0x0e00);
  event.cpu.set_nmi();
  const auto from_event = event.fault_of({0x90});
  CHECK(from_event.vector == kVectorNp);
  CHECK(from_event.error == kVectorNmi * 8 + 3);

  FaultyGuest instruction;
  instruction.set_gate(0x40, 0x0e00);
  const auto from_instruction = instruction.fault_of({0xcd, 0x40});
  CHECK(from_instruction.vector == kVectorNp);
  CHECK(from_instruction.error == 0x40 * 8 + 2);

  FaultyGuest int1;
  int1.set_gate(kVectorDb, 0x0e00);
  CHECK(int1.fault_of({0xf1}).error == kVectorDb * 8 + 3);
}

TEST_CASE("a gate to a bad code segment gives the selector and EXT") {
  SystemGuest guest;
  guest.set_gate(kVectorUd, 0x8e00, SystemGuest::kData);
  const auto frame = guest.fault_of({0x0f, 0x0b});
  CHECK(frame.vector == kVectorGp);
  CHECK(frame.error == (SystemGuest::kData | 1));
}

TEST_CASE("INT n beyond the table's limit is #GP with the vector") {
  SystemGuest guest;
  guest.cpu.idtr.limit = 0x40 * 16 - 1;
  const auto frame = guest.fault_of({0xcd, 0x40});
  CHECK(frame.vector == kVectorGp);
  CHECK(frame.error == 0x40 * 8 + 2);
}

}  // namespace
}  // namespace vireo
