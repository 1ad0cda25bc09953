// Protection keys: PKRU against user pages, and its two instructions
// (SDM 3A 4.6.2, 4.7).
#include <doctest/doctest.h>

#include "tests/unit/cpu/mmu/paging_guest.h"

namespace vireo {
namespace {

constexpr uint64_t kKey5 = uint64_t{5} << 59;
constexpr uint32_t kDenyAll5 = 1u << 10, kDenyWrite5 = 2u << 10;
constexpr int kNone = -1;

struct KeyGuest : PagingGuest {
  KeyGuest() {
    cpu.cr4 |= kCr4Pke;
    set_level(1, kFrame | kAllRights | kKey5);
    flush();
  }
  void rights(uint32_t pkru) {
    cpu.pkru = pkru;
    cpu.mmu().flush_all();
  }
  int reading() { return page_fault(read()); }
  int writing() { return page_fault(write()); }
};

TEST_CASE("AD stops all data access to the key's user pages, of either privilege") {
  KeyGuest guest;
  guest.rights(kDenyAll5);
  CHECK(guest.reading() == 0x21);
  CHECK(guest.writing() == 0x23);
  CHECK(PagingGuest::page_fault(guest.fetch()) == kNone);
  guest.enter_user();
  CHECK(guest.reading() == 0x25);
  CHECK(guest.writing() == 0x27);
  CHECK(PagingGuest::page_fault(guest.fetch()) == kNone);
}

TEST_CASE("WD stops stores, those of supervisors only while CR0.WP is set") {
  KeyGuest guest;
  guest.rights(kDenyWrite5);
  CHECK(guest.reading() == kNone);
  CHECK(guest.writing() == 0x23);
  guest.cpu.cr0 &= ~kCr0Wp;
  guest.flush();
  CHECK(guest.writing() == kNone);
  guest.enter_user();
  CHECK(guest.reading() == kNone);
  CHECK(guest.writing() == 0x27);
}

TEST_CASE("other keys, supervisor pages and CR4.PKE clear are not concerned") {
  KeyGuest guest;
  guest.rights(~(kDenyAll5 | kDenyWrite5 | 3u));  // key 0 is that of the test's own pages
  CHECK(guest.writing() == kNone);
  guest.rights(kDenyAll5);
  guest.set_level(1, (PagingGuest::kFrame | kAllRights | kKey5) & ~kUserPage);
  CHECK(guest.writing() == kNone);
  guest.set_level(1, PagingGuest::kFrame | kAllRights | kKey5);
  guest.cpu.cr4 &= ~kCr4Pke;
  guest.flush();
  CHECK(guest.writing() == kNone);
}

TEST_CASE("the PK bit comes with other causes, but not without a mapped page") {
  KeyGuest guest;
  guest.rights(kDenyAll5);
  guest.set_level(1, (PagingGuest::kFrame | kAllRights | kKey5) & ~kWritable);
  CHECK(guest.writing() == 0x23);
  guest.set_level(1, (PagingGuest::kFrame | kAllRights | kKey5) & ~kPresent);
  CHECK(guest.writing() == 2);
  guest.set_level(1, PagingGuest::kFrame | kAllRights | kKey5 | uint64_t{1} << 45);
  CHECK(guest.writing() == 0xb);
}

TEST_CASE("a large page's key is in its directory entry; upper entries have none") {
  KeyGuest guest;
  guest.rights(kDenyAll5);
  guest.set_level(1, PagingGuest::kFrame | kAllRights);
  guest.set_level(2, guest.level(2) | kKey5);
  guest.set_level(3, guest.level(3) | kKey5);
  CHECK(guest.reading() == kNone);
  guest.set_level(2, 0x600000 | kAllRights | kLargePage | kKey5);
  guest.flush();
  CHECK(guest.reading() == 0x21);
}

TEST_CASE("WRPKRU takes effect on pages that were in use before") {
  KeyGuest guest;
  guest.cpu.regs[kRcx] = guest.cpu.regs[kRdx] = 0;
  guest.cpu.regs[kRax] = kDenyAll5;
  // mov ebx, [rdi]; wrpkru; mov ebx, [rdi]
  const auto frame = guest.fault_of({0x8b, 0x1f, 0x0f, 0x01, 0xef, 0x8b, 0x1f, 0xf4});
  CHECK(frame.vector == kVectorPf);
  CHECK(frame.error == 0x21);
  CHECK(frame.rip == TestGuest::kCode + 5);
}

TEST_CASE("RDPKRU reads what WRPKRU wrote, at any privilege") {
  KeyGuest guest;
  guest.enter_user();
  guest.cpu.regs[kRcx] = uint64_t{0xdead} << 32;
  guest.cpu.regs[kRdx] = 0;
  guest.cpu.regs[kRax] = 0xffffffff'55555550;
  // wrpkru; mov eax, -1; mov edx, eax; rdpkru
  guest.run({0x0f, 0x01, 0xef, 0xb8, 0xff, 0xff, 0xff, 0xff, 0x89, 0xc2, 0x0f, 0x01, 0xee}, 4);
  CHECK(guest.cpu.regs[kRax] == 0x55555550);
  CHECK(guest.cpu.regs[kRdx] == 0);
  CHECK(guest.cpu.pkru == 0x55555550);
}

TEST_CASE("RDPKRU and WRPKRU want ECX 0, WRPKRU also EDX 0, and both CR4.PKE") {
  for (const uint8_t last : {uint8_t{0xee}, uint8_t{0xef}}) {
    KeyGuest guest;
    guest.cpu.regs[kRcx] = 1;
    guest.cpu.regs[kRdx] = 0;
    CHECK(guest.fault_of({0x0f, 0x01, last, 0xf4}).vector == kVectorGp);
    guest.cpu.halted = false;
    guest.cpu.regs[kRcx] = 0;
    guest.cpu.regs[kRdx] = 1;
    const auto frame = guest.fault_of({0x0f, 0x01, last, 0xf4});
    CHECK(frame.vector == (last == 0xef ? kVectorGp : 256));
    guest.cpu.halted = false;
    guest.cpu.regs[kRdx] = 0;
    guest.cpu.cr4 &= ~kCr4Pke;
    CHECK(guest.fault_of({0x0f, 0x01, last, 0xf4}).vector == kVectorUd);
  }
}

TEST_CASE("CPUID shows PKU, and OSPKE as CR4.PKE") {
  const CpuModel max = CpuModel::named("max").value();
  CpuidContext context;
  CHECK((cpuid(max, 7, 0, context).ecx & 0x18) == 0x08);
  context.cr4 = kCr4Pke;
  CHECK((cpuid(max, 7, 0, context).ecx & 0x18) == 0x18);
  CHECK((cpuid(CpuModel::named("x86-64-v2").value(), 7, 0, {}).ecx & 0x18) == 0);
}

}  // namespace
}  // namespace vireo
