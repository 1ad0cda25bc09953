// Local APICs under random register accesses, messages and snapshots.
#include "tests/unit/cpu/apic/apic_test.h"

namespace vireo::test {
namespace {

// A fixed sequence of numbers (xorshift), the same on every host.
struct Numbers {
  uint64_t state;
  uint64_t below(uint64_t limit) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state % limit;
  }
};

struct RandomFixture : ApicFixture {
  void step(Numbers& numbers) {
    const unsigned id = static_cast<unsigned>(numbers.below(kCpus));
    LocalApic& target = *apics[id];
    const uint32_t value = static_cast<uint32_t>(numbers.below(uint64_t{1} << 32));
    switch (numbers.below(8)) {
      case 0:
      case 1:
        write(static_cast<unsigned>(numbers.below(0x40)) * 16, value, id);
        break;
      case 2:
        read(static_cast<unsigned>(numbers.below(0x40)) * 16, id);
        break;
      case 3:
        target.write_msr(0x800 + static_cast<uint32_t>(numbers.below(0x40)), value & 0x7ff);
        break;
      case 4:
        message(0xfee00000 | (value & 0xff00f), value >> 16);
        break;
      case 5:
        target.set_input(id & 1, (value & 1) != 0);
        break;
      case 6:
        target.write_apic_base(0xfee00000 | (value & 0xd00));
        write(0xf0, 0x1ff, id);
        break;
      default:
        target.acknowledge();
        target.set_tsc_deadline(value);
        break;
    }
    time.advance(numbers.below(2000));
  }
};

TEST_CASE_FIXTURE(RandomFixture, "apics survive random accesses and save what they are") {
  Numbers numbers{0x9e3779b97f4a7c15};
  for (int round = 0; round < 40; ++round) {
    for (int i = 0; i < 500; ++i) step(numbers);
    for (auto& target : apics) check_snapshot(*target);
  }
}

TEST_CASE_FIXTURE(RandomFixture, "apics survive any bytes as a snapshot") {
  Numbers numbers{0x1234567};
  for (int round = 0; round < 200; ++round) {
    for (auto& target : apics) {
      std::vector<std::byte> bytes(saved(*target).size());
      for (std::byte& byte : bytes) byte = static_cast<std::byte>(numbers.below(256));
      Archive archive = Archive::loader(std::move(bytes));
      target->visit(archive);
    }
    for (int i = 0; i < 50; ++i) step(numbers);
  }
  CHECK(time.clock.now_ns() < kSecond);
}

}  // namespace
}  // namespace vireo::test
