// Indirect jumps remember their targets: what they remember must not outlive the
// mapping, the mode or the privilege that it was true for.
#include "tests/unit/cpu/block/lockstep.h"

namespace vireo {
namespace {

constexpr uint64_t kWindow = 0x40000000;  // linear; 1 GiB, mapped by tables of the test
constexpr uint64_t kCodeA = 0x400000, kCodeB = 0x401000, kOtherRoot = 0x50000;

// mov bl, n; jmp r15. r15 leads back to the caller.
void put_callee(TestGuest& guest, uint64_t at, uint8_t n) {
  const uint8_t code[] = {0xb3, n, 0x41, 0xff, 0xe7};
  guest.memory.write_bytes(GuestAddr{at}, std::as_bytes(std::span(code)));
}

// Maps kWindow, one 4 KiB page, to `frame` below the tables at `root`.
void map_window(TestGuest& guest, uint64_t root, uint64_t frame, uint64_t flags = 3) {
  const uint64_t directory = root + 0x8000, table = root + 0x9000;
  const uint64_t pdpt = root == TestGuest::kPml4 ? root + 0x1000 : root + 0x7000;
  guest.memory.write(GuestAddr{pdpt + 8}, directory | 7);
  guest.memory.write(GuestAddr{directory}, table | 7);
  guest.memory.write(GuestAddr{table}, frame | flags);
}

// A second root: the first GiB is as before, the window of its own.
void make_other_root(TestGuest& guest) {
  guest.memory.write(GuestAddr{kOtherRoot}, uint64_t{(kOtherRoot + 0x7000) | 7});
  guest.memory.write(GuestAddr{kOtherRoot + 0x7000}, uint64_t{(TestGuest::kPml4 + 0x2000) | 7});
}

struct Scene : SystemGuest {
  Scene() {
    put_callee(*this, kCodeA, 1);
    put_callee(*this, kCodeB, 2);
    map_window(*this, kPml4, kCodeA);
    make_other_root(*this);
    map_window(*this, kOtherRoot, kCodeB);
    cpu.regs[kRdi] = kWindow;
  }
  // Runs: lea r15, [rip + 2]; jmp rdi; then `middle`; again; hlt. BL tells which
  // callee answered in the end, DL which one before.
  void run_around(std::initializer_list<uint8_t> middle) {
    std::vector<uint8_t> code;
    const std::initializer_list<uint8_t> jump = {0x4c, 0x8d, 0x3d, 0x02, 0, 0, 0, 0xff, 0xe7};
    const auto append = [&](std::initializer_list<uint8_t> bytes) {
      for (const uint8_t byte : bytes) code.push_back(byte);
    };
    for (int i = 0; i < 3; ++i) append(jump);
    append({0x88, 0xda});  // mov dl, bl
    append(middle);
    append(jump);
    append({0xf4});
    run(code, 1000);
  }
  unsigned before() const { return cpu.regs[kRdx] & 0xff; }
  unsigned after() const { return cpu.regs[kRbx] & 0xff; }
};

TEST_CASE("a CR3 load sends the same RIP to the other space's code") {
  Scene scene;
  scene.cpu.regs[kRax] = kOtherRoot;
  scene.run_around({0x0f, 0x22, 0xd8});  // mov cr3, rax
  CHECK(scene.before() == 1);
  CHECK(scene.after() == 2);
}

TEST_CASE("a global page keeps its code over a CR3 load, as the TLB does") {
  Scene scene;
  scene.cpu.cr4 |= kCr4Pge;
  map_window(scene, TestGuest::kPml4, kCodeA, 0x103);
  scene.cpu.regs[kRax] = kOtherRoot;
  scene.run_around({0x0f, 0x22, 0xd8});
  CHECK(scene.before() == 1);
  CHECK(scene.after() == 1);
}

TEST_CASE("INVLPG after a change of the page sends the same RIP to the new code") {
  Scene scene;
  scene.cpu.regs[kRsi] = TestGuest::kPml4 + 0x9000;
  scene.cpu.regs[kRax] = kCodeB | 3;
  // mov [rsi], rax; invlpg [rdi]
  scene.run_around({0x48, 0x89, 0x06, 0x0f, 0x01, 0x3f});
  CHECK(scene.before() == 1);
  CHECK(scene.after() == 2);
}

TEST_CASE("INVLPG of a global page forgets its code as well") {
  Scene scene;
  scene.cpu.cr4 |= kCr4Pge;
  map_window(scene, TestGuest::kPml4, kCodeA, 0x103);
  scene.cpu.regs[kRsi] = TestGuest::kPml4 + 0x9000;
  scene.cpu.regs[kRax] = kCodeB | 0x103;
  scene.run_around({0x48, 0x89, 0x06, 0x0f, 0x01, 0x3f});
  CHECK(scene.before() == 1);
  CHECK(scene.after() == 2);
}

TEST_CASE("a write of CR4 that changes paging forgets global code") {
  Scene scene;
  scene.cpu.cr4 |= kCr4Pge;
  map_window(scene, TestGuest::kPml4, kCodeA, 0x103);
  scene.cpu.regs[kRsi] = TestGuest::kPml4 + 0x9000;
  scene.cpu.regs[kRax] = kCodeB | 0x103;
  scene.cpu.regs[kRcx] = scene.cpu.cr4 & ~kCr4Pge;
  // mov [rsi], rax; mov cr4, rcx
  scene.run_around({0x48, 0x89, 0x06, 0x0f, 0x22, 0xe1});
  CHECK(scene.after() == 2);
}

// The callee is one jump, from a global page into one that is not.
TEST_CASE("code on a global page with its tail on another follows the tail's mapping") {
  SystemGuest guest;
  guest.cpu.cr4 |= kCr4Pge;
  guest.memory.write(GuestAddr{TestGuest::kPml4 + 0x2000}, uint64_t{0x187});  // all code is global
  map_window(guest, TestGuest::kPml4, kCodeA, 0x103);
  make_other_root(guest);
  map_window(guest, kOtherRoot, kCodeA, 0x103);
  guest.memory.write(GuestAddr{TestGuest::kPml4 + 0x9008}, kCodeB | 3);
  guest.memory.write(GuestAddr{kOtherRoot + 0x9008}, (kCodeB + 0x1000) | 3);
  // The last byte of the page: a jump, whose displacement is on the next page.
  guest.memory.write(GuestAddr{kCodeA + 0xfff}, uint8_t{0xe9});
  for (const uint64_t i : {0, 1}) {
    const uint64_t callee = 0x130000 + 0x1000 * i;
    put_callee(guest, callee, static_cast<uint8_t>(i + 1));
    guest.memory.write(GuestAddr{kCodeB + 0x1000 * i},
                       static_cast<uint32_t>(callee - (kWindow + 0x1004)));
  }
  guest.cpu.regs[kRdi] = kWindow + 0xfff;
  guest.cpu.regs[kRax] = kOtherRoot;
  // lea r15, [rip + 2]; jmp rdi, twice; mov cr3, rax; lea; jmp; hlt
  std::vector<uint8_t> code;
  const std::initializer_list<uint8_t> jump = {0x4c, 0x8d, 0x3d, 0x02, 0, 0, 0, 0xff, 0xe7};
  code.insert(code.end(), jump);
  code.insert(code.end(), jump);
  code.insert(code.end(), {0x0f, 0x22, 0xd8});
  code.insert(code.end(), jump);
  code.push_back(0xf4);
  guest.run(code, 1000);
  CHECK((guest.cpu.regs[kRbx] & 0xff) == 2);
}

TEST_CASE("code that only the supervisor may fetch is not entered from level 3 by a cached jump") {
  SystemGuest guest;
  put_callee(guest, kCodeA, 1);
  map_window(guest, TestGuest::kPml4, kCodeA);  // supervisor page
  guest.cpu.regs[kRdi] = kWindow;
  guest.cpu.regs[kR15] = 0x130000;
  guest.memory.write(GuestAddr{0x130000}, uint8_t{0xf4});
  const std::initializer_list<uint8_t> code = {0xff, 0xe7};  // jmp rdi
  for (int i = 0; i < 3; ++i) {
    guest.cpu.halted = false;
    guest.run(std::span(code.begin(), code.size()), 100);
    CHECK(guest.cpu.rip == 0x130001);
  }
  guest.cpu.halted = false;
  guest.enter_user();
  guest.run(std::span(code.begin(), code.size()), 100);
  CHECK(guest.frame().vector == kVectorPf);
  CHECK(guest.frame().error == 0x15);  // present, user, fetch
  CHECK(guest.frame().rip == kWindow);
}

TEST_CASE("the same RIP in 64-bit and 32-bit code is decoded for each") {
  SystemGuest guest;
  // At 0x130000: 48 ff c0 is inc rax in 64-bit code, dec eax; inc eax in 32-bit.
  const uint8_t code[] = {0x48, 0xff, 0xc0, 0xf4};
  guest.memory.write_bytes(GuestAddr{0x130000}, std::as_bytes(std::span(code)));
  for (int i = 0; i < 2; ++i) {
    for (const bool wide : {true, false}) {
      guest.cpu.segs[kCs] = wide ? Segment{0x10, 0xa9b, 0xffffffff, 0}
                                 : Segment{0x08, 0xc9b, 0xffffffff, 0};
      guest.cpu.mode_changed();
      guest.cpu.regs[kRax] = 5;
      guest.cpu.rip = 0x130000;
      guest.cpu.halted = false;
      guest.cpu.run(10);
      CHECK(guest.cpu.regs[kRax] == (wide ? 6 : 5));
    }
  }
}

TEST_CASE("equal offsets in segments of different base are different code") {
  SystemGuest guest;
  const uint8_t first[] = {0xb3, 1, 0xff, 0xe7}, second[] = {0xb3, 2, 0xff, 0xe7};
  guest.memory.write_bytes(GuestAddr{0x130000}, std::as_bytes(std::span(first)));
  guest.memory.write_bytes(GuestAddr{0x140000}, std::as_bytes(std::span(second)));
  for (const uint64_t base : {uint64_t{0x100000}, uint64_t{0x110000}, uint64_t{0x100000}}) {
    guest.cpu.segs[kCs] = Segment{0x08, 0xc9b, 0xffffffff, base};
    guest.cpu.mode_changed();
    guest.cpu.regs[kRdi] = 0x30000;  // mov bl, n; jmp edi: for ever
    guest.cpu.rip = 0x30000;
    guest.cpu.run(20);
    CHECK((guest.cpu.regs[kRbx] & 0xff) == (base == 0x100000 ? 1 : 2));
  }
}

}  // namespace
}  // namespace vireo
